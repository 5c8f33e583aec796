//! Block sizes that do not divide one another, where both are set. What is unset the plan chooses to fit.

use super::Finding;
use crate::config::experiment::Blocks;
use crate::config::values::Extent;

/// A size along one axis, by its place in [`Axis`].
type Size = usize;
const BLOCK: Size = 0;
const THREAD: Size = 1;
const VECTOR: Size = 2;

/// One axis of a block: the keys and values of what a workgroup owns, what an invocation owns, and a vector.
struct Axis {
    keys: [&'static str; 3],
    values: [Option<u32>; 3],
    /// In the order in which they are to be mended.
    rules: &'static [Multiple],
}

/// That one size is a multiple of another.
struct Multiple {
    whole: Size,
    part: Size,
    /// The one that is changed where it is not.
    changed: Size,
    why: &'static str,
}

const THREAD_OF_VECTORS: Multiple = Multiple {
    whole: THREAD,
    part: VECTOR,
    changed: THREAD,
    why: "an invocation loads and stores whole vectors",
};

const BLOCK_OF_VECTORS: Multiple =
    Multiple { whole: BLOCK, part: VECTOR, changed: BLOCK, why: "a workgroup stages whole vectors" };

const BLOCK_OF_THREADS: Multiple = Multiple {
    whole: BLOCK,
    part: THREAD,
    changed: THREAD,
    why: "every invocation of a workgroup owns the same share",
};

/// The first rule that each axis breaks: the others depend on how that is mended.
pub(super) fn check(blocks: &Blocks) -> Vec<Finding> {
    let Blocks { multiply, direct, .. } = blocks;
    let axes = [
        Axis {
            keys: ["multiply.block.filters", "multiply.thread.filters", "multiply.vector"],
            values: [multiply.filters, multiply.thread_filters, multiply.vector],
            rules: &[BLOCK_OF_VECTORS, BLOCK_OF_THREADS],
        },
        Axis {
            keys: ["multiply.block.tiles", "multiply.thread.tiles", "multiply.vector"],
            values: [multiply.tiles, multiply.thread_tiles, multiply.vector],
            rules: &[THREAD_OF_VECTORS, BLOCK_OF_VECTORS, BLOCK_OF_THREADS],
        },
        Axis {
            keys: ["direct.block.filters", "direct.thread.filters", ""],
            values: [direct.filters, direct.thread_filters, None],
            rules: &[BLOCK_OF_THREADS],
        },
        Axis {
            keys: ["direct.block.columns", "direct.thread.columns", ""],
            values: [direct.columns, direct.thread_columns, None],
            rules: &[BLOCK_OF_THREADS],
        },
    ];
    axes.iter().filter_map(Axis::check).collect()
}

impl Axis {
    fn check(&self) -> Option<Finding> {
        let rule = self.rules.iter().find(|rule| !rule.holds(&self.values))?;
        let named = |size: Size| self.values[size].map(|value| format!("`{}` = {value}", self.keys[size]));
        let message = format!("{} is no multiple of {}: {}", named(rule.whole)?, named(rule.part)?, rule.why);
        let fixed = if rule.changed == rule.whole { rule.part } else { rule.whole };
        let changed = self.keys[rule.changed];
        let nearest = format!("{changed} = {}", self.nearest(rule)?);
        Some(Finding::contradiction(&[changed, self.keys[fixed]], message, &nearest))
    }

    /// The nearest value of what `broken` changes with which every rule of the axis holds, or that one at least.
    fn nearest(&self, broken: &Multiple) -> Option<u32> {
        let of = |rules: &[Multiple]| {
            let holds = |value: &u32| {
                let mut values = self.values;
                values[broken.changed] = Some(*value);
                broken.holds(&values) && rules.iter().all(|rule| rule.holds(&values))
            };
            let distance = |value: &u32| self.values[broken.changed].map(|set| set.abs_diff(*value));
            (1..=Extent::MAX).filter(holds).min_by_key(distance)
        };
        of(self.rules).or_else(|| of(&[]))
    }
}

impl Multiple {
    fn holds(&self, values: &[Option<u32>; 3]) -> bool {
        match (values[self.whole], values[self.part]) {
            (Some(whole), Some(part)) => whole.is_multiple_of(part),
            _ => true,
        }
    }
}
