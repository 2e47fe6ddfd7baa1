//! A histogram in the thread-local slab, and the search for its bucket alone.

use super::bucket::{self, COUNT};
use super::{WHO, slab};
use crate::opaque;
use crate::row::{Class, Row, each, pairs};
use crate::workload::input::{self, Method};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Cells of one series: the buckets, and the sum. The count is the sum of the buckets.
const STRIDE: usize = 16;

pub fn rows() -> Vec<Row> {
    vec![
        search("bucket search, linear", bucket::linear),
        search("bucket search, branchless binary", bucket::binary),
        search("bucket search, exponent LUT", bucket::octave),
        in_slab("thread-local slab, exponent LUT", Class::Limit, bucket::octave),
        in_slab("thread-local slab, branchless binary", Class::Reference, bucket::binary),
        Row::new(WHO, "shared atomics, `fetch_add` and CAS", Class::Reference, || {
            let cells: Arc<[AtomicU64; 4 * STRIDE]> = Arc::new([const { AtomicU64::new(0) }; 4 * STRIDE]);
            Ok(move || {
                let cells = cells.clone();
                pairs(input::methods(), input::seconds(), move |method: Method, value| {
                    let base = method as usize * STRIDE;
                    cells[base + bucket::octave(value).min(COUNT - 1)].fetch_add(1, Relaxed);
                    _ = cells[base + COUNT]
                        .fetch_update(Relaxed, Relaxed, |sum| Some((f64::from_bits(sum) + value).to_bits()));
                })
            })
        }),
    ]
}

fn search(how: &'static str, find: impl Fn(f64) -> usize + Copy + Send + Sync + 'static) -> Row {
    Row::new(WHO, how, Class::Reference, move || {
        Ok(move || each(input::seconds(), move |value| _ = opaque::value(find(value) as u64)))
    })
}

fn in_slab(
    how: &'static str,
    class: Class,
    find: impl Fn(f64) -> usize + Copy + Send + Sync + 'static,
) -> Row {
    Row::new(WHO, how, class, move || {
        Ok(move || {
            pairs(input::methods(), input::seconds(), move |method: Method, value| {
                slab::with(|slab| {
                    let base = slab::HISTOGRAM + method as usize * STRIDE;
                    slab::add(&slab[base + find(value).min(COUNT - 1)]);
                    slab::add_float(&slab[base + COUNT], value);
                });
            })
        })
    })
}
