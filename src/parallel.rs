//! Work on many elements, spread over the host's cores.

/// Elements below which a thread costs more than it brings.
const ENOUGH: usize = 1 << 14;

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
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(chunks.max(1));
    let threads = if elements < ENOUGH { 1 } else { threads };
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

#[cfg(test)]
mod tests {
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
}
