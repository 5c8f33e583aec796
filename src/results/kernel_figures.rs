//! What drivers tell of kernels, under one name for each figure, and the report's table of it.

use super::kernels::KernelFact;
use super::run::Run;
use super::table::{MISSING, escaped, markdown};
use super::values::Phase;

/// The figures that explain a time, as far as the driver gives them; the largest where a phase has several kernels or
/// the driver made several of one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Figures {
    /// 32-bit registers of an invocation.
    registers: Option<u64>,
    /// Bytes of memory of an invocation's own: what does not fit into registers.
    local_bytes: Option<u64>,
    /// Values or instructions that spill registers into it, as the driver counts them.
    spills: Option<u64>,
    /// Bytes of shared memory of a workgroup.
    shared_bytes: Option<u64>,
    /// Bytes of machine code.
    binary_bytes: Option<u64>,
}

/// The drivers' names of each figure, in lower case. A name that is not here is in the file alone: what looks alike may
/// count something else.
const REGISTERS: [&str; 4] = ["register count", "vgprs", "numusedvgprs", "number of gprs"];
const LOCAL_BYTES: [&str; 5] =
    [NVIDIA_LOCAL_BYTES, "stack size", "scratch memory size", "scratch size", "scratchmemusageinbytes"];
const SPILLS: [&str; 3] = ["spill count", "spilled vgprs", "spills to memory"];
const SHARED_BYTES: [&str; 3] = ["shared memory size", "lds size", "ldsusagesizeinbytes"];
const BINARY_BYTES: [&str; 2] = ["binary size", "code size"];

/// Its name with NVIDIA's driver, which says more than bytes in it.
const NVIDIA_LOCAL_BYTES: &str = "local memory size";

/// The low 32 bits: NVIDIA's driver (seen with 580.159.04) tells bytes of local memory in them, and always sets bit 36
/// besides, so that 68719476736 means none and 68719476928 means 192.
fn low_half(value: u64) -> u64 {
    value & u64::from(u32::MAX)
}

impl Figures {
    /// The figures that are among `facts`.
    pub fn of<'f>(facts: impl IntoIterator<Item = &'f KernelFact>) -> Self {
        let mut figures = Self::default();
        for fact in facts {
            let name = fact.statistic.to_lowercase();
            let name = name.as_str();
            let figure = match () {
                () if REGISTERS.contains(&name) => &mut figures.registers,
                () if LOCAL_BYTES.contains(&name) => &mut figures.local_bytes,
                () if SPILLS.contains(&name) => &mut figures.spills,
                () if SHARED_BYTES.contains(&name) => &mut figures.shared_bytes,
                () if BINARY_BYTES.contains(&name) => &mut figures.binary_bytes,
                () => continue,
            };
            // A negative number or a fraction is none of these; Option's order puts a number above none.
            let count = fact.value.parse().ok();
            let is_nvidias = name == NVIDIA_LOCAL_BYTES;
            *figure = (*figure).max(if is_nvidias { count.map(low_half) } else { count });
        }
        figures
    }

    /// What they say of a kernel's speed: `168 registers, 512 B of local memory`. Nothing where nothing is known; what is
    /// zero is left out.
    pub fn note(&self) -> Option<String> {
        let registers = self.registers.map(|count| format!("{count} registers"));
        let local =
            self.local_bytes.filter(|&bytes| bytes > 0).map(|bytes| format!("{bytes} B of local memory"));
        let spills = self.spills.filter(|&count| count > 0).map(|count| format!("{count} spills"));
        let parts: Vec<String> = [registers, local, spills].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    fn cells(&self) -> [String; 5] {
        [self.registers, self.local_bytes, self.spills, self.shared_bytes, self.binary_bytes]
            .map(|figure| figure.map_or(MISSING.to_owned(), |number| number.to_string()))
    }
}

/// A kernel with the machine code that was made of it, and the experiments that run it.
struct Line<'f> {
    phase: Phase,
    dispatch: &'f str,
    spirv_hash: &'f str,
    figures: Figures,
    experiments: Vec<&'f str>,
}

