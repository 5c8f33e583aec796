//! Writes `transforms.glsl`: the exact matrices as GLSL, folded into straight-line code or selected at run time.

use std::fmt::Write;

use crate::config::Coefficients;
use crate::winograd::linear::{Step, Term, program, terms};
use crate::winograd::{Matrix, Rational, Transforms};

/// The name under which kernels include what [`glsl`] writes.
pub const FILE: &str = "transforms.glsl";

/// The text of `transforms.glsl`: for each matrix T in {bt, g, at} the functions `apply_T` and `row_T` and the
/// macro `KRON_T` that `winograd.glsl` describes.
pub fn glsl(transforms: &Transforms, coefficients: Coefficients) -> String {
    let mut text = String::from("// Generated from the exact Cook-Toom matrices.\n");
    if coefficients == Coefficients::Select {
        text.push_str(
            "// Always 0, which the compiler cannot know: it keeps the selection at run time.\n\
             layout(push_constant) uniform Opaque {\n    uint zero;\n};\n",
        );
    }
    let named = [("bt", "Bᵀ", &transforms.bt), ("g", "G", &transforms.g), ("at", "Aᵀ", &transforms.at)];
    for (name, symbol, matrix) in named {
        let _ = writeln!(text, "\n// {symbol}, {}×{}", matrix.rows(), matrix.columns());
        text.push_str(&match coefficients {
            Coefficients::Literal => literal(name, matrix),
            Coefficients::Select => select(name, matrix),
        });
    }
    text
}

/// Constants folded into straight-line code.
fn literal(name: &str, matrix: &Matrix<Rational>) -> String {
    let (rows, columns) = (matrix.rows(), matrix.columns());
    let vector = |terms: &[Term]| sum(terms.iter().map(|&(u, c)| (c, format!("d[{u}]"))));
    let mut text = format!(
        "void select_{name}() {{}} // the elements are in the code\n\
         float[{rows}] apply_{name}(const float d[{columns}]) {{\n    float r[{rows}];\n"
    );
    for step in program(matrix) {
        let _ = match step {
            Step::Row { row, terms } => writeln!(text, "    r[{row}] = {};", vector(&terms)),
            Step::Pair { plus, minus, same, opposite } => writeln!(
                text,
                "    const float same_{plus} = {};\n    const float opposite_{plus} = {};\n    \
                 r[{plus}] = same_{plus} + opposite_{plus};\n    r[{minus}] = same_{plus} - opposite_{plus};",
                vector(&same),
                vector(&opposite)
            ),
        };
    }
    text.push_str("    return r;\n}\n");

    let _ = writeln!(text, "float row_{name}(const uint i, const float d[{columns}]) {{\n    switch (i) {{");
    for row in 0..rows {
        let expression = vector(&terms(matrix.row(row)).collect::<Vec<_>>());
        let _ = writeln!(text, "    {} return {expression};", case(row, rows));
    }
    text.push_str("    }\n}\n");

    let _ =
        write!(text, "#define KRON_{}(position, AT, sum) \\\n    switch (position) {{", name.to_uppercase());
    for i in 0..rows {
        for j in 0..rows {
            let products = terms(matrix.row(i))
                .flat_map(|(u, a)| terms(matrix.row(j)).map(move |(v, b)| (a * b, format!("AT({u}, {v})"))));
            let _ =
                write!(text, " \\\n    {} sum = {}; break;", case(i * rows + j, rows * rows), sum(products));
        }
    }
    text.push_str(" \\\n    }\n");
    text
}

/// `case n:`, or `default:` for the last of `count`, so that every path of a switch assigns.
fn case(n: usize, count: usize) -> String {
    if n + 1 == count { "default:".into() } else { format!("case {n}u:") }
}

