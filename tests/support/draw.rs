//! Configurations drawn at random: a value for every factor, and a small awkward problem.

use std::fmt::{self, Display, Formatter};
use std::ops::RangeInclusive;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use winoscope::config::{
    AlgorithmKind, Barriers, Coefficients, Configuration, Consume, Error, Evaluation, Experiment,
    FilterReuse, Grid, Layout, Mapping, Placement, Points, StopAfter, Tile,
};

/// What is drawn, unless the environment has another `PROPTEST_RNG_SEED`.
const SEED: u64 = 2016;

/// A configuration as a list of keys and values. It prints as the TOML that it is.
#[derive(Clone)]
pub struct Drawn(Vec<(&'static str, String)>);

impl Display for Drawn {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(key, value)| writeln!(f, "{key} = {value}"))
    }
}

impl fmt::Debug for Drawn {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "\n{self}")
    }
}

impl Drawn {
    /// Its experiments, with `repairs` over it as `--set` lays them.
    ///
    /// # Errors
    /// As [`Configuration::parse`].
    pub fn parse(&self, repairs: &[String]) -> Result<Vec<Experiment>, Error> {
        Configuration::parse(&self.to_string(), "drawn.toml", repairs).map(|drawn| drawn.experiments)
    }

    /// Does what each refusal says is nearest, all of it at once, until the configuration is accepted. Returns its
    /// experiments and how many refusals there were.
    ///
    /// # Errors
    /// A sentence, where a refusal has no nearest valid choice, or comes back after it was followed.
    pub fn repair(&self) -> Result<(Vec<Experiment>, usize), String> {
        let (mut repairs, mut followed) = (Vec::new(), Vec::new());
        for refusals in 0.. {
            let error = match self.parse(&repairs) {
                Ok(experiments) => return Ok((experiments, refusals)),
                Err(error) => error,
            };
            for problem in error.diagnostics() {
                if followed.contains(&problem.message) {
                    return Err(format!("refused as before, although {repairs:?} was followed: {error}"));
                }
                followed.push(problem.message.clone());
                let nearest = problem.nearest.clone();
                repairs.push(nearest.ok_or_else(|| format!("no nearest valid choice is told: {error}"))?);
            }
        }
        unreachable!("there are fewer refusals than numbers")
    }
}

/// Any configuration; most contradict themselves somewhere.
pub fn configuration() -> impl Strategy<Value = Drawn> {
    let kinds = prop_oneof![9 => Just(AlgorithmKind::Winograd), 1 => Just(AlgorithmKind::Direct)];
    let buffers = ["xhat", "ghat", "mhat"].into_iter().flat_map(|buffer| {
        let (placement, layout) = match buffer {
            "xhat" => ("buffers.xhat.placement", "buffers.xhat.layout"),
            "ghat" => ("buffers.ghat.placement", "buffers.ghat.layout"),
            _ => ("buffers.mhat.placement", "buffers.mhat.layout"),
        };
        [factor(placement, Placement::ALL), factor(layout, Layout::ALL)]
    });
    let mut keys = vec![
        size("problem.batch", 1..=3),
        size("problem.in_channels", 1..=9),
        size("problem.out_channels", 1..=20),
        size("problem.height", 1..=17),
        size("problem.width", 1..=17),
        size("problem.padding", 0..=1),
        kinds.prop_map(|kind| ("algorithm.kind", quoted(kind))).boxed(),
        select(Tile::ALL.as_slice()).prop_map(|tile| ("algorithm.tile", tile.to_string())).boxed(),
        select(Points::ALL).prop_map(|points| ("algorithm.points", quoted(points))).boxed(),
        factor("schedule.stop_after", StopAfter::ALL),
        factor("schedule.consume", Consume::ALL),
        factor("schedule.grid", Grid::ALL),
        factor("schedule.barriers", Barriers::ALL),
        factor("transforms.evaluation", Evaluation::ALL),
        factor("transforms.coefficients", Coefficients::ALL),
        factor("multiply.mapping", Mapping::ALL),
        factor("filter.reuse", FilterReuse::ALL),
    ];
    keys.extend(buffers);
    keys.prop_map(Drawn)
}

type Key = BoxedStrategy<(&'static str, String)>;

fn factor<T: Display + fmt::Debug + Copy + 'static>(key: &'static str, values: &'static [T]) -> Key {
    select(values).prop_map(move |value| (key, quoted(value))).boxed()
}

fn size(key: &'static str, sizes: RangeInclusive<u32>) -> Key {
    sizes.prop_map(move |size| (key, size.to_string())).boxed()
}

fn quoted(value: impl Display) -> String {
    format!("\"{value}\"")
}

/// Draws and checks `cases` configurations, or as many as `PROPTEST_CASES` says, the same ones each time; a failure
/// is made smaller at most `shrinks` times, and told with the seed.
#[track_caller]
pub fn check<V: fmt::Debug>(
    cases: u32,
    shrinks: u32,
    drawn: impl Strategy<Value = V>,
    property: impl Fn(V) -> Result<(), String>,
) {
    let from_environment = Config::default();
    let seed = match from_environment.rng_seed {
        RngSeed::Fixed(seed) => seed,
        RngSeed::Random => SEED,
    };
    let config = Config {
        cases: if std::env::var_os("PROPTEST_CASES").is_some() { from_environment.cases } else { cases },
        rng_seed: RngSeed::Fixed(seed),
        max_shrink_iters: shrinks,
        failure_persistence: None,
        ..from_environment
    };
    let outcome = TestRunner::new(config).run(&drawn, |value| property(value).map_err(TestCaseError::fail));
    outcome.unwrap_or_else(|error| panic!("with PROPTEST_RNG_SEED={seed}: {error}"));
}
