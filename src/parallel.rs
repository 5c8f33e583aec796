//! Work on many elements, or on a few things that take long, spread over the host's cores.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::Builder;

/// Elements below which a thread costs more than it brings.
const ENOUGH: usize = 1 << 14;

/// Bytes of stack of a thread of [`map`]: what a program's first thread usually has, since compilers recurse deeply.
const STACK: usize = 8 << 20;

/// Calls `fill(index, chunk)` for every `length`-element chunk of `values`. `elements` says how much work all of it is,
/// in the elements that it reads or writes.
pub fn chunks<T: Send>(
    values: &mut [T],
    length: usize,
    elements: usize,
    fill: impl Fn(usize, &mut [T]) + Sync,
) {
    let length = length.max(1);
    let chunks = values.len().div_ceil(length);
    let threads = if elements < ENOUGH { 1 } else { threads(chunks) };
    let per_thread = chunks.div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        for (thread, part) in values.chunks_mut(per_thread * length).enumerate() {
            let fill = &fill;
            scope.spawn(move || {
                for (index, chunk) in part.chunks_mut(length).enumerate() {
                    fill(thread * per_thread + index, chunk);
                }
            });
        }
    });
}

/// What `make` makes of each item, in their order. Whichever thread is free takes the next item, so that they may take
/// unequally long; the calling thread is one of those that work.
pub fn map<T: Sync, R: Send>(items: &[T], make: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut made = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { return made };
            made.push((index, make(item)));
        }
    };
    let mut made = std::thread::scope(|scope| {
        let start = |_| Builder::new().stack_size(STACK).spawn_scoped(scope, work).ok();
        // Where the system starts no more threads, those that there are do the work.
        let helpers: Vec<_> = (1..threads(items.len())).map_while(start).collect();
        let mut made = work();
        for helper in helpers {
            made.extend(helper.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        made
    });
    made.sort_unstable_by_key(|&(index, _)| index);
    made.into_iter().map(|(_, made)| made).collect()
}

/// As many threads as the host has cores, and no more than there are pieces of work.
fn threads(pieces: usize) -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(pieces.max(1))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_chunk_is_filled_once_whatever_the_threads() {
        for (count, length) in [(0, 3), (1, 3), (7, 3), (100_000, 7), (40_000, 1)] {
            let mut values = vec![0; count];
            chunks(&mut values, length, count, |index, chunk| {
                for (offset, value) in chunk.iter_mut().enumerate() {
                    *value += index * length + offset + 1;
                }
            });
            assert!(values.iter().copied().eq(1..=count), "{count} by {length}");
        }
    }

    #[test]
    fn what_is_made_stands_in_the_order_of_the_items() {
        for count in [0, 1, 2, 100] {
            let items: Vec<u64> = (0..count).collect();
            let made = map(&items, |&item| {
                // The first ones end last.
                std::thread::sleep(Duration::from_micros(5 * (count - item)));
                3 * item
            });
            assert!(made.into_iter().eq((0..count).map(|item| 3 * item)), "{count}");
        }
    }
}
