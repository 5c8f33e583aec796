//! Winoscope
