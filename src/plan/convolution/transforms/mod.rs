//! Writes `transforms.glsl`: the exact matrices as GLSL, folded into straight-line code or selected at run time.

mod literal;
mod select;

use std::fmt::Write;

use crate::config::{Coefficients, Evaluation};
use crate::winograd::{Matrix, Surd, Transforms};

/// The name under which kernels include what [`glsl`] writes.
pub const FILE: &str = "transforms.glsl";

/// The text of `transforms.glsl`: for each matrix T in {bt, g, at} the functions and the macro that
/// `winograd.glsl` describes. `evaluation` decides how `transform_T` works; the others are the same in both.
pub fn glsl(transforms: &Transforms, evaluation: Evaluation, coefficients: Coefficients) -> String {
    let mut text = String::from("// Generated from the exact Cook-Toom matrices.\n");
    if coefficients == Coefficients::Select {
        text.push_str(select::OPAQUE);
    }
    let named = [("bt", "Bᵀ", &transforms.bt), ("g", "G", &transforms.g), ("at", "Aᵀ", &transforms.at)];
    for (name, symbol, matrix) in named {
        let _ = writeln!(text, "\n// {symbol}, {}×{}", matrix.rows(), matrix.columns());
        text.push_str(&match coefficients {
            Coefficients::Literal => literal::functions(name, matrix),
            Coefficients::Select => select::functions(name, matrix),
        });
        text.push_str(&match (evaluation, coefficients) {
            (Evaluation::Separable, _) => separable(name, matrix),
            (Evaluation::Kron, Coefficients::Literal) => literal::kron(name, matrix),
            (Evaluation::Kron, Coefficients::Select) => select::kron(name, matrix),
        });
    }
    text
}

/// `transform_T` in two passes of `apply_T`.
fn separable(name: &str, matrix: &Matrix<Surd>) -> String {
    let (rows, columns) = (matrix.rows(), matrix.columns());
    format!(
        "{}
    float passed[{columns}][{rows}]; // [v][i]
    [[unroll]] for (uint v = 0u; v < {columns}u; ++v) {{
        float column[{columns}];
        [[unroll]] for (uint u = 0u; u < {columns}u; ++u) {{
            column[u] = d[u][v];
        }}
        passed[v] = apply_{name}(column);
    }}
    [[unroll]] for (uint i = 0u; i < {rows}u; ++i) {{
        float row[{columns}];
        [[unroll]] for (uint v = 0u; v < {columns}u; ++v) {{
            row[v] = passed[v][i];
        }}
        const float transformed[{rows}] = apply_{name}(row);
        [[unroll]] for (uint j = 0u; j < {rows}u; ++j) {{
            r[i * {rows}u + j] = transformed[j];
        }}
    }}
}}
",
        transform_head(name, matrix)
    )
}

/// The first line of `transform_T`.
fn transform_head(name: &str, matrix: &Matrix<Surd>) -> String {
    let (size, columns) = (matrix.rows().pow(2), matrix.columns());
    format!("void transform_{name}(const float d[{columns}][{columns}], out float r[{size}]) {{")
}

/// Up to here f32 has every integer, so that a quotient of two is rounded once.
const LARGEST_EXACT: i128 = 1 << 24;

/// A GLSL constant expression for the f32 nearest to the exact value.
fn constant(c: Surd) -> String {
    let Some(q) = c.as_rational() else {
        return format!("{:?}", c.to_f64() as f32);
    };
    let (numerator, denominator) = (*q.numer(), *q.denom());
    if numerator.abs().max(denominator) > LARGEST_EXACT {
        return format!("{:?}", c.to_f64() as f32);
    }
    if denominator == 1 { format!("{numerator}.0") } else { format!("({numerator}.0 / {denominator}.0)") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::winograd::{integer_points, sqrt2_points};

    fn f4(evaluation: Evaluation, coefficients: Coefficients) -> String {
        glsl(&Transforms::cook_toom(4, &integer_points(5)), evaluation, coefficients)
    }

    #[test]
    fn literal_rows_read_like_the_matrix() {
        let text = f4(Evaluation::Kron, Coefficients::Literal);
        assert!(text.contains("case 0u: return 4.0 * d[0] - 5.0 * d[2] + d[4];"), "{text}");
        assert!(text.contains("const float same_1 = -4.0 * d[2] + d[4];"), "{text}");
        assert!(text.contains("const float opposite_1 = -4.0 * d[1] + d[3];"), "{text}");
        assert!(text.contains("case 0u: sum = (1.0 / 16.0) * AT(0, 0); break;"), "{text}");
        assert!(text.contains("    r[0] = (1.0 / 16.0) * d[0][0];\n"), "{text}");
        assert!(text.contains("    r[35] = d[2][2];\n}\n"), "no multiplication by 1:\n{text}");
        assert!(!text.contains("zero"), "nothing is left to run time:\n{text}");
    }

    #[test]
    fn irrational_constants_are_the_nearest_f32() {
        let transforms = Transforms::cook_toom(4, &sqrt2_points(5));
        let text = glsl(&transforms, Evaluation::Kron, Coefficients::Literal);
        assert!(text.contains("const float opposite_1 = -1.4142135 * d[1] + 0.70710677 * d[3];"), "{text}");
        assert!(text.contains("case 0u: return d[0] - (5.0 / 2.0) * d[2] + d[4];"), "{text}");
        assert!(text.contains("    r[7] = 2.0 * d[1][1] + "), "√2·√2 is 2 exactly:\n{text}");
    }

    #[test]
    fn literal_elements_are_a_table() {
        let text = f4(Evaluation::Separable, Coefficients::Literal);
        assert!(
            text.contains("const float table_bt[36] = float[36](\n    4.0, 0.0, -5.0, 0.0, 1.0, 0.0,\n"),
            "{text}"
        );
        assert!(text.contains("    0.0, 4.0, 0.0, -5.0, 0.0, 1.0);\n"), "{text}");
    }

    #[test]
    fn selection_compares_and_is_opaque_to_the_compiler() {
        let text = f4(Evaluation::Kron, Coefficients::Select);
        assert!(text.contains("const uint at = i * 6u + u + zero;"), "{text}");
        assert!(text.contains("return at == 0u ? 4.0 : at == 2u ? -5.0 : "), "{text}");
        assert!(text.contains("element_bt(i, u) * d[u]"), "{text}");
    }

    /// Every combination defines all that winograd.glsl promises.
    #[test]
    fn the_interface_is_complete() {
        for &evaluation in Evaluation::ALL {
            for &coefficients in Coefficients::ALL {
                let text = f4(evaluation, coefficients);
                for name in ["bt", "g", "at"] {
                    for start in [
                        format!("void select_{name}() {{"),
                        format!("float element_{name}(const uint i, const uint u) {{"),
                        format!("apply_{name}(const float d["),
                        format!("float row_{name}(const uint i, const float d["),
                        format!("void transform_{name}(const float d["),
                        format!("#define KRON_{}(position, AT, sum)", name.to_uppercase()),
                    ] {
                        assert_eq!(text.matches(&start).count(), 1, "{start} in\n{text}");
                    }
                }
            }
        }
    }
}
