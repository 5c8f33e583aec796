use winoscope::config::Configuration;
use winoscope::kernels::{Compiler, Request, Sources};
use winoscope::plan::{convolution, explain};

#[test]
fn scratch() {
    let c = Configuration::load("configs/investigation.toml".as_ref(), &[]).unwrap();
    let compiler = Compiler::new(Sources::Folder("glsl".into()), None).unwrap();
    for e in &c.experiments {
        let plan = convolution::lower(e).unwrap();
        println!("{}\n{}", e.name, explain(&plan));
        for (_, d) in plan.dispatches() {
            let r = Request { source: &d.kernel.source, macros: &d.kernel.macros, generated: &d.kernel.generated };
            match compiler.compile(r) {
                Ok(s) => println!("{} {:?} {} words", d.name, s.compile_time, s.words.len()),
                Err(x) => println!("ERR {x}"),
            }
        }
    }
}
