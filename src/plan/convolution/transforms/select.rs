//! Matrix elements chosen at run time by a cascade of comparisons, one per non-zero element.

use std::fmt::Write;

use super::{constant, transform_head};
use crate::winograd::linear::terms;
use crate::winograd::{Matrix, Surd};

/// What the functions below share.
pub const OPAQUE: &str = "// Always 0, which the compiler cannot know: it keeps the selection at run time.
layout(push_constant) uniform Opaque {
    uint zero;
};
";

/// All that `winograd.glsl` describes of a matrix, but `transform_T`.
pub fn functions(name: &str, matrix: &Matrix<Surd>) -> String {
    let (rows, columns) = (matrix.rows(), matrix.columns());
    let mut text = format!(
        "float element_{name}(const uint i, const uint u) {{
    const uint at = i * {columns}u + u + zero;
    return "
    );
    for row in 0..rows {
        for (column, c) in terms(matrix.row(row)) {
            let _ = write!(text, "at == {}u ? {} : ", row * columns + column, constant(c));
        }
    }
    let _ = write!(
        text,
        "0.0;
}}
float row_{name}(const uint i, const float d[{columns}]) {{
    float sum = 0.0;
    [[unroll]] for (uint u = 0u; u < {columns}u; ++u) {{
        sum += element_{name}(i, u) * d[u];
    }}
    return sum;
}}
// Selected once per invocation: the transform of a whole tile uses each element many times.
float elements_{name}[{rows}][{columns}];
void select_{name}() {{
    [[unroll]] for (uint i = 0u; i < {rows}u; ++i) {{
        [[unroll]] for (uint u = 0u; u < {columns}u; ++u) {{
            elements_{name}[i][u] = element_{name}(i, u);
        }}
    }}
}}
float[{rows}] apply_{name}(const float d[{columns}]) {{
    float r[{rows}];
    [[unroll]] for (uint i = 0u; i < {rows}u; ++i) {{
        r[i] = 0.0;
        [[unroll]] for (uint u = 0u; u < {columns}u; ++u) {{
            r[i] += elements_{name}[i][u] * d[u];
        }}
    }}
    return r;
}}
#define KRON_{upper}(position, AT, sum) \\
    sum = 0.0; \\
    for (uint u = 0u; u < {columns}u; ++u) {{ \\
        for (uint v = 0u; v < {columns}u; ++v) {{ \\
            sum += element_{name}((position) / {rows}u, u) * element_{name}((position) % {rows}u, v) * AT(u, v); \\
        }} \\
    }}
",
        upper = name.to_uppercase(),
    );
    text
}

/// `transform_T`: each element as one sum over all products, since at run time the zeros are not known.
pub fn kron(name: &str, matrix: &Matrix<Surd>) -> String {
    let (rows, columns) = (matrix.rows(), matrix.columns());
    format!(
        "{}
    for (uint i = 0u; i < {rows}u; ++i) {{
        for (uint j = 0u; j < {rows}u; ++j) {{
            float sum = 0.0;
            for (uint u = 0u; u < {columns}u; ++u) {{
                for (uint v = 0u; v < {columns}u; ++v) {{
                    sum += elements_{name}[i][u] * elements_{name}[j][v] * d[u][v];
                }}
            }}
            r[i * {rows}u + j] = sum;
        }}
    }}
}}
",
        transform_head(name, matrix)
    )
}
