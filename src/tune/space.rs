//! What differs in kind: the candidates that a search begins with.

use super::candidate::Candidate;

/// Filters, tiles and channels per workgroup, filters and tiles per invocation, of the blocked multiply with every buffer in
/// device memory: large ones for large products, and small ones that leave no part of the device idle.
const BLOCKS: [[u32; 5]; 11] = [
    [128, 64, 8, 8, 8],
    [64, 64, 8, 8, 4],
    [64, 64, 16, 4, 4],
    [64, 128, 8, 8, 8],
    [64, 32, 16, 4, 4],
    [96, 64, 8, 8, 4],
    [32, 64, 16, 4, 4],
    [32, 32, 16, 4, 4],
    [48, 64, 16, 4, 4],
    [32, 16, 16, 4, 4],
    [16, 64, 16, 4, 4],
];

/// Filters, rows, columns and channels per workgroup, filters and columns per invocation, of the direct convolution by patches.
const DIRECT_PATCHES: [[u32; 6]; 5] = [
    [32, 8, 32, 4, 8, 8],
    [64, 8, 16, 4, 4, 8],
    [32, 8, 8, 8, 4, 2],
    [16, 4, 8, 16, 4, 1],
    [4, 8, 32, 8, 4, 4],
];

/// Filters, outputs and channels per workgroup, filters and outputs per invocation, and teams, of the direct convolution as an
/// implicit GEMM.
const DIRECT_GEMMS: [[u32; 6]; 6] = [
    [64, 128, 1, 8, 8, 1],
    [64, 32, 2, 4, 4, 1],
    [32, 32, 2, 4, 4, 1],
    [32, 64, 1, 8, 8, 4],
    [32, 32, 1, 4, 8, 8],
    [32, 16, 1, 4, 4, 8],
];

/// Every tile that has kernels, the likeliest first.
const TILES: [u32; 5] = [4, 6, 7, 5, 2];

/// Everything that a search begins with, what tells most about the rest first. Whoever asks leaves out what is refused,
/// what has no place on the device and what comes to the same.
pub fn coarse() -> Vec<Candidate> {
    let [first, others @ ..] = TILES;
    let mut candidates = Vec::from(TILES.map(|tile| winograd(tile, ["global"; 3])));
    candidates.push(winograd(first, ["global"; 3]).with([("algorithm.points", "balanced")]));
    candidates.push(direct());
    candidates.extend(fused(first));
    candidates.extend(BLOCKS.map(|block| blocked(first, block)));
    candidates.extend(DIRECT_GEMMS.map(
        |[filters, outputs, channels, thread_filters, thread_columns, teams]| {
            direct().with([("direct.method", "implicit_gemm")]).with([
                ("direct.block.filters", filters),
                ("direct.block.columns", outputs),
                ("direct.block.channels", channels),
                ("direct.thread.filters", thread_filters),
                ("direct.thread.columns", thread_columns),
                ("direct.teams", teams),
            ])
        },
    ));
    candidates.extend(DIRECT_PATCHES.map(
        |[filters, rows, columns, channels, thread_filters, thread_columns]| {
            direct().with([("direct.method", "patch")]).with([
                ("direct.block.filters", filters),
                ("direct.block.rows", rows),
                ("direct.block.columns", columns),
                ("direct.block.channels", channels),
                ("direct.thread.filters", thread_filters),
                ("direct.thread.columns", thread_columns),
            ])
        },
    ));
    for tile in others {
        candidates.extend(BLOCKS.map(|block| blocked(tile, block)));
        candidates.extend(fused(tile));
    }
    candidates
}

/// Both mappings with the operands in device or shared memory, and their product there or in neither.
fn fused(tile: u32) -> Vec<Candidate> {
    const ELEMENT: &[&str] = &["shared", "global", "register", "inline"];
    const BLOCKED: &[&str] = &["shared", "global", "register"];
    let mut candidates = Vec::new();
    for (mapping, products) in [("element", ELEMENT), ("blocked", BLOCKED)] {
        for xhat in ["shared", "global"] {
            for ghat in ["shared", "global"] {
                let with =
                    |mhat: &&str| winograd(tile, [xhat, ghat, mhat]).with([("multiply.mapping", mapping)]);
                candidates.extend(products.iter().map(with));
            }
        }
    }
    candidates
}

fn direct() -> Candidate {
    Candidate::new([("algorithm.kind", "direct")])
}

/// With integer points where all of them but 0 are pairs, and balanced ones in the other tiles, whose integer points are
/// several times less accurate.
fn winograd(tile: u32, [xhat, ghat, mhat]: [&str; 3]) -> Candidate {
    let candidate = Candidate::new([
        ("algorithm.kind", "winograd"),
        ("buffers.xhat.placement", xhat),
        ("buffers.ghat.placement", ghat),
        ("buffers.mhat.placement", mhat),
    ])
    .with([("algorithm.tile", tile)]);
    if tile.is_multiple_of(2) { candidate } else { candidate.with([("algorithm.points", "balanced")]) }
}

fn blocked(tile: u32, [filters, tiles, channels, thread_filters, thread_tiles]: [u32; 5]) -> Candidate {
    winograd(tile, ["global"; 3]).with([
        ("multiply.block.filters", filters),
        ("multiply.block.tiles", tiles),
        ("multiply.block.channels", channels),
        ("multiply.thread.filters", thread_filters),
        ("multiply.thread.tiles", thread_tiles),
    ])
}
