//! Owns the tests that run on a device, each under the validation layer, and the made-up adapters of those
//! that don't.

use std::{path::PathBuf, time::Duration};

use glam::UVec3;

use super::{
    Access, Adapter, AdapterInfo, Barrier, BindGroup, Buffer, CommandBuffer, Device, Error, Instance, Kind,
    Limits, Options, Pipeline, PipelineDescription, Recorder, Result, Submission, TimestampPool, Usage,
    select,
    test_shaders::{INCREMENT, IOTA, SPIN},
};

const WORDS: u32 = 1000;
const BYTES: u64 = 4 * WORDS as u64;

/// The limits of a software driver (lavapipe's).
pub(super) fn limits() -> Limits {
    Limits {
        max_workgroup_count: UVec3::splat(65_535),
        max_workgroup_size: UVec3::new(1024, 1024, 64),
        max_workgroup_invocations: 1024,
        max_shared_bytes: 32_768,
        max_storage_buffer_range: 128 << 20,
        max_buffer_bytes: 2 << 30,
        max_storage_buffers: 32,
        max_push_bytes: 128,
        subgroup_size: 8,
        timestamp_period_ns: 1.0,
        timestamp_valid_bits: 64,
        device_memory_bytes: 2 << 30,
        free_memory_bytes: None,
    }
}

/// A usable adapter without a driver.
pub(super) fn adapter(index: usize, name: &str, kind: Kind) -> Adapter {
    let info = AdapterInfo {
        name: name.to_owned(),
        kind,
        uuid: format!("0000000a-0000-0000-0000-00000000000{index}"),
        driver: "made up".to_owned(),
        api_version: "1.3.0".to_owned(),
    };
    Adapter { index, info, limits: limits(), missing: Vec::new(), physical: None }
}

/// Runs `test` on the default device under validation, destroys everything, and returns what the layer said.
fn said_of(test: impl FnOnce(&Device)) -> Vec<String> {
    let instance = Instance::new(Options { validation: true }).unwrap();
    let messages = instance.messages();
    let adapters = instance.adapters().unwrap();
    let device = Device::open(select(&adapters, None).unwrap()).unwrap();
    test(&device);
    drop((device, adapters, instance));
    messages.take()
}

/// Runs `test` and expects the layer to have nothing to say, leaks included.
fn clean(test: impl FnOnce(&Device)) {
    let said = said_of(test);
    assert!(said.is_empty(), "{said:#?}");
}

fn storage(device: &Device, name: &str) -> Buffer {
    device.buffer(name, BYTES, Usage::Storage).unwrap()
}

fn describe<'a>(
    name: &'a str,
    spirv: &'a [u32],
    buffers: u32,
    constants: &'a [u32],
) -> PipelineDescription<'a> {
    PipelineDescription {
        name,
        spirv,
        storage_buffers: buffers,
        push_bytes: 4,
        specialization: constants,
        workgroup: UVec3::new(64, 1, 1),
        shared_bytes: 0,
        bounds_checks: false,
    }
}

/// Two kernels in a row: `first` = 3i, `second` = `first` + 1.
struct Chain {
    iota: (Pipeline, BindGroup),
    increment: (Pipeline, BindGroup),
    first: Buffer,
    second: Buffer,
}

impl Chain {
    fn new(device: &Device) -> Self {
        let (first, second) = (storage(device, "first"), storage(device, "second"));
        let iota = device.pipeline(&describe("iota", &IOTA, 1, &[3])).unwrap();
        // With bounds checks, where the other has none.
        let increment =
            PipelineDescription { bounds_checks: true, ..describe("increment", &INCREMENT, 2, &[]) };
        let increment = device.pipeline(&increment).unwrap();
        let iota_group = device.bind(&iota, &[&first]).unwrap();
        let increment_group = device.bind(&increment, &[&first, &second]).unwrap();
        Chain { iota: (iota, iota_group), increment: (increment, increment_group), first, second }
    }

    fn write_first(&self, r: &mut Recorder) -> Result<()> {
        dispatch(r, &self.iota)
    }

    fn write_second(&self, r: &mut Recorder) -> Result<()> {
        dispatch(r, &self.increment)
    }

    fn barrier(&self) -> Barrier<'_> {
        Barrier::Buffer { buffer: &self.first, from: Access::ShaderWrite, to: Access::ShaderRead }
    }

    fn check(&self, device: &Device) {
        let expected: Vec<f32> = (0..WORDS).map(|i| (3 * i + 1) as f32).collect();
        assert_eq!(device.download(&self.second).unwrap(), expected);
    }
}

