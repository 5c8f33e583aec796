//! What a search starts from: a problem, and what its file leaves open.

use std::path::Path;

use super::diagnostics::{Diagnostic, Error, ErrorKind, Place};
use super::document::Document;
use super::experiment::{Experiment, MeasureSettings, UNTUNED};
use super::factors::{Clock, Defaults, Regions, StopAfter};
use super::layer::Layer;
use super::overrides::Overrides;
use super::settings::{AlgorithmTable, Factors, MeasureTable, Settings};
use super::values::{Multiple, Positive};
use super::{Configuration, Tuned, mixture, name, read_text, resolve};

/// A whole convolution, and the values of some of its factors.
#[derive(Clone, Debug, PartialEq)]
pub struct Base {
    /// The configuration's name.
    pub name: String,
    /// How candidates are measured: quicker than experiments are, where the file does not say, and their totals alone.
    pub measure: MeasureSettings,
    /// The file's own experiments, and what was tuned for the nearest problem.
    pub experiments: Vec<Experiment>,
    /// What the file and the overrides set, the latter on top.
    fixed: Factors,
}

/// Sampling of a candidate stops after this many seconds where the file says nothing.
const MAX_SECONDS: f64 = 0.3;

/// A candidate is given up once it certainly takes this many times as long as the best, where the file says nothing.
const GIVE_UP_AT: f64 = 1.5;

impl Base {
    /// Reads the file at `path`, whose variants must all compute the output of one problem.
    ///
    /// # Errors
    /// Those of [`Configuration::load`], and [`ErrorKind::Contradiction`] where the experiments differ in their problem,
    /// compute less than the output, or are timed by the host's clock.
    pub fn load(path: &Path, overrides: &[String], tuned: &Tuned) -> Result<Self, Error> {
        let (text, origin) = read_text(path)?;
        Self::parse(&text, &origin, overrides, tuned)
    }

    /// Reads `text`, as [`Base::load`] does.
    ///
    /// # Errors
    /// The same.
    pub fn parse(text: &str, origin: &str, overrides: &[String], tuned: &Tuned) -> Result<Self, Error> {
        // Whatever is wrong with the file is said here.
        let Configuration { mut experiments, .. } =
            Configuration::parse_with(text, origin, overrides, tuned)?;
        check(&experiments, origin)?;
        let document = Document::parse(origin, text)?;
        let settings: Settings = document.read()?;
        let overrides = Overrides::parse(overrides)?;
        let quick = MeasureTable {
            max_seconds: Positive::try_from(MAX_SECONDS).ok(),
            give_up_at: Multiple::try_from(GIVE_UP_AT).ok(),
            ..MeasureTable::default()
        };
        let table = resolve::measure_table(settings.measure.as_ref(), overrides.measure.as_ref());
        let measure =
            MeasureSettings { regions: Regions::Pipelined, ..resolve::measure(&quick.under(&table)) };
        let name: String = name(&settings, &overrides, origin)?.into();
        let fixed = settings.factors().under(&overrides.factors);
        if let Ok(near) = tuned.experiment(name.clone(), name.clone(), &fixed.under(&asking_for_tuned()))
            && near.tuned_from.as_deref() != Some(UNTUNED)
        {
            experiments.push(near);
        }
        Ok(Self { name, measure, experiments, fixed })
    }

    /// The experiment called `name` in which `settings`, each `key=value`, hold where the file leaves them open.
    ///
    /// # Errors
    /// A sentence without its full stop: the rules that it breaks.
    pub fn with(&self, name: &str, settings: &[String]) -> Result<Experiment, String> {
        let open = Overrides::parse(settings).map_err(|error| error.to_string())?.factors;
        let experiment = resolve::experiment(name.to_owned(), name.to_owned(), &open.under(&self.fixed))
            .map_err(|missing| format!("nothing sets {}", missing.join(", ")))?;
        match mixture::refusal(&experiment) {
            Some(refusal) => Err(refusal),
            None => Ok(experiment),
        }
    }
}

/// What asks for tuned values.
fn asking_for_tuned() -> Factors {
    let algorithm = AlgorithmTable { defaults: Some(Defaults::Tuned), ..AlgorithmTable::default() };
    Factors { algorithm: Some(algorithm), ..Factors::default() }
}

/// Refuses experiments that are no candidates for one another's place.
fn check(experiments: &[Experiment], origin: &str) -> Result<(), Error> {
    let refuse = |message: String| {
        Err(Error::from(Diagnostic::new(ErrorKind::Contradiction, Place::of(origin), message)))
    };
    let first = &experiments[0];
    for other in experiments {
        let name = &other.name;
        if other.problem != first.problem || other.cache != first.cache {
            return refuse(format!(
                "`{}` and `{name}` do not do the same work; tune one problem at a time, as with --set",
                first.name
            ));
        }
        if other.stop_after != StopAfter::Output {
            return refuse(format!(
                "`{name}` stops after `{}`, but what is tuned is the whole convolution; tune with --set \
                 schedule.stop_after={}",
                other.stop_after,
                StopAfter::Output
            ));
        }
        if other.clock != Clock::Device {
            return refuse(format!(
                "`{name}` is timed by the host's clock, which tells nothing of the device; tune with --set \
                 measure.clock={}",
                Clock::Device
            ));
        }
    }
    Ok(())
}
