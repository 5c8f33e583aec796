//! Where the ceilings are that floors come from.

use std::path::Path;

use super::exit::{ExitCode, Failure};
use crate::results::Row;
use crate::results::ceilings::{Ceilings, SavedCeilings, ceilings_path};

/// The ceilings of a device with a driver, from the `file` named or among the `results`. Where nothing is saved, says
/// how to get them.
pub fn of_device(
    results: &Path,
    file: Option<&Path>,
    device: &str,
    driver: &str,
) -> Result<Option<Ceilings>, Failure> {
    let saved = match file {
        Some(file) => SavedCeilings::read(file)?,
        None => SavedCeilings::in_folder(results, [device])?,
    };
    let own = saved.of(device, driver);
    match (file, own) {
        (_, Some(own)) => Ok(Some(own)),
        (Some(file), None) => Err(none_of(file, &saved, &format!("{device} ({driver})"))),
        (None, None) => {
            eprintln!(
                "note: {} has no ceilings of {device} with this driver, so floor_ns stays empty; `winoscope ceilings` \
                 measures them in seconds",
                ceilings_path(results, device).display()
            );
            Ok(None)
        }
    }
}

/// Fills in the floors of rows without them from what is saved beside the `results` file that they were read from, and
/// returns that.
pub fn fill_beside(rows: &mut [Row], results: &Path) -> Result<SavedCeilings, Failure> {
    let folder = results.parent().unwrap_or(Path::new(""));
    let saved = SavedCeilings::in_folder(folder, rows.iter().map(|row| row.device.as_str()))?;
    saved.fill(rows);
    Ok(saved)
}

/// Fills in the floors of rows without them from the `file` named, which must know the device of some.
pub fn fill_from(rows: &mut [Row], file: &Path) -> Result<(), Failure> {
    let saved = SavedCeilings::read(file)?;
    if rows.is_empty() || saved.fill(rows) {
        return Ok(());
    }
    let mut wanted: Vec<String> = rows.iter().map(|row| format!("{} ({})", row.device, row.driver)).collect();
    wanted.sort();
    wanted.dedup();
    Err(none_of(file, &saved, &wanted.join(", ")))
}

fn none_of(file: &Path, saved: &SavedCeilings, wanted: &str) -> Failure {
    let held = saved.devices();
    let held = if held.is_empty() { "nothing".to_owned() } else { held };
    let message = format!(
        "{} has no ceilings of {wanted}, but of {held}; measure them with `winoscope ceilings`, or leave --ceilings out",
        file.display()
    );
    Failure::new(ExitCode::OtherDevice, message)
}
