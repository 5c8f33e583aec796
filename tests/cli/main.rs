//! The command line seen from outside: what each command prints, each fault with its exit code and sentence, and
//! what becomes of results meanwhile. All on lavapipe, so that every machine says the same.

// Signals, `/dev/full`, file-size limits and driver manifests are provoked as Linux has them.
#![cfg(target_os = "linux")]

#[path = "../support/mod.rs"]
mod support;

mod attribute;
mod ceilings;
mod clocks;
mod compare;
mod config_faults;
mod device_faults;
mod driver_faults;
mod golden;
mod interrupt;
mod kernel_facts;
mod kernels;
mod list;
mod monitor;
mod output;
mod prove;
mod report;
mod results_files;
mod resume;
mod sampling;
mod tune;
mod wrong_results;