fn dispatch(r: &mut Recorder, (pipeline, group): &(Pipeline, BindGroup)) -> Result<()> {
    r.dispatch(pipeline, group, &WORDS.to_ne_bytes(), UVec3::new(WORDS.div_ceil(64), 1, 1))
}

#[test]
fn the_device_says_what_it_is() {
    clean(|device| {
        let (info, limits) = (device.info(), device.limits());
        assert!(!info.name.is_empty() && !info.driver.is_empty());
        assert_eq!(info.uuid.len(), 36);
        assert!(info.api_version.starts_with("1."));
        assert!(limits.max_shared_bytes >= 16_384 && limits.max_buffer_bytes >= 1 << 30);
        assert!(limits.subgroup_size > 0 && limits.timestamp_valid_bits > 0);
        assert!(limits.timestamp_period_ns > 0.0);
    });
}

#[test]
fn what_is_uploaded_comes_back() {
    clean(|device| {
        let buffer = storage(device, "data");
        let data: Vec<f32> = (0..WORDS).map(|i| i as f32 * 0.5).collect();
        device.upload(&buffer, &data).unwrap();
        assert_eq!(device.download(&buffer).unwrap(), data);
        // A shorter upload changes the front alone.
        device.upload(&buffer, &[-1.0; 3]).unwrap();
        let back = device.download(&buffer).unwrap();
        assert_eq!((&back[..3], &back[3..]), (&[-1.0; 3][..], &data[3..]));
        assert!(matches!(device.upload(&buffer, &[0.0; WORDS as usize + 1]), Err(Error::Misuse { .. })));
    });
}

/// So small that each would begin within the line that the one before it begins.
#[test]
fn buffers_in_device_memory_begin_with_a_line_of_the_cache() {
    clean(|device| {
        let buffers: Vec<Buffer> = (1..8)
            .map(|words| device.buffer(&format!("{words} words"), 4 * words, Usage::Storage).unwrap())
            .collect();
        let offsets: Vec<u64> = buffers.iter().map(|buffer| buffer.owner.offset().unwrap()).collect();
        assert!(offsets.iter().all(|offset| offset.is_multiple_of(256)), "{offsets:?}");
    });
}

#[test]
fn transfers_larger_than_the_staging_memory_go_in_chunks() {
    clean(|device| {
        let words = (64 << 20) / 4 + 5;
        let buffer = device.buffer("large", 4 * words, Usage::Storage).unwrap();
        let data: Vec<f32> = (0..words).map(|i| (i % 8191) as f32).collect();
        device.upload(&buffer, &data).unwrap();
        // Comparison without assert_eq, whose message would print 16 million numbers.
        assert!(device.download(&buffer).unwrap() == data);
    });
}

#[test]
fn a_fill_is_a_bit_pattern() {
    clean(|device| {
        let buffer = storage(device, "poisoned");
        let poison = device.record("poison", |r| r.fill(&buffer, f32::NAN.to_bits())).unwrap();
        device.submit(&[&poison]).unwrap();
        assert!(device.download(&buffer).unwrap().iter().all(|value| value.is_nan()));
    });
}

#[test]
fn host_buffers_are_written_and_read_directly() {
    clean(|device| {
        let upload = device.buffer("in", BYTES, Usage::Upload).unwrap();
        let readback = device.buffer("out", BYTES, Usage::Readback).unwrap();
        upload.write(8, 4, |bytes| bytes.copy_from_slice(&[1, 2, 3, 4])).unwrap();
        let copy = device
            .record("copy", |r| {
                r.copy(&upload, 8, &readback, 4, 4)?;
                let (from, to) = (Access::TransferWrite, Access::HostRead);
                r.barrier(&[Barrier::Buffer { buffer: &readback, from, to }])
            })
            .unwrap();
        device.submit(&[&copy]).unwrap();
        assert_eq!(readback.read(4, 4, <[u8]>::to_vec).unwrap(), [1, 2, 3, 4]);
        assert!(matches!(upload.read(0, 4, <[u8]>::len), Err(Error::Misuse { .. })));
        assert!(matches!(upload.write(BYTES, 4, |_| ()), Err(Error::Misuse { .. })));
        assert!(matches!(upload.write(u64::MAX, 4, |_| ()), Err(Error::Misuse { .. })));
    });
}

