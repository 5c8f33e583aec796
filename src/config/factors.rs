//! The factors: configuration keys that change how, never what, is computed, each a small closed set.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Declares a factor: its doc, its values with their spelling in TOML and CSV, and the list of all of them.
macro_rules! factor {
    ($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        pub enum $name {
            $($(#[$value_doc])* #[serde(rename = $text)] $value,)+
        }

        impl $name {
            /// Every value, in the order of the reference.
            pub const ALL: &[Self] = &[$(Self::$value,)+];

            /// The spelling in TOML and CSV.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$value => $text,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

factor! {
    /// What computes the convolution.
    AlgorithmKind {
        /// F(m×m, 3×3) in its four phases.
        Winograd = "winograd",
        /// Direct convolution: the baseline.
        Direct = "direct",
    }
}

factor! {
    /// Where the values come from of what a configuration leaves unset.
    Defaults {
        /// The same on every device; block sizes by the problem and the device's limits.
        Fixed = "fixed",
        /// The tuned choice of the nearest problem on the device; `fixed` where it has none.
        Tuned = "tuned",
    }
}

factor! {
    /// The interpolation points of the Cook–Toom construction.
    Points {
        /// 0, ±1, ±2, ±1/2, 1/4: as many as the tile needs, in this order.
        Integer = "integer",
        /// 0, ±1/√2, ±√2, ±1, 2: as many as the tile needs, in this order. About half the error of `integer` in
        /// F(4×4), and more than its error in most other tiles.
        Sqrt2 = "sqrt2",
        /// Pairs of small fractions, chosen for each tile to have the least error: ±2/3 and ±3/2 beside 0 in F(4×4).
        Balanced = "balanced",
    }
}

factor! {
    /// The type of `x`, `w` and `y`.
    Dtype {
        /// 32-bit IEEE 754.
        F32 = "f32",
    }
}

factor! {
    /// Where one intermediate buffer lives between its producer and its consumer.
    Placement {
        /// Materialised: a device buffer, written by its own dispatch, a barrier, then read.
        Global = "global",
        /// Workgroup shared memory of the consumer's dispatch, filled cooperatively.
        Shared = "shared",
        /// Private to the invocation that consumes it.
        Register = "register",
        /// Never stored: every use evaluates the defining expression again.
        Inline = "inline",
    }
}

factor! {
    /// The order of a transformed buffer's axes in memory.
    Layout {
        /// The α² positions outermost: XHAT `[α²][C][P]`, GHAT `[α²][C][K]`, MHAT `[α²][K][P]`.
        TransformMajor = "transform_major",
        /// The α² positions innermost: XHAT `[C][P][α²]`, GHAT `[C][K][α²]`, MHAT `[K][P][α²]`.
        TileMajor = "tile_major",
    }
}

factor! {
    /// How a 2-D transform is evaluated.
    Evaluation {
        /// Two 1-D passes, the whole tile in one invocation.
        Separable = "separable",
        /// One sum over the Kronecker product's row per element, one invocation per element.
        Kron = "kron",
    }
}

factor! {
    /// How a transform finds its matrix elements.
    Coefficients {
        /// Constants folded into straight-line code.
        Literal = "literal",
        /// Run-time one-hot selection: a cascade of conditionals on the indices.
        Select = "select",
    }
}

factor! {
    /// How the multiply-reduce is mapped to invocations.
    Mapping {
        /// A GEMM tiled over shared memory and registers.
        Blocked = "blocked",
        /// One invocation per element of MHAT.
        Element = "element",
    }
}

factor! {
    /// Which outputs a workgroup of the direct convolution owns.
    DirectMethod {
        /// A rectangle of one image's outputs each, whose inputs with their rim are staged and serve all nine taps.
        Patch = "patch",
        /// Outputs in reading order, over rows and images: one product of the filters and a matrix of inputs that is
        /// gathered slice by slice and never stored.
        ImplicitGemm = "implicit_gemm",
    }
}

factor! {
    /// The arithmetic of the multiply-reduce.
    Arithmetic {
        /// 32-bit fused multiply-add.
        F32 = "f32",
    }
}

factor! {
    /// Which axis varies fastest over workgroups.
    Grid {
        /// Tiles or pixels first, channels after.
        SpatialFirst = "spatial_first",
        /// Channels first, tiles or pixels after.
        ChannelFirst = "channel_first",
    }
}

factor! {
    /// The last phase that runs. The seed's phases 1 to 4, in this order.
    StopAfter {
        /// Phase 1: the input transform.
        Xhat = "xhat",
        /// Phase 2: and the filter transform.
        Ghat = "ghat",
        /// Phase 3: and the multiply-reduce.
        Mhat = "mhat",
        /// Phase 4: and the output transform, which is the whole convolution.
        Output = "output",
    }
}

factor! {
    /// What reads the last buffer of a prefix and writes a tensor.
    Consume {
        /// Nothing.
        None = "none",
        /// m×m of each α×α tile, into the shape of `y`.
        Partial = "partial",
        /// Every element once.
        Full = "full",
    }
}

factor! {
    /// How dispatches that depend on one another are ordered.
    Barriers {
        /// One barrier per hazard and buffer.
        Minimal = "minimal",
        /// A global memory barrier between every two dispatches.
        Full = "full",
    }
}

factor! {
    /// Which of the two transforms is recorded first: they do not wait for each other.
    FirstTransform {
        /// The input transform.
        Xhat = "xhat",
        /// The filter transform.
        Ghat = "ghat",
    }
}

factor! {
    /// Whether the filter transform belongs to the timed run.
    FilterReuse {
        /// GHAT is made again in every run.
        PerRun = "per_run",
        /// GHAT is made once, outside the timed region.
        Cached = "cached",
    }
}

factor! {
    /// Whose clock times a run.
    Clock {
        /// The device's, by timestamps round each phase.
        Device = "device",
        /// The host's, round the final wait and read-back alone, after every phase was submitted without waiting and
        /// the next one's pipeline was created meanwhile: the seed's protocol.
        HostLazy = "host_lazy",
    }
}

factor! {
    /// What the device's data caches hold when a timed region starts.
    Cache {
        /// What the region's own earlier repetitions left there.
        Warm = "warm",
        /// Nothing of the region's: a scratch buffer larger than the caches is filled before each sample. A region is
        /// then run once per sample, for a repetition would find the caches warm.
        Cold = "cold",
    }
}

factor! {
    /// Which regions of an experiment are sampled. All are recorded and verified.
    Regions {
        /// Each phase in its own command buffer, and all phases in one.
        All = "all",
        /// Each phase in its own command buffer.
        Isolated = "isolated",
        /// All phases in one command buffer.
        Pipelined = "pipelined",
    }
}

/// The output tile m of F(m×m, 3×3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "u32")]
pub struct Tile(u32);

impl Tile {
    /// Every tile that has kernels.
    pub const ALL: [Tile; 5] = [Tile(2), Tile(4), Tile(5), Tile(6), Tile(7)];

    /// m, outputs per tile and axis.
    pub const fn m(self) -> u32 {
        self.0
    }

    /// α = m + 2, inputs per tile and axis.
    pub const fn alpha(self) -> u32 {
        self.0 + 2
    }
}

impl TryFrom<i64> for Tile {
    type Error = String;

    fn try_from(m: i64) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|tile| i64::from(tile.m()) == m)
            .ok_or_else(|| format!("tile {m} has no kernels, expected one of 2, 4, 5, 6, 7"))
    }
}

impl From<Tile> for u32 {
    fn from(tile: Tile) -> u32 {
        tile.0
    }
}

impl std::fmt::Display for Tile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl JsonSchema for Tile {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Tile".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "The output tile m of F(m×m, 3×3).",
            "enum": Self::ALL.map(Tile::m),
        })
    }
}
