//! What the multiply's mapping asks of placements and of block sizes.

use super::{Finding, blocks};
use crate::config::experiment::{BufferFactors, Experiment};
use crate::config::factors::{Mapping, Placement, StopAfter};

/// A buffer that is evaluated at each use: its name, its factors and the key of its placement.
type Inline = (&'static str, BufferFactors, &'static str);

/// Everything that the mapping contradicts.
pub(super) fn check(experiment: &Experiment) -> Vec<Finding> {
    match experiment.mapping {
        Mapping::Blocked => {
            let placements = operands(experiment).into_iter().chain(product(experiment));
            placements.chain(blocks::check(&experiment.blocks)).collect()
        }
        Mapping::Element => sizes(experiment).into_iter().collect(),
    }
}

/// The operands and the product, as far as the multiply runs and they are `inline`.
fn inline(experiment: &Experiment) -> (Vec<Inline>, Option<Inline>) {
    let is_inline = |(_, buffer, _): &Inline| {
        buffer.placement == Placement::Inline && experiment.stop_after >= StopAfter::Mhat
    };
    let operands = [
        ("xhat", experiment.xhat, "buffers.xhat.placement"),
        ("ghat", experiment.ghat, "buffers.ghat.placement"),
    ];
    let product = ("mhat", experiment.mhat, "buffers.mhat.placement");
    (operands.into_iter().filter(is_inline).collect(), Some(product).filter(is_inline))
}

/// A blocked multiply uses an element for several sums.
fn operands(experiment: &Experiment) -> Option<Finding> {
    let (operands, _) = inline(experiment);
    let names: Vec<&str> = operands.iter().map(|&(name, ..)| name).collect();
    (!names.is_empty()).then(|| {
        let message = format!(
            "the `blocked` multiply uses each element from registers several times, so {} must be stored, but \
             placement `inline` evaluates each use again",
            names.join(" and ")
        );
        unblocked(experiment, &operands, message)
    })
}

/// A blocked multiply keeps its sums.
fn product(experiment: &Experiment) -> Option<Finding> {
    let (_, product) = inline(experiment);
    let message = "the `blocked` multiply sums MHAT in registers, but placement `inline` of mhat stores it nowhere and \
                   evaluates it again for each use";
    product.map(|product| unblocked(experiment, &[product], message.to_owned()))
}

/// The refusal of a blocked multiply beside `inline` buffers. The nearest is the element mapping, or where sizes are
/// set that it has no use for, to store the buffers.
fn unblocked(experiment: &Experiment, inline: &[Inline], message: String) -> Finding {
    let placements: Vec<&'static str> = inline.iter().map(|&(.., key)| key).collect();
    let nearest = if sizes_of_blocked(experiment).is_empty() {
        format!("multiply.mapping = \"{}\"", Mapping::Element)
    } else {
        let stored = placements.iter().map(|key| format!("{key} = \"{}\"", Placement::Register));
        stored.collect::<Vec<_>>().join(", ")
    };
    Finding::contradiction(&[&["multiply.mapping"], placements.as_slice()].concat(), message, &nearest)
}

/// An invocation of the element mapping makes one element: it has nothing to divide, to vectorise or to pad.
fn sizes(experiment: &Experiment) -> Option<Finding> {
    let keys = sizes_of_blocked(experiment);
    let named: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    (!keys.is_empty()).then(|| {
        let message = format!(
            "the `element` multiply makes one element per invocation, which leaves nothing for {} to set",
            named.join(", ")
        );
        let (operands, product) = inline(experiment);
        let can_be_blocked =
            operands.is_empty() && product.is_none() && blocks::check(&experiment.blocks).is_empty();
        let nearest = if can_be_blocked {
            format!("multiply.mapping = \"{}\"", Mapping::Blocked)
        } else {
            format!("without {}", named.join(", "))
        };
        Finding::contradiction(&[keys.as_slice(), &["multiply.mapping"]].concat(), message, &nearest)
    })
}

/// The keys that are set and that only a blocked multiply has a use for.
fn sizes_of_blocked(experiment: &Experiment) -> Vec<&'static str> {
    let blocks = &experiment.blocks.multiply;
    [
        ("multiply.thread.filters", blocks.thread_filters),
        ("multiply.thread.tiles", blocks.thread_tiles),
        ("multiply.thread.positions", blocks.thread_positions),
        ("multiply.vector", blocks.vector),
        ("multiply.padding", blocks.padding),
        ("multiply.turns", blocks.turns),
        ("multiply.partial_sums", blocks.partial_sums),
        ("multiply.splits", blocks.splits),
    ]
    .into_iter()
    .filter_map(|(key, value)| value.map(|_| key))
    .collect()
}
