//! Owns the choice of one device by index, name part or UUID; needs no driver.

use super::{Adapter, Error, Kind, Result};

/// The adapter that `wanted` names: an index, a UUID (with or without hyphens) or a part of a name, in any
/// case.
///
/// An index or a full name goes before a part of a name, and of several matches the only usable one is taken.
/// With no wish, the first usable adapter of the best kind is taken: discrete, integrated, virtual, cpu,
/// other.
///
/// # Errors
/// [`Error::NoDevice`], [`Error::NoMatchingDevice`], [`Error::AmbiguousDevice`], or [`Error::Missing`] when
/// what was chosen cannot be used.
pub fn select<'a>(adapters: &'a [Adapter], wanted: Option<&str>) -> Result<&'a Adapter> {
    if adapters.is_empty() {
        return Err(Error::NoDevice);
    }
    match wanted.map(str::trim) {
        None => best(adapters),
        Some(wanted) => usable(named(adapters, wanted)?),
    }
}

fn best(adapters: &[Adapter]) -> Result<&Adapter> {
    // `min_by_key` keeps the first of equals: the driver's order decides between devices of one kind.
    let best = adapters.iter().filter(|adapter| adapter.is_usable()).min_by_key(|a| rank(a.info.kind));
    best.ok_or_else(|| Error::Missing {
        device: join(adapters.iter().map(|adapter| adapter.info.name.clone())),
        what: join(adapters.iter().map(|adapter| adapter.missing.join(", "))),
    })
}

fn rank(kind: Kind) -> u8 {
    match kind {
        Kind::Discrete => 0,
        Kind::Integrated => 1,
        Kind::Virtual => 2,
        Kind::Cpu => 3,
        Kind::Other => 4,
    }
}

fn named<'a>(adapters: &'a [Adapter], wanted: &str) -> Result<&'a Adapter> {
    // A number beyond the list may still be part of a name, such as 4090.
    let by_index = wanted.parse().ok().and_then(|index: usize| adapters.get(index));
    if let Some(adapter) = by_index {
        return Ok(adapter);
    }
    let lower = wanted.to_lowercase();
    let bare = |uuid: &str| uuid.replace('-', "").to_lowercase();
    let exact = |adapter: &&Adapter| {
        bare(&adapter.info.uuid) == bare(&lower) || adapter.info.name.to_lowercase() == lower
    };
    let partial = |adapter: &&Adapter| !lower.is_empty() && adapter.info.name.to_lowercase().contains(&lower);

    let mut matching: Vec<&Adapter> = adapters.iter().filter(exact).collect();
    if matching.is_empty() {
        matching = adapters.iter().filter(partial).collect();
    }
    if matching.iter().any(|adapter| adapter.is_usable()) {
        matching.retain(|adapter| adapter.is_usable());
    }
    match matching[..] {
        [only] => Ok(only),
        [] => Err(Error::NoMatchingDevice {
            wanted: wanted.to_owned(),
            available: adapters.iter().map(Adapter::to_string).collect(),
        }),
        _ => Err(Error::AmbiguousDevice {
            wanted: wanted.to_owned(),
            matching: matching.iter().map(ToString::to_string).collect(),
        }),
    }
}

/// The adapter, unless it lacks something.
pub(super) fn usable(adapter: &Adapter) -> Result<&Adapter> {
    if adapter.is_usable() {
        Ok(adapter)
    } else {
        let what = adapter.missing.join(" and ");
        Err(Error::Missing { device: adapter.info.name.clone(), what })
    }
}

fn join(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::tests::adapter;

    fn machine() -> Vec<Adapter> {
        let mut old = adapter(3, "AMD Radeon HD 7970", Kind::Discrete);
        old.missing.push("Vulkan 1.3 (it offers 1.2.170)".into());
        vec![
            adapter(0, "llvmpipe (LLVM 15.0.6, 256 bits)", Kind::Cpu),
            adapter(1, "Intel(R) Graphics", Kind::Integrated),
            adapter(2, "NVIDIA GeForce RTX 4090", Kind::Discrete),
            old,
            adapter(4, "NVIDIA GeForce RTX 4090 D", Kind::Discrete),
        ]
    }

    fn chosen(wanted: Option<&str>) -> Result<usize> {
        select(&machine(), wanted).map(|adapter| adapter.index)
    }

    #[test]
    fn the_best_usable_kind_is_the_default() {
        assert_eq!(chosen(None).unwrap(), 2);
        let machine = machine();
        assert_eq!(select(&machine[..2], None).unwrap().index, 1);
        assert_eq!(select(&machine[..1], None).unwrap().index, 0);
        assert!(matches!(select(&machine[3..4], None), Err(Error::Missing { .. })));
        assert!(matches!(select(&[], None), Err(Error::NoDevice)));
    }

    #[test]
    fn index_name_and_uuid_choose() {
        assert_eq!(chosen(Some("1")).unwrap(), 1);
        assert_eq!(chosen(Some(" LLVMpipe ")).unwrap(), 0);
        assert_eq!(chosen(Some("4090 d")).unwrap(), 4);
        let uuid = machine()[2].info.uuid.clone();
        assert_eq!(chosen(Some(&uuid.to_uppercase())).unwrap(), 2);
        assert_eq!(chosen(Some(&uuid.replace('-', ""))).unwrap(), 2);
    }

    #[test]
    fn a_full_name_goes_before_a_part() {
        assert_eq!(chosen(Some("nvidia geforce rtx 4090")).unwrap(), 2);
    }

    #[test]
    fn what_cannot_be_chosen_lists_what_can() {
        let Err(Error::AmbiguousDevice { matching, .. }) = chosen(Some("4090")) else { panic!() };
        assert_eq!(matching.len(), 2);
        for wanted in ["99", "voodoo", ""] {
            let Err(Error::NoMatchingDevice { available, .. }) = chosen(Some(wanted)) else { panic!() };
            assert_eq!(available.len(), 5);
        }
    }

    #[test]
    fn an_unusable_choice_says_why() {
        let error = chosen(Some("radeon")).unwrap_err().to_string();
        assert!(error.contains("Vulkan 1.3 (it offers 1.2.170)"), "{error}");
        assert!(matches!(chosen(Some("3")), Err(Error::Missing { .. })));
    }
}
