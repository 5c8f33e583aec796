//! main
fn main() {
    let c = shaderc::Compiler::new().unwrap();
    let a = c.compile_into_spirv("#version 450\nvoid main(){}", shaderc::ShaderKind::Compute, "x", "main", None).unwrap();
    println!("{} {:?}", a.len(), shaderc::get_spirv_version());
}
