//! The probes of ceilings: each computes what its twin does, and one that does not is found out.

use winoscope::config::{Cache, Clock};
use winoscope::measure::{Engine, Job, Prepared};
use winoscope::plan::ceilings::{Probe, Scope, probes};

use crate::harness::{UNTIMED, with_device};

/// Far from any ceiling, but every size of kernel: one and several vec4 for each invocation.
const SCOPE: Scope = Scope { max_bytes: 16 << 20, workgroups: 2 };

fn prepare(engine: &mut Engine<'_>, probe: Probe) -> Prepared {
    let Probe { name, plan, twin, .. } = probe;
    let work = name.clone();
    let job = Job { name: name.clone(), plan, twin, clock: Clock::Device, cache: Cache::Warm, work };
    engine.prepare(job).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn every_probe_computes_what_it_must() {
    let messages = with_device(|device, compiler| {
        let mut engine = Engine::new(device, compiler, &UNTIMED);
        let runnable = |probe: &Probe| !probe.needs_float16 || device.has_float16();
        let mut count = 0;
        for probe in probes(&SCOPE).into_iter().filter(runnable) {
            let prepared = prepare(&mut engine, probe);
            assert_eq!(prepared.wrong(), None, "{}", prepared.name);
            count += 1;
        }
        assert!(count >= 13, "{count} probes");
    });
    assert_eq!(messages, [""; 0]);
}

/// The probe whose first measured phase is `ceiling`, of the smallest size.
fn probe(ceiling: &str) -> Probe {
    let mut all = probes(&Scope { max_bytes: 0, ..SCOPE }).into_iter();
    all.find(|probe| probe.quantities[0].ceiling == ceiling).expect("there is such a probe")
}

#[test]
fn a_probe_that_does_less_than_it_says_is_wrong() {
    let messages = with_device(|device, compiler| {
        let mut engine = Engine::new(device, compiler, &UNTIMED);
        let [short_fill, short_copy] = [0, 1].map(|phase| {
            let mut short = probe("fill_bandwidth");
            short.plan.phases[phase].dispatches[0].workgroups.x -= 1;
            short
        });
        let mut other_factor = probe("f32_fma");
        other_factor.plan.phases[0].dispatches[0].push[0] = 0.5_f32.to_bits();
        let mut fewer_rounds = probe("f32_fma");
        let fewer = |(name, value): &mut (String, String)| {
            if name == "STEPS" {
                *value = "512u".into();
            }
        };
        fewer_rounds.plan.phases[0].dispatches[0].kernel.macros.iter_mut().for_each(fewer);
        let mut short_reads = probe("shared_bandwidth");
        let fewer = |(name, value): &mut (String, String)| {
            if name == "READS" {
                *value = "4600u".into();
            }
        };
        short_reads.plan.phases[0].dispatches[0].kernel.macros.iter_mut().for_each(fewer);
        for probe in [short_fill, short_copy, other_factor, fewer_rounds, short_reads] {
            let name = probe.name.clone();
            assert!(prepare(&mut engine, probe).wrong().is_some(), "{name}");
        }
    });
    assert_eq!(messages, [""; 0]);
}
