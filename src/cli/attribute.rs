//! `winoscope attribute`: config → mixtures → measure → shares.

use super::arguments::AttributeOptions;
use super::comparison::{Comparison, Ended};
use super::exit::{ExitCode, Failure};
use super::experiments::{self, ask_for_tuned, load, tuned};
use super::print;
use super::session::Session;
use crate::config::{Clock, Configuration, Experiment, Incomparable, Mixtures};
use crate::plan::{self, Plan};
use crate::results::attribution::{Attribution, Factor, Lattice, Launches};
use crate::results::{Mode, Phase, SharesFile, read_samples};

/// Measures all mixtures of two variants of every configuration, and prints and records each factor's share.
pub fn run(options: &AttributeOptions) -> Result<(), Failure> {
    let configurations = load(&options.config)?;
    if !ask_for_tuned(&configurations) {
        // What makes no sense on any device is told before one is opened.
        parts(&configurations, options)?;
    }
    let session = Session::open(&options.measuring)?.with_ceilings(options.floors.ceilings.as_deref())?;
    let configurations = tuned(configurations, &options.config, &session.opened.device.info().name)?;
    let parts = parts(&configurations, options)?;
    session.each(&parts, |session, (configuration, attributions)| {
        let count = attributions.iter().map(|attribution| attribution.mixtures.len()).sum();
        let file = format!("{}.attribution", configuration.name);
        let mut comparison = Comparison::open(session, configuration, &file, count)?;
        let (mut shares, warnings) =
            SharesFile::open(&options.measuring.results, &configuration.name, session.existing())?;
        for warning in warnings {
            eprintln!("warning: {warning}");
        }
        let mut texts = Vec::new();
        let result = attributions
            .iter()
            .try_for_each(|mixtures| attribute(&mut comparison, &mut shares, mixtures, &mut texts));
        let Ended { failures, path, .. } = comparison.end();
        let printed = texts.iter().try_for_each(|(text, _)| print::line(text));
        eprintln!("results: {}\nshares: {}", path.display(), shares.path().display());
        result?;
        // What the device cannot run is handled by the shares.
        let failures =
            failures.into_iter().filter(|f| !matches!(f.code, ExitCode::Exceeds | ExitCode::Size)).collect();
        let pathless = texts.iter().any(|(_, has_shares)| !has_shares).then(|| {
            let message = format!(
                "no order of changing the factors of `{}` one by one into `{}` has only mixtures that were measured",
                options.from, options.to
            );
            Failure::new(ExitCode::NoPath, message)
        });
        Failure::gravest(failures).or(pathless).map_or(printed, Err)
    })
}

/// Each configuration with its mixtures.
fn parts<'c>(
    configurations: &'c [Configuration],
    options: &AttributeOptions,
) -> Result<Vec<(&'c Configuration, Vec<Mixtures>)>, Failure> {
    configurations
        .iter()
        .map(|configuration| Ok((configuration, mixtures(configuration, options)?)))
        .collect()
}

/// The mixtures of each pair of experiments that is compared.
fn mixtures(configuration: &Configuration, options: &AttributeOptions) -> Result<Vec<Mixtures>, Failure> {
    let AttributeOptions { from, to, phases, groups, .. } = options;
    let mut all = Vec::new();
    for &phase in phases {
        for (from, to) in configuration.pairs(from, to, phase)? {
            all.push(Mixtures::between(from, to, groups)?);
        }
    }
    let is_used = |name: &str| all.iter().flat_map(|mixtures| &mixtures.changes).any(|c| c.name == name);
    match groups.iter().find(|group| !is_used(&group.name)) {
        Some(group) => Err(Incomparable::Unused(group.name.clone()).into()),
        None => Ok(all),
    }
}

/// Measures the mixtures of one pair, and adds what they say to `texts`, and whether it is shares.
fn attribute(
    comparison: &mut Comparison<'_>,
    shares: &mut SharesFile,
    mixtures: &Mixtures,
    texts: &mut Vec<(String, bool)>,
) -> Result<(), Failure> {
    let mut plans = Vec::new();
    let mut valid: Vec<&Experiment> = Vec::new();
    for mixture in &mixtures.mixtures {
        let planned = match &mixture.refused {
            Some(reason) => Err(reason.clone()),
            None => experiments::plan(&mixture.experiment, &comparison.limits())
                .map_err(|failure| failure.message),
        };
        match &planned {
            Ok(_) => valid.push(&mixture.experiment),
            Err(reason) => comparison.refuse(&mixture.experiment, reason)?,
        }
        plans.push(planned.ok());
    }
    comparison.measure(&valid)?;
    let mut samples = read_samples(comparison.samples_path())?;
    samples.retain(|sample| sample.phase == Phase::Total);
    let launches = launches(mixtures, &plans);
    let mode = match mixtures.mixtures[0].experiment.clock {
        Clock::Device => Mode::Pipelined,
        Clock::HostLazy => Mode::HostLazy,
    };
    let factors = mixtures
        .changes
        .iter()
        .map(|change| Factor { name: change.name.clone(), from: change.from.clone(), to: change.to.clone() })
        .collect();
    if let Some(lattice) = Lattice::new(factors, &launches, mode, comparison.rows(), &samples) {
        let attribution = Attribution::of(&lattice);
        shares.record(attribution.rows(comparison.timestamp()))?;
        texts.push((attribution.render(), attribution.has_shares()));
    }
    Ok(())
}

/// Numbers how the mixtures' kernels are launched. What the kernels are, their SPIR-V says better than a plan: macros
/// that a kernel does not look at differ without a difference.
fn launches<'m>(mixtures: &'m Mixtures, plans: &[Option<Plan>]) -> Vec<Launches<'m>> {
    let (mut totals, mut phases) = (Vec::new(), Vec::new());
    let mut all = Vec::new();
    for (mixture, plan) in mixtures.mixtures.iter().zip(plans) {
        let timed = || plan.iter().flat_map(|plan| &plan.phases).filter(|phase| !phase.untimed);
        let buffers = plan.iter().flat_map(|plan| &plan.buffers).map(|buffer| buffer.elements);
        let whole: (Vec<u64>, Vec<_>, _) =
            (buffers.collect(), timed().map(launch).collect(), plan.as_ref().map(|plan| plan.ordering));
        all.push(Launches {
            experiment: &mixture.experiment.name,
            total: number(&mut totals, whole),
            phases: timed()
                .filter_map(|phase| Some((Phase::parse(&phase.name)?, number(&mut phases, launch(phase)))))
                .collect(),
        });
    }
    all
}

/// Everything that a phase's dispatches are but their kernels' code.
fn launch(phase: &plan::Phase) -> Vec<impl PartialEq> {
    let launch = |dispatch: &plan::Dispatch| {
        let plan::Dispatch { kernel, uses, push, workgroups, workgroup, .. } = dispatch.clone();
        (kernel.constants, kernel.bounds_checks, uses, push, workgroups, workgroup)
    };
    phase.dispatches.iter().map(launch).collect()
}

/// The place of `item` among those `seen`, where it is put if it is new.
fn number<T: PartialEq>(seen: &mut Vec<T>, item: T) -> usize {
    seen.iter().position(|known| *known == item).unwrap_or_else(|| {
        seen.push(item);
        seen.len() - 1
    })
}