#[test]
fn a_chain_runs_as_often_as_it_is_submitted() {
    clean(|device| {
        let chain = Chain::new(device);
        let commands = device
            .record("chain", |r| {
                // The last run's read of `first` and write of `second` come before this run's writes.
                r.barrier(&[Barrier::Global { from: Access::ShaderReadWrite, to: Access::ShaderReadWrite }])?;
                r.label("produce", |r| chain.write_first(r))?;
                r.barrier(&[chain.barrier()])?;
                r.label("consume", |r| chain.write_second(r))
            })
            .unwrap();
        for _ in 0..3 {
            device.submit(&[&commands]).unwrap();
        }
        chain.check(device);
        assert!(chain.iota.0.creation_time() > Duration::ZERO);
    });
}

#[test]
fn recordings_of_one_submission_run_in_order() {
    clean(|device| {
        let chain = Chain::new(device);
        let first = device
            .record("first", |r| {
                chain.write_first(r)?;
                r.barrier(&[chain.barrier()])
            })
            .unwrap();
        let second = device.record("second", |r| chain.write_second(r)).unwrap();
        device.submit(&[&first, &second]).unwrap();
        chain.check(device);
        device.submit(&[]).unwrap();
    });
}

#[test]
fn a_download_comes_after_work_that_was_not_waited_for() {
    clean(|device| {
        let chain = Chain::new(device);
        let commands = device
            .record("chain", |r| {
                chain.write_first(r)?;
                r.barrier(&[chain.barrier()])?;
                chain.write_second(r)
            })
            .unwrap();
        let pending = device.submit_lazily(&[&commands]).unwrap();
        // The recording lives on in its submission.
        drop(commands);
        chain.check(device);
        pending.wait().unwrap();
    });
}

#[test]
fn a_recording_keeps_alive_what_it_uses() {
    clean(|device| {
        let Chain { iota, increment, first, second } = Chain::new(device);
        let result = second.clone();
        let commands = device
            .record("chain", |r| {
                dispatch(r, &iota)?;
                r.barrier(&[Barrier::Global { from: Access::ShaderWrite, to: Access::ShaderRead }])?;
                dispatch(r, &increment)
            })
            .unwrap();
        drop((iota, increment, first, second));
        device.submit(&[&commands]).unwrap();
        drop(commands);
        assert_eq!(device.download(&result).unwrap()[7], 22.0);
    });
}

#[test]
fn a_missing_barrier_between_dispatches_is_seen() {
    let said = said_of(|device| {
        let chain = Chain::new(device);
        let commands = device.record("hazard", |r| {
            chain.write_first(r)?;
            chain.write_second(r)
        });
        device.submit(&[&commands.unwrap()]).unwrap();
    });
    assert!(said.iter().any(|message| message.contains("SYNC-HAZARD-READ-AFTER-WRITE")), "{said:#?}");
}

#[test]
fn a_missing_barrier_between_submissions_is_seen() {
    let said = said_of(|device| {
        let chain = Chain::new(device);
        let first = device.record("first", |r| chain.write_first(r)).unwrap();
        let second = device.record("second", |r| chain.write_second(r)).unwrap();
        // Not waited for in between: a wait on the host would order them.
        let pending = device.submit_lazily(&[&first]).unwrap();
        device.submit(&[&second]).unwrap();
        pending.wait().unwrap();
    });
    assert!(said.iter().any(|message| message.contains("SYNC-HAZARD-READ-AFTER-WRITE")), "{said:#?}");
}

#[test]
fn timestamps_go_forward() {
    clean(|device| {
        let chain = Chain::new(device);
        let pool = device.timestamps(3).unwrap();
        let commands = device
            .record("timed", |r| {
                r.reset_timestamps(&pool, 0, 2)?;
                r.timestamp(&pool, 0)?;
                chain.write_first(r)?;
                r.timestamp(&pool, 1)
            })
            .unwrap();
        assert!(matches!(pool.read(0, 2), Err(Error::Misuse { .. })), "nothing is written yet");
        for _ in 0..2 {
            device.submit(&[&commands]).unwrap();
            let ticks = pool.read(0, 2).unwrap();
            let elapsed = pool.clock().elapsed_ns(ticks[0], ticks[1]).unwrap();
            assert!(elapsed > 0.0 && elapsed < 60e9, "{elapsed} ns");
        }
        assert!(matches!(pool.read(2, 1), Err(Error::Misuse { .. })), "the third is never written");
        assert!(matches!(pool.read(3, 1), Err(Error::Misuse { .. })));
        assert!(matches!(pool.read(1, u32::MAX), Err(Error::Misuse { .. })));
        assert!(matches!(device.timestamps(0), Err(Error::Misuse { .. })));
    });
}

