//! Pairs of variants, and the mixtures between them.

use super::super::mixture::FIELDS;
use super::super::*;
use super::{accept, single};

const VARIANTS: &str = "
[[variant]]
name = \"old\"
[[variant]]
name = \"new\"
buffers.xhat.layout = \"tile_major\"
transforms.evaluation = \"kron\"
schedule.grid = \"channel_first\"
";

const PREFIXES: &str = "[sweep]\n\"schedule.stop_after\" = [\"mhat\", \"output\"]\n";

/// The mixtures of `old` and `new` that stop after the output.
fn between(below: &str, groups: &[&str]) -> Result<Mixtures, Incomparable> {
    let configuration = accept(below, &[]);
    let groups: Vec<Group> = groups.iter().map(|text| text.parse().unwrap()).collect();
    let pairs = configuration.pairs("old", "new", StopAfter::Output).unwrap();
    Mixtures::between(pairs[0].0, pairs[0].1, &groups)
}

/// A field of `Experiment` that is in neither list would be shared out to no factor and held against none.
#[test]
fn every_field_is_a_factor_or_what_is_compared() {
    const COMPARED: [&str; 6] = ["name", "variant", "dtype", "stop_after", "clock", "cache"];
    fn leaves(path: &str, value: &serde_json::Value, found: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(fields) => {
                for (name, field) in fields {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    leaves(&path, field, found);
                }
            }
            _ => found.push(path.to_owned()),
        }
    }
    let mut found = Vec::new();
    leaves("", &serde_json::to_value(single("", &[])).unwrap(), &mut found);
    found.retain(|field| !COMPARED.contains(&field.as_str()) && !field.starts_with("problem."));
    let mut factors: Vec<String> = FIELDS.iter().map(|&field| field.to_owned()).collect();
    found.sort();
    factors.sort();
    assert_eq!(found, factors);
}

#[test]
fn mixtures_are_every_combination_named_by_what_is_changed() {
    let Mixtures { changes, mixtures } = between(&format!("{VARIANTS}{PREFIXES}"), &[]).unwrap();
    let table: Vec<[&str; 3]> =
        changes.iter().map(|change| [change.name.as_str(), &change.from, &change.to]).collect();
    assert_eq!(
        table,
        [
            ["buffers.xhat.layout", "transform_major", "tile_major"],
            ["transforms.evaluation", "separable", "kron"],
            ["schedule.grid", "spatial_first", "channel_first"],
        ]
    );
    let names: Vec<&str> = mixtures.iter().map(|mixture| mixture.experiment.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "old/stop_after=output",
            "old+xhat.layout=tile_major/stop_after=output",
            "old+evaluation=kron/stop_after=output",
            "old+xhat.layout=tile_major+evaluation=kron/stop_after=output",
            "old+grid=channel_first/stop_after=output",
            "old+xhat.layout=tile_major+grid=channel_first/stop_after=output",
            "old+evaluation=kron+grid=channel_first/stop_after=output",
            "new/stop_after=output",
        ]
    );
    assert_eq!(mixtures[1].experiment.xhat.layout, Layout::TileMajor);
    assert_eq!(mixtures[1].experiment.evaluation, Evaluation::Separable);
    assert_eq!(mixtures[1].experiment.variant, "old+xhat.layout=tile_major");
    assert!(mixtures.iter().all(|mixture| mixture.refused.is_none()));
}

#[test]
fn a_group_is_one_factor_of_its_differing_keys() {
    let groups = ["schedule=schedule.grid,schedule.barriers,transforms.evaluation"];
    let Mixtures { changes, mixtures } = between(VARIANTS, &groups).unwrap();
    assert_eq!(mixtures.len(), 4);
    assert_eq!((changes[1].name.as_str(), changes[1].to.as_str()), ("schedule", "channel_first+kron"));
    assert_eq!(mixtures[2].experiment.name, "old+grid=channel_first+evaluation=kron");
}

#[test]
fn a_mixture_that_the_rules_refuse_has_its_reason() {
    let variants = "
[[variant]]
name = \"old\"
[[variant]]
name = \"new\"
buffers.xhat.placement = \"inline\"
multiply.mapping = \"element\"
";
    let mixtures = between(variants, &[]).unwrap().mixtures;
    let reason = mixtures[1].refused.as_deref().unwrap();
    assert!(reason.ends_with("; nearest valid: multiply.mapping = \"element\""), "{reason}");
    assert_eq!(mixtures[2].refused, None);
}

