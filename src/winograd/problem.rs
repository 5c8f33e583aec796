//! The convolution problem and the tiling that F(m×m, 3×3) lays over it.

/// One 3×3 convolution, stride 1: `x[B][C][H][W]`, `w[K][C][3][3]` → `y[B][K][H'][W']`.
///
/// Cross-correlation, as in every deep-learning framework:
/// `y[b][k][i][j] = Σ_c Σ_r Σ_s w[k][c][r][s] · x[b][c][i+r−p][j+s−p]`, with `x` zero outside its bounds and
/// `p` the padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
pub struct Problem {
    /// B, images.
    pub batch: u32,
    /// C, channels of `x`.
    pub in_channels: u32,
    /// K, channels of `y`, which is the number of filters.
    pub out_channels: u32,
    /// H, rows of `x`.
    pub height: u32,
    /// W, columns of `x`.
    pub width: u32,
    /// Zero rows and columns added on every side: 0 or 1.
    pub padding: u32,
}

/// Rows and columns of the filter.
pub const FILTER: u32 = 3;

impl Problem {
    /// H' = H + 2·padding − 2, or `None` where the padded image is smaller than the filter.
    pub fn out_height(&self) -> Option<u32> {
        out_extent(self.height, self.padding)
    }

    /// W' = W + 2·padding − 2, or `None` where the padded image is smaller than the filter.
    pub fn out_width(&self) -> Option<u32> {
        out_extent(self.width, self.padding)
    }
}

fn out_extent(extent: u32, padding: u32) -> Option<u32> {
    let padded = u64::from(extent) + 2 * u64::from(padding);
    let out = padded.checked_sub(u64::from(FILTER) - 1)?;
    u32::try_from(out).ok().filter(|&out| out > 0)
}
