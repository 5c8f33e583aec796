//! What a search asks of whoever measures.

use crate::config::Experiment;
use crate::plan::{Limits, Plan};

/// What a measurement of one candidate says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The median of the whole convolution's time, nanoseconds; `None` where it could not be measured or was wrong.
    pub time_ns: Option<f64>,
    /// ‖y − y₆₄‖₂ / ‖y₆₄‖₂.
    pub rel_error: Option<f64>,
}

/// Measures candidates on a device, or stands for it in tests.
pub trait Bench {
    /// Why nothing more can be measured.
    type Error;

    /// What the device allows a workgroup.
    fn limits(&self) -> Limits;

    /// Refuses a plan that the device cannot run.
    ///
    /// # Errors
    /// A sentence with what it needs and what there is.
    fn check(&self, plan: &Plan) -> Result<(), String>;

    /// The least time that the plan can take on the device, nanoseconds, where its ceilings are known.
    fn floor(&self, experiment: &Experiment, plan: &Plan) -> Option<f64>;

    /// Measures experiments in turn; one outcome for each, in their order. What was measured before need not be measured
    /// again.
    ///
    /// # Errors
    /// If nothing more can be measured. What cannot be measured alone is an outcome without a time.
    fn measure(&mut self, experiments: &[&Experiment]) -> Result<Vec<Outcome>, Self::Error>;

    /// Whether the search is to come to its end.
    fn is_out_of_time(&self) -> bool;

    /// Tells how the search has come along: a sentence, and the best so far.
    fn tell(&mut self, text: &str, best: Option<(&Experiment, Outcome)>);
}
