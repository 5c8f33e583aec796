//! Winoscope: where and why does a phased GPU computation lose its time?
//!
//! Data flows one way: [`config`] → [`plan`] → `measure` → `results`.

pub mod config;
pub mod kernels;
pub mod plan;
pub mod winograd;