/// Matrix elements chosen at run time by a cascade of comparisons, one per non-zero element.
fn select(name: &str, matrix: &Matrix<Rational>) -> String {
    let (rows, columns) = (matrix.rows(), matrix.columns());
    let mut text = format!(
        "float element_{name}(const uint i, const uint u) {{\n    const uint at = i * {columns}u + u;\n    return "
    );
    for row in 0..rows {
        for (column, c) in terms(matrix.row(row)) {
            let _ = write!(text, "at == {}u ? {} : ", row * columns + column, constant(c));
        }
    }
    text.push_str("0.0;\n}\n");
    let _ = write!(
        text,
        "float row_{name}(const uint i, const float d[{columns}]) {{
    float sum = 0.0;
    [[unroll]] for (uint u = 0u; u < {columns}u; ++u) {{
        sum += element_{name}(i + zero, u + zero) * d[u];
    }}
    return sum;
}}
// Selected once per invocation: the transform of a whole tile uses each element many times.
float elements_{name}[{size}];
void select_{name}() {{
    [[unroll]] for (uint at = 0u; at < {size}u; ++at) {{
        elements_{name}[at] = element_{name}(at / {columns}u + zero, at % {columns}u + zero);
    }}
}}
float[{rows}] apply_{name}(const float d[{columns}]) {{
    float r[{rows}];
    [[unroll]] for (uint i = 0u; i < {rows}u; ++i) {{
        r[i] = 0.0;
        [[unroll]] for (uint u = 0u; u < {columns}u; ++u) {{
            r[i] += elements_{name}[i * {columns}u + u] * d[u];
        }}
    }}
    return r;
}}
#define KRON_{upper}(position, AT, sum) \\
    sum = 0.0; \\
    for (uint u = 0u; u < {columns}u; ++u) {{ \\
        for (uint v = 0u; v < {columns}u; ++v) {{ \\
            sum += element_{name}((position) / {rows}u + zero, u + zero) \\
                   * element_{name}((position) % {rows}u + zero, v + zero) * AT(u, v); \\
        }} \\
    }}
",
        upper = name.to_uppercase(),
        size = rows * columns,
    );
    text
}

/// `c₀·v₀ + c₁·v₁ − …` as GLSL, without multiplications by ±1.
fn sum(terms: impl Iterator<Item = (Rational, String)>) -> String {
    let mut text = String::new();
    for (c, value) in terms {
        let negative = c < Rational::from(0);
        let magnitude = if negative { -c } else { c };
        text.push_str(match (text.is_empty(), negative) {
            (true, false) => "",
            (true, true) => "-",
            (false, false) => " + ",
            (false, true) => " - ",
        });
        if magnitude != Rational::from(1) {
            let _ = write!(text, "{} * ", constant(magnitude));
        }
        text.push_str(&value);
    }
    text
}

/// A GLSL constant expression that rounds the exact value once.
fn constant(q: Rational) -> String {
    let numerator = format!("{}.0", q.numer());
    if *q.denom() == 1 { numerator } else { format!("({numerator} / {}.0)", q.denom()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::winograd::integer_points;

    fn f4(coefficients: Coefficients) -> String {
        glsl(&Transforms::cook_toom(4, &integer_points(5)), coefficients)
    }

    #[test]
    fn literal_rows_read_like_the_matrix() {
        let text = f4(Coefficients::Literal);
        assert!(text.contains("case 0u: return 4.0 * d[0] - 5.0 * d[2] + d[4];"), "{text}");
        assert!(text.contains("const float same_1 = -4.0 * d[2] + d[4];"), "{text}");
        assert!(text.contains("const float opposite_1 = -4.0 * d[1] + d[3];"), "{text}");
        assert!(text.contains("case 0u: sum = (1.0 / 16.0) * AT(0, 0); break;"), "{text}");
        assert!(!text.contains("zero"), "nothing is left to run time:\n{text}");
    }

    #[test]
    fn selection_compares_and_is_opaque_to_the_compiler() {
        let text = f4(Coefficients::Select);
        assert!(text.contains("return at == 0u ? 4.0 : at == 2u ? -5.0 : "), "{text}");
        assert!(text.contains("element_bt(i + zero, u + zero) * d[u]"), "{text}");
        assert!(text.contains("element_bt(at / 6u + zero, at % 6u + zero);"), "{text}");
    }
}