/// The report's section on the kernels of `runs`, or `None` where no driver told of them.
pub(super) fn section(runs: &[Run<'_>], facts: &[KernelFact]) -> Option<String> {
    let lines = lines(runs, facts);
    if lines.is_empty() {
        return None;
    }
    let header = ["Kernel", "Registers", "Local B", "Spills", "Shared B", "Binary B", "Experiments"];
    let mut table = markdown(header, &[1, 2, 3, 4, 5]);
    for line in &lines {
        let mut cells = vec![escaped(&format!("{}: {}", line.phase, line.dispatch))];
        cells.extend(line.figures.cells());
        cells.push(escaped(&several(&line.experiments)));
        table.add_row(cells);
    }
    Some(format!("\n## Kernels\n\n{LEGEND}\n\n{table}\n"))
}

const LEGEND: &str = "The driver's own figures of the machine code that it made: registers of an invocation, its local memory (where goes \
     what the registers do not hold), shared memory of a workgroup. All that the driver tells is in the file \
     `.kernels.csv`.";

/// One line for each kernel, in the order of the runs.
fn lines<'f>(runs: &[Run<'_>], facts: &'f [KernelFact]) -> Vec<Line<'f>> {
    let mut lines: Vec<Line<'f>> = Vec::new();
    for run in runs {
        let of_run: Vec<&KernelFact> = facts.iter().filter(|fact| fact.is_of_run(run.any())).collect();
        // The rows of a kernel stand together in their file.
        for kernel in of_run.chunk_by(|a, b| (a.phase, &a.dispatch) == (b.phase, &b.dispatch)) {
            let first = kernel[0];
            let figures = Figures::of(kernel.iter().copied());
            let same = lines.iter_mut().find(|line| {
                (line.phase, line.dispatch, line.spirv_hash)
                    == (first.phase, &first.dispatch, &first.spirv_hash)
                    && line.figures == figures
            });
            match same {
                Some(line) => line.experiments.push(&first.experiment),
                None => lines.push(Line {
                    phase: first.phase,
                    dispatch: &first.dispatch,
                    spirv_hash: &first.spirv_hash,
                    figures,
                    experiments: vec![&first.experiment],
                }),
            }
        }
    }
    lines
}

/// The first of some names, and how many there are besides.
fn several(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first, others @ ..] => format!("{first} and {} more", others.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::columns::Row;
    use super::super::run::latest_runs;
    use super::super::synthetic::{fact, row};
    use super::*;

    #[test]
    fn figures_are_found_under_each_drivers_names() {
        let of = |named: &[(&str, &str)]| {
            let facts: Vec<KernelFact> = named.iter().map(|(name, value)| fact(name, value)).collect();
            Figures::of(&facts)
        };
        let nvidia = of(&[("Register Count", "168"), ("Local Memory Size", "512"), ("Binary Size", "9000")]);
        assert_eq!(nvidia.note().unwrap(), "168 registers, 512 B of local memory");
        assert_eq!(nvidia.cells(), ["168", "512", "–", "–", "9000"]);
        let radv = of(&[("SGPRs", "60"), ("VGPRs", "96"), ("Spilled VGPRs", "3"), ("LDS size", "1024")]);
        assert_eq!(radv.note().unwrap(), "96 registers, 3 spills");
        assert_eq!(radv.cells(), ["96", "–", "3", "1024", "–"]);
        // Two names of one thing: the larger. What is zero needs no mention, what is no count is none.
        let both = of(&[("Stack Size", "64"), ("local memory size", "0"), ("REGISTER COUNT", "-1")]);
        assert_eq!(both.note().unwrap(), "64 B of local memory");
        assert_eq!(of(&[("register count", "32"), ("stack size", "0")]).note().unwrap(), "32 registers");
        assert_eq!(of(&[("Registers of the moon", "4"), ("Max Register Count", "9")]), Figures::default());
        assert_eq!(Figures::default().note(), None);
    }

    #[test]
    fn local_memory_is_in_the_low_half_of_what_nvidias_driver_says() {
        let local = |value| Figures::of(&[fact("Local Memory Size", value)]).local_bytes;
        assert_eq!(["68719476736", "68719476928", "512"].map(local), [Some(0), Some(192), Some(512)]);
        assert_eq!(
            Figures::of(&[fact("Stack Size", "68719476736")]).local_bytes,
            Some(1 << 36),
            "others' is a count"
        );
    }

    #[test]
    fn a_kernel_that_several_experiments_run_has_one_line() {
        let named = |experiment: &str, registers: &str| KernelFact {
            experiment: experiment.to_owned(),
            ..fact("Register Count", registers)
        };
        let rows: Vec<Row> = ["a", "b", "c"].map(|name| Row { experiment: name.to_owned(), ..row() }).into();
        let facts = [named("a", "40"), named("b", "40"), named("c", "80"), named("elsewhere", "1")];
        let text = section(&latest_runs(&rows), &facts).unwrap();
        let lines: Vec<&str> = text.lines().filter(|line| line.contains("mhat: multiply_blocked")).collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(lines[0].contains(" 40 ") && lines[0].contains("a and 1 more"), "{text}");
        assert!(lines[1].contains(" 80 ") && lines[1].contains("| c "), "{text}");
        assert_eq!(section(&latest_runs(&rows), &[]), None);
    }

    #[test]
    fn figures_of_an_earlier_run_are_not_shown() {
        let earlier = KernelFact { timestamp_utc: "2020-01-01T00:00:00Z".to_owned(), ..fact("VGPRs", "1") };
        assert_eq!(section(&latest_runs(&[row()]), &[earlier]), None);
    }
}
