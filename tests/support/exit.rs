//! The exit codes that other programs rely on, written down a second time so that a change of one is seen.

pub const USAGE: i32 = 2;
pub const UNREADABLE: i32 = 10;
pub const BAD_CONFIG: i32 = 11;
pub const CONTRADICTION: i32 = 12;
pub const SIZE: i32 = 13;
pub const INCOMPARABLE: i32 = 14;
pub const UNMATCHED: i32 = 15;
pub const NO_LOADER: i32 = 20;
pub const NO_DEVICE: i32 = 21;
pub const MISSING: i32 = 22;
pub const EXCEEDS: i32 = 23;
pub const DEVICE_LOST: i32 = 24;
pub const DRIVER: i32 = 25;
pub const KERNEL: i32 = 30;
pub const NOT_WRITABLE: i32 = 40;
pub const DISK_FULL: i32 = 41;
pub const BAD_RESULTS: i32 = 42;
pub const OTHER_DEVICE: i32 = 43;
pub const WRONG: i32 = 50;
pub const VALIDATION: i32 = 51;
pub const NO_TIMES: i32 = 52;
pub const NO_PATH: i32 = 53;
pub const INACCURATE: i32 = 54;
pub const UNPROVEN: i32 = 55;
pub const SLOWER: i32 = 60;
pub const INTERRUPTED: i32 = 130;

/// All of them.
pub const ALL: [i32; 26] = [
    USAGE,
    UNREADABLE,
    BAD_CONFIG,
    CONTRADICTION,
    SIZE,
    INCOMPARABLE,
    UNMATCHED,
    NO_LOADER,
    NO_DEVICE,
    MISSING,
    EXCEEDS,
    DEVICE_LOST,
    DRIVER,
    KERNEL,
    NOT_WRITABLE,
    DISK_FULL,
    BAD_RESULTS,
    OTHER_DEVICE,
    WRONG,
    VALIDATION,
    NO_TIMES,
    NO_PATH,
    INACCURATE,
    UNPROVEN,
    SLOWER,
    INTERRUPTED,
];
