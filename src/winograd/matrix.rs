//! A small dense matrix.

use std::ops::Index;

/// `rows`×`columns` values, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix<T> {
    rows: usize,
    columns: usize,
    values: Vec<T>,
}

impl<T: Clone> Matrix<T> {
    /// The matrix whose element (row, column) is `element(row, column)`.
    pub fn from_fn(rows: usize, columns: usize, mut element: impl FnMut(usize, usize) -> T) -> Self {
        let mut values = Vec::with_capacity(rows * columns);
        for row in 0..rows {
            for column in 0..columns {
                values.push(element(row, column));
            }
        }
        Self { rows, columns, values }
    }

    /// Rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// One row.
    pub fn row(&self, row: usize) -> &[T] {
        &self.values[row * self.columns..][..self.columns]
    }

    /// The same matrix with every element converted.
    pub fn map<U: Clone>(&self, convert: impl Fn(&T) -> U) -> Matrix<U> {
        Matrix::from_fn(self.rows, self.columns, |row, column| convert(&self[(row, column)]))
    }
}

impl<T> Index<(usize, usize)> for Matrix<T> {
    type Output = T;

    fn index(&self, (row, column): (usize, usize)) -> &T {
        debug_assert!(row < self.rows && column < self.columns);
        &self.values[row * self.columns + column]
    }
}