#[test]
fn sizes_beyond_the_device_are_refused_with_numbers() {
    clean(|device| {
        let limit = device.limits().max_storage_buffer_range;
        let needed_bytes = (limit + 1).next_multiple_of(4);
        match device.buffer("big", needed_bytes, Usage::Storage).unwrap_err() {
            Error::LimitExceeded { needed, limit: told, what } => {
                assert_eq!((needed, told), (needed_bytes, limit));
                assert!(what.contains("'big'"));
            }
            other => panic!("{other}"),
        }
        let host = device.buffer("big", device.limits().max_buffer_bytes + 4, Usage::Upload);
        assert!(matches!(host, Err(Error::LimitExceeded { .. })));
        for bytes in [0, 6] {
            assert!(matches!(device.buffer("odd", bytes, Usage::Storage), Err(Error::Misuse { .. })));
        }
        let shared = PipelineDescription { shared_bytes: u32::MAX, ..describe("fat", &IOTA, 1, &[]) };
        assert!(matches!(device.pipeline(&shared), Err(Error::LimitExceeded { .. })));
    });
}

#[test]
fn dispatches_are_checked() {
    clean(|device| {
        let chain = Chain::new(device);
        let (pipeline, group) = &chain.iota;
        let too_many = UVec3::new(1, 1, device.limits().max_workgroup_count.z.saturating_add(1));
        let push = WORDS.to_ne_bytes();
        let wrong: Result<_> = device.record("wrong", |r| {
            for (push, workgroups) in [(&push[..], UVec3::ZERO), (&push[..3], UVec3::ONE)] {
                let refused = r.dispatch(pipeline, group, push, workgroups);
                assert!(matches!(refused, Err(Error::Misuse { .. })));
            }
            let other = r.dispatch(pipeline, &chain.increment.1, &push, UVec3::ONE);
            assert!(matches!(other, Err(Error::Misuse { .. })));
            r.dispatch(pipeline, group, &push, too_many)
        });
        assert!(too_many.z == u32::MAX || matches!(wrong, Err(Error::LimitExceeded { .. })));
        assert!(matches!(device.bind(pipeline, &[]), Err(Error::Misuse { .. })));
        let host = device.buffer("host", BYTES, Usage::Upload).unwrap();
        assert!(matches!(device.bind(pipeline, &[&host]), Err(Error::Misuse { .. })));
        let bad_transfers = device.record("bad transfers", |r| {
            assert!(matches!(r.fill(&host, 0), Err(Error::Misuse { .. })));
            assert!(matches!(r.copy(&chain.first, 0, &host, 0, 4), Err(Error::Misuse { .. })));
            assert!(matches!(r.copy(&host, 0, &chain.first, BYTES, 4), Err(Error::Misuse { .. })));
            assert!(matches!(r.copy(&chain.first, 0, &chain.first, 8, 4), Err(Error::Misuse { .. })));
            Ok(())
        });
        bad_transfers.unwrap();
    });
}

#[test]
fn a_recording_that_still_runs_is_not_submitted_again() {
    clean(|device| {
        let chain = Chain::new(device);
        let commands = device.record("once", |r| chain.write_first(r)).unwrap();
        assert!(matches!(device.submit(&[&commands, &commands]), Err(Error::Misuse { .. })));
        let pending = device.submit_lazily(&[&commands]).unwrap();
        assert!(matches!(device.submit(&[&commands]), Err(Error::Misuse { .. })));
        pending.wait().unwrap();
        let dropped = device.submit_lazily(&[]).unwrap();
        drop((dropped, commands));
    });
}

#[test]
fn devices_are_not_mixed() {
    clean(|device| {
        let second = said_of(|other| {
            let (here, there) = (Chain::new(device), Chain::new(other));
            assert!(matches!(device.bind(&here.iota.0, &[&there.first]), Err(Error::Misuse { .. })));
            let foreign = other.record("foreign", |r| there.write_first(r)).unwrap();
            assert!(matches!(device.submit(&[&foreign]), Err(Error::Misuse { .. })));
            let mixed = device.record("mixed", |r| there.write_first(r));
            assert!(matches!(mixed, Err(Error::Misuse { .. })));
        });
        assert!(second.is_empty(), "{second:#?}");
    });
}

