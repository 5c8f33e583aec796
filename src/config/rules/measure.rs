//! What one way of measuring leaves no use for.

use super::Finding;
use crate::config::experiment::Experiment;
use crate::config::factors::{Cache, Clock, Regions};
use crate::config::settings::MeasureTable;

/// The host's clock has no regions to evict caches before.
pub(super) fn check(experiment: &Experiment) -> Option<Finding> {
    let is_both = experiment.cache == Cache::Cold && experiment.clock == Clock::HostLazy;
    is_both.then(|| {
        Finding::contradiction(
            &["measure.cache", "measure.clock"],
            "caches are evicted before a region that the device's clock times, but clock `host_lazy` times none",
            "measure.cache = \"warm\"",
        )
    })
}

/// A key that is set although nothing is measured in the way that it is about.
pub(super) fn check_table(table: &MeasureTable, experiments: &[Experiment]) -> Vec<Finding> {
    let all = |holds: fn(&Experiment) -> bool| !experiments.is_empty() && experiments.iter().all(holds);
    let mut findings = Vec::new();
    if table.min_region_us.is_some_and(|least| least.get() > 0.0) && all(|e| e.cache == Cache::Cold) {
        findings.push(Finding::contradiction(
            &["measure.min_region_us", "measure.cache"],
            "a region is repeated until it is long enough, but no experiment is warm, and a cold one runs once per \
             sample",
            "measure.min_region_us = 0",
        ));
    }
    if table.evict_mib.is_some() && all(|e| e.cache == Cache::Warm) {
        findings.push(Finding::contradiction(
            &["measure.evict_mib", "measure.cache"],
            "caches are evicted before cold samples, but no experiment is cold",
            "measure.cache = \"cold\"",
        ));
    }
    if table.regions.is_some() && all(|e| e.clock == Clock::HostLazy) {
        findings.push(Finding::contradiction(
            &["measure.regions", "measure.clock"],
            "regions are what the device's clock times, but every experiment is timed by the host's",
            "measure.clock = \"device\"",
        ));
    }
    if table.give_up_at.is_some() && table.regions == Some(Regions::Isolated) {
        findings.push(Finding::contradiction(
            &["measure.give_up_at", "measure.regions"],
            "an experiment is given up by its total, but regions `isolated` leave the total out",
            "measure.regions = \"all\"",
        ));
    }
    findings
}