#[test]
fn what_says_nothing_is_refused() {
    let refused = |below: &str| between(below, &[]).unwrap_err().to_string();
    let equal = "[[variant]]\nname = \"old\"\n[[variant]]\nname = \"new\"\n";
    assert_eq!(refused(equal), "`old` and `new` differ in no factor: there is nothing to attribute");
    let taller = refused(&format!("{equal}problem.height = 64\n"));
    assert!(taller.contains("1×16×32×32 to 16 channels, padding 1, f32 and 1×16×64×32"), "{taller}");
    assert!(taller.ends_with("they do different amounts of work"), "{taller}");

    let configuration = accept(&format!("{VARIANTS}{PREFIXES}"), &[]);
    let (old, new) = (&configuration.experiments[0], &configuration.experiments[3]);
    let reason = Mixtures::between(old, new, &[]).unwrap_err().to_string();
    assert!(reason.contains("`schedule.stop_after` (mhat and output)"), "{reason}");
    let host = Experiment { clock: Clock::HostLazy, ..old.clone() };
    let reason = Mixtures::between(old, &host, &[]).unwrap_err().to_string();
    assert!(reason.contains("(device and host_lazy)") && reason.ends_with("never compared"), "{reason}");
    let cold = Experiment { cache: Cache::Cold, ..old.clone() };
    let reason = Mixtures::between(old, &cold, &[]).unwrap_err().to_string();
    assert!(reason.contains("(warm and cold)") && reason.ends_with("never compared"), "{reason}");
}

#[test]
fn too_many_factors_are_counted_and_groups_help() {
    let old = single("", &[]);
    let mut new = Experiment { name: "new".to_owned(), variant: "new".to_owned(), ..old.clone() };
    new.evaluation = Evaluation::Kron;
    new.blocks.multiply = MultiplyBlocks {
        filters: Some(1),
        tiles: Some(1),
        channels: Some(1),
        thread_filters: Some(1),
        thread_tiles: Some(1),
        thread_positions: Some(1),
        vector: Some(1),
        padding: Some(1),
        turns: Some(1),
        partial_sums: Some(1),
        splits: Some(1),
    };
    new.blocks.workgroup = Some(64);
    new.grid = Grid::ChannelFirst;
    let reason = Mixtures::between(&old, &new, &[]).unwrap_err().to_string();
    assert!(reason.contains("in 14 factors") && reason.contains("--group"), "{reason}");
    let group: Group =
        "block=multiply.block.filters,multiply.block.tiles,multiply.turns,multiply.partial_sums,multiply.splits"
            .parse()
            .unwrap();
    let mixtures = Mixtures::between(&old, &new, &[group]).unwrap();
    assert_eq!((mixtures.changes.len(), mixtures.mixtures.len()), (10, 1024));
    let mut names: Vec<&str> = mixtures.mixtures.iter().map(|m| m.experiment.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 1024);
}

#[test]
fn groups_are_checked() {
    let parse = |text: &str| text.parse::<Group>().unwrap_err();
    assert!(parse("layouts").contains("expected NAME=KEY,KEY"));
    let reason = parse("layouts=buffers.xhat.layuot");
    assert_eq!(
        reason,
        "`buffers.xhat.layuot` is not the key of a factor; did you mean `buffers.xhat.layout`?"
    );
    assert!(parse("schedule.grid=schedule.grid").contains("a key's name"));
    let twice = between(VARIANTS, &["a=schedule.grid", "b=schedule.grid"]).unwrap_err();
    assert_eq!(twice, Incomparable::Grouped("schedule.grid".to_owned()));
}

#[test]
fn pairs_are_at_the_same_point_of_the_sweep() {
    let text = format!("{VARIANTS}[sweep]\n\"problem.height\" = [16, 32]\n");
    let configuration = accept(&text, &[]);
    let pairs = configuration.pairs("old", "new", StopAfter::Output).unwrap();
    let names: Vec<[&str; 2]> = pairs.iter().map(|(old, new)| [&*old.name, &*new.name]).collect();
    assert_eq!(names, [["old/height=16", "new/height=16"], ["old/height=32", "new/height=32"]]);
}

#[test]
fn missing_pairs_are_told() {
    let text = format!("{VARIANTS}axes = []\n{PREFIXES}");
    let configuration = accept(&text, &[]);
    let tell = |from, to, phase| configuration.pairs(from, to, phase).unwrap_err().to_string();
    let unknown = tell("olds", "new", StopAfter::Output);
    assert_eq!(unknown, "x has no variant `olds` (did you mean `old`?); it has old, new");
    let phase = tell("old", "new", StopAfter::Xhat);
    assert_eq!(
        phase,
        "`old` has no experiment that stops after `xhat`, but after mhat, output: choose with --phase"
    );
    let one_each = configuration.pairs("old", "new", StopAfter::Output).unwrap();
    assert_eq!((&*one_each[0].0.name, &*one_each[0].1.name), ("old/stop_after=output", "new"));
    let text = format!("{VARIANTS}axes = []\n[sweep]\n\"algorithm.tile\" = [2, 4]\n");
    let alone = accept(&text, &[]).pairs("old", "new", StopAfter::Output).unwrap_err().to_string();
    assert!(alone.starts_with("`new` has no experiment of `old` at the same values"), "{alone}");
}
