//! Constants folded into straight-line code.

use std::fmt::Write;

use super::{constant, transform_head};
use crate::winograd::linear::{Step, Term, kron_terms, program, terms};
use crate::winograd::{Matrix, Surd};

/// All that `winograd.glsl` describes of a matrix, but `transform_T`.
pub fn functions(name: &str, matrix: &Matrix<Surd>) -> String {
    format!(
        "void select_{name}() {{}} // the elements are in the code\n{}{}{}{}",
        element(name, matrix),
        apply(name, matrix),
        row(name, matrix),
        kron_macro(name, matrix)
    )
}

/// `transform_T`: each element as one sum over its non-zero products.
pub fn kron(name: &str, matrix: &Matrix<Surd>) -> String {
    let rows = matrix.rows();
    let mut text = transform_head(name, matrix) + "\n";
    for (i, j) in (0..rows).flat_map(|i| (0..rows).map(move |j| (i, j))) {
        let products = kron_terms(matrix, i, j).map(|((u, v), c)| (c, format!("d[{u}][{v}]")));
        let _ = writeln!(text, "    r[{}] = {};", i * rows + j, sum(products));
    }
    text + "}\n"
}

fn element(name: &str, matrix: &Matrix<Surd>) -> String {
    let (size, columns) = (matrix.rows() * matrix.columns(), matrix.columns());
    let rows: Vec<String> = (0..matrix.rows())
        .map(|row| matrix.row(row).iter().map(|&c| constant(c)).collect::<Vec<_>>().join(", "))
        .collect();
    format!(
        "const float table_{name}[{size}] = float[{size}](\n    {});
float element_{name}(const uint i, const uint u) {{
    return table_{name}[i * {columns}u + u];
}}
",
        rows.join(",\n    ")
    )
}

fn apply(name: &str, matrix: &Matrix<Surd>) -> String {
    let (rows, columns) = (matrix.rows(), matrix.columns());
    let mut text = format!("float[{rows}] apply_{name}(const float d[{columns}]) {{\n    float r[{rows}];\n");
    for step in program(matrix) {
        let _ = match step {
            Step::Row { row, terms } => writeln!(text, "    r[{row}] = {};", vector(terms)),
            Step::Pair { plus, minus, same, opposite } => writeln!(
                text,
                "    const float same_{plus} = {};\n    const float opposite_{plus} = {};\n    \
                 r[{plus}] = same_{plus} + opposite_{plus};\n    r[{minus}] = same_{plus} - opposite_{plus};",
                vector(same),
                vector(opposite)
            ),
        };
    }
    text + "    return r;\n}\n"
}

fn row(name: &str, matrix: &Matrix<Surd>) -> String {
    let (rows, columns) = (matrix.rows(), matrix.columns());
    let mut text =
        format!("float row_{name}(const uint i, const float d[{columns}]) {{\n    switch (i) {{\n");
    for row in 0..rows {
        let _ = writeln!(text, "    {} return {};", case(row, rows), vector(terms(matrix.row(row))));
    }
    text + "    }\n}\n"
}

fn kron_macro(name: &str, matrix: &Matrix<Surd>) -> String {
    let rows = matrix.rows();
    let mut text =
        format!("#define KRON_{}(position, AT, sum) \\\n    switch (position) {{", name.to_uppercase());
    for (i, j) in (0..rows).flat_map(|i| (0..rows).map(move |j| (i, j))) {
        let products = kron_terms(matrix, i, j).map(|((u, v), c)| (c, format!("AT({u}, {v})")));
        let _ = write!(text, " \\\n    {} sum = {}; break;", case(i * rows + j, rows * rows), sum(products));
    }
    text + " \\\n    }\n"
}

/// `case n:`, or `default:` for the last of `count`, so that every path of a switch assigns.
fn case(n: usize, count: usize) -> String {
    if n + 1 == count { "default:".into() } else { format!("case {n}u:") }
}

/// A sum of elements of `d`.
fn vector(terms: impl IntoIterator<Item = Term>) -> String {
    sum(terms.into_iter().map(|(u, c)| (c, format!("d[{u}]"))))
}

/// `c₀·v₀ + c₁·v₁ − …` as GLSL, without multiplications by ±1.
fn sum(terms: impl Iterator<Item = (Surd, String)>) -> String {
    let mut text = String::new();
    for (c, value) in terms {
        let (negative, magnitude) = (c.is_negative(), c.abs());
        text.push_str(match (text.is_empty(), negative) {
            (true, false) => "",
            (true, true) => "-",
            (false, false) => " + ",
            (false, true) => " - ",
        });
        if magnitude != Surd::from(1) {
            let _ = write!(text, "{} * ", constant(magnitude));
        }
        text.push_str(&value);
    }
    text
}