#[test]
fn the_pipeline_cache_survives_in_a_file() {
    let folder = std::env::temp_dir().join(format!("winoscope-gpu-test-{}", std::process::id()));
    let path: PathBuf = folder.join("deeper").join("pipelines.bin");
    clean(|device| {
        device.save_pipeline_cache(&path).unwrap();
        assert!(!path.exists(), "nothing was loaded, so there is nothing to save");
        assert!(!device.load_pipeline_cache(&path).unwrap());
        device.pipeline(&describe("iota", &IOTA, 1, &[3])).unwrap();
        device.save_pipeline_cache(&path).unwrap();
        assert!(device.load_pipeline_cache(&path).unwrap());
        device.pipeline(&describe("iota", &IOTA, 1, &[3])).unwrap();
        device.pipeline_uncached(&describe("iota", &IOTA, 1, &[3])).unwrap();

        std::fs::write(&path, b"not a cache").unwrap();
        assert!(!device.load_pipeline_cache(&path).unwrap());
        assert!(matches!(device.load_pipeline_cache(&folder), Err(Error::File { action: "read", .. })));
        assert!(matches!(device.save_pipeline_cache(&folder), Err(Error::File { action: "write", .. })));
    });
    let left: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["deeper"], "no temporary file stays");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_timeout_gives_the_device_up_without_hanging() {
    let said = said_of(|device| {
        let buffer = storage(device, "spun");
        let alone = PipelineDescription { workgroup: UVec3::ONE, ..describe("spin", &SPIN, 1, &[]) };
        let spin = device.pipeline(&alone).unwrap();
        let group = device.bind(&spin, &[&buffer]).unwrap();
        let steps = 100_000_000_u32.to_ne_bytes();
        let commands = device.record("spin", |r| r.dispatch(&spin, &group, &steps, UVec3::ONE)).unwrap();
        // Zero, since lavapipe of Mesa 22.3 at times waits for the end of the work whatever the timeout above
        // it.
        device.set_timeout(Duration::ZERO);
        let error = device.submit(&[&commands]).unwrap_err();
        assert!(matches!(&error, Error::Timeout { during, .. } if during.contains("'spin'")), "{error}");
        assert!(error.is_fatal() && !device.is_alive());
        for after in [
            device.submit(&[&commands]).err(),
            device.buffer("more", 4, Usage::Storage).err(),
            device.download(&buffer).err(),
        ] {
            assert!(after.is_some_and(|error| error.is_fatal()));
        }
    });
    // What was in use is leaked, with its instance, so nothing was destroyed while it ran.
    assert!(said.is_empty(), "{said:#?}");
}

#[test]
fn an_instance_without_validation_says_nothing() {
    let instance = Instance::new(Options::default()).unwrap();
    let adapters = instance.adapters().unwrap();
    let device = Device::open(select(&adapters, None).unwrap()).unwrap();
    let chain = Chain::new(&device);
    let commands = device.record("hazard", |r| {
        chain.write_first(r)?;
        chain.write_second(r)
    });
    device.submit(&[&commands.unwrap()]).unwrap();
    assert!(instance.messages().take().is_empty());
}

#[test]
fn an_adapter_without_a_driver_cannot_be_opened() {
    let opened = Device::open(&adapter(0, "none", Kind::Other));
    assert!(matches!(opened, Err(Error::Missing { .. })));
}

#[test]
fn handles_go_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<(Instance, Adapter, Device, Buffer, Pipeline, BindGroup)>();
    shared::<(CommandBuffer, TimestampPool, Submission, Error)>();
    clean(|device| {
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let chain = Chain::new(device);
                    device.upload(&chain.first, &[0.0; WORDS as usize]).unwrap();
                    let commands = device.record("one of two", |r| chain.write_second(r)).unwrap();
                    device.submit(&[&commands]).unwrap();
                    assert_eq!(device.download(&chain.second).unwrap(), [1.0; WORDS as usize]);
                });
            }
        });
    });
}

#[test]
fn both_clocks_go_forward_together() {
    clean(|device| {
        let moment = || device.moment().unwrap().expect("lavapipe reads both");
        let first = moment();
        let between = device.host_clock_ns().unwrap().expect("the host's alone");
        std::thread::sleep(Duration::from_millis(20));
        let second = moment();
        assert!(first.host_ns <= between && between < second.host_ns);
        let by_host = (second.host_ns - first.host_ns) as f64;
        let by_device = device.limits().clock().elapsed_ns(first.device_ticks, second.device_ticks).unwrap();
        assert!(by_host >= 20e6, "{by_host}");
        let apart = (first.deviation_ns + second.deviation_ns) as f64;
        assert!((by_host - by_device).abs() <= apart + 1e-3 * by_host, "{by_host} and {by_device}");
    });
}
