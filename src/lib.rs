//! Winoscope: where and why does a phased GPU computation lose its time?
//!
//! Data flows one way: [`config`] → [`plan`] → [`measure`] → [`results`].

pub mod cli;
pub mod config;
pub mod gpu;
pub mod kernels;
pub mod measure;
mod parallel;
pub mod plan;
pub mod proof;
pub mod results;
pub mod tune;
pub mod winograd;
