//! Regions that are long enough for the clock, and what they take empty.

use super::super::region::Form;
use super::super::statistics::median;
use super::Prepared;
use crate::gpu::{self, CommandBuffer};

/// How often a region is tried, while it is shorter than wanted, to find out how long it is.
const CALIBRATIONS: usize = 3;

/// How often the empty region is run.
const FLOOR_SAMPLES: usize = 7;

/// Repetitions beyond which a recording would grow large for no gain.
const MAX_REPEATS: u32 = 1000;

/// How often a region that takes `once` nanoseconds with one repetition, and `floor` with none, is repeated to last `min_region_us`.
///
/// What is left of the former without the latter is taken to be a tenth of it at least: both are times of few runs.
fn repeats(once: Option<f64>, floor: Option<f64>, min_region_us: f64) -> u32 {
    let once = once.unwrap_or(0.0);
    let each = (once - floor.unwrap_or(0.0)).max(once / 10.0);
    let ratio = min_region_us * 1e3 / each.max(1.0);
    // `as` saturates, so that any ratio is a count.
    (ratio.ceil() as u32).clamp(1, MAX_REPEATS)
}

impl Prepared {
    /// Repeats each warm region that is sampled until it is long enough for the clock, and measures it empty, as it does
    /// the cold ones. To be called while the device is warm: a region that is long enough at an idle device's clock is
    /// too short at full clock. What is recorded anew is to be verified anew.
    ///
    /// # Errors
    /// If the device fails.
    pub fn calibrate(&mut self, min_region_us: f64) -> gpu::Result<()> {
        for index in self.sampled() {
            let extent = self.regions[index].extent.clone();
            let time = |command: &CommandBuffer| -> gpu::Result<Option<f64>> {
                self.device.submit(&[command])?;
                self.elapsed(index)
            };
            // What the region takes without its dispatches.
            let floor = |repeats: u32| -> gpu::Result<Option<f64>> {
                let empty = Form { is_empty: true, ..self.form(repeats) };
                let empty = self.record(index, &extent, empty)?;
                let floors: Vec<Option<f64>> =
                    (0..FLOOR_SAMPLES).map(|_| time(&empty)).collect::<gpu::Result<_>>()?;
                Ok(median(&floors.into_iter().flatten().collect::<Vec<_>>()))
            };
            let floor_of_one = floor(1)?;
            // A cold region runs once: its repetitions would find the caches warm.
            let repeats = if self.scratch.is_empty() {
                let mut tries = Vec::new();
                let is_short = |tries: &[f64]| median(tries).is_none_or(|once| once < min_region_us * 1e3);
                for _ in 0..CALIBRATIONS {
                    // What takes seconds is long enough at the first try.
                    if is_short(&tries) {
                        tries.extend(time(&self.regions[index].command)?);
                    }
                }
                repeats(median(&tries), floor_of_one, min_region_us)
            } else {
                1
            };
            let floor = if repeats == 1 { floor_of_one } else { floor(repeats)? };
            let command = self.record(index, &extent, self.form(repeats))?;
            let region = &mut self.regions[index];
            region.noise_floor = floor.map(|total| total / f64::from(repeats));
            (region.command, region.repeats) = (command, repeats);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_regions_are_repeated_until_they_are_long_enough() {
        let repeats = |once: f64, floor: f64| repeats(Some(once), Some(floor), 100.0);
        assert_eq!([repeats(200_000.0, 0.0), repeats(30_000.0, 0.0)], [1, 4]);
        assert_eq!(repeats(9_000.0, 6_500.0), 40, "2.5 µs each, whatever the timestamps take");
        assert_eq!(repeats(9_000.0, 9_500.0), 112, "a tenth at least");
        assert_eq!([repeats(0.0, 0.0), repeats(0.0, 1.0)], [MAX_REPEATS; 2]);
        assert_eq!(super::repeats(None, None, 100.0), MAX_REPEATS);
        assert_eq!(super::repeats(Some(30_000.0), None, 100.0), 4);
    }
}
