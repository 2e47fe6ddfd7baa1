//! Models of exponential buckets that become coarser. A row has two of them here.

use super::*;
use crate::registry::layout::exponential::NATIVE_WORDS;

#[metrics(mock(cfg(any())))]
trait Native {
    /// Sizes.
    #[histogram(buckets = [1.0], native)]
    #[log(off)]
    fn size(&self, n: f64);
}

fn native() -> Arc<Registration> {
    Arc::new(Registration::new(<dyn Native as Surface>::SCHEMA, |spec| Arc::new(Interner::new(spec))))
}

/// Returns scale, offset and buckets of a native histogram. They have the numbers that the other buckets
/// have.
fn exponential(registration: &Arc<Registration>) -> (i32, i32, Vec<u64>) {
    let mut snapshot = Snapshot::default();
    let (shape, own) = (registration.shape().clone(), registration.clone());
    snapshot.read(&Arc::default(), &[shape], &[own], &Collection::look(), &mut Observations::default());
    let series = snapshot.families().next().unwrap().series().next().unwrap();
    let Point::Histogram(histogram) = series.point() else { panic!("a histogram") };
    let buckets = histogram.exponential.unwrap();
    assert_eq!((histogram.count(), buckets.zero_count), (buckets.count(), 0), "{buckets:?}");
    (buckets.scale, buckets.offset, buckets.counts.to_vec())
}

/// A reader sees exponential buckets before or after they become coarser, and never in between.
#[test]
fn buckets_that_become_coarser_are_read_as_one_unit() {
    model(|| {
        let registration = native();
        let shard = registration.shards.enter().unwrap();
        call(&registration, &shard, 0, 2.0);
        let writer = {
            let (registration, shard) = (registration.clone(), shard.clone());
            thread::spawn(move || call(&registration, &shard, 0, 4.0))
        };
        let Storage::Dense { start, .. } = registration.plans[0][0].storage else { panic!() };
        let mut words = [0; 4 + NATIVE_WORDS];
        let row = &shard.dense[start..start + words.len()];
        if read_consistent(row, &mut words) == Some(0) {
            let (sum, count) = (f64::from_bits(words[1]), words[2] + words[3]);
            let exponential = words[6..].iter().sum::<u64>();
            assert!([(1, 2.0), (2, 6.0)].contains(&(count, sum)), "{words:?}");
            assert_eq!(count, exponential, "{words:?}");
        }
        writer.join().unwrap();
        assert_eq!(exponential(&registration), (0, 0, vec![1, 1]));
    });
}

/// Calls without a thread that make the shared buckets coarser lose nothing of each other's, nor of a shard
/// that is added up at the same time.
#[test]
fn late_calls_and_ended_threads_make_buckets_coarser() {
    model(|| {
        let registration = native();
        // This shard is kept for later, so that the other one is added up.
        let shard = registration.shards.enter().unwrap();
        let kept = registration.shards.enter().unwrap();
        call(&registration, &shard, 0, 2.0);
        registration.leave(&kept);
        let late = {
            let registration = registration.clone();
            thread::spawn(move || shared_call(&registration, 0, 4.0))
        };
        registration.leave(&shard);
        late.join().unwrap();
        assert_eq!(exponential(&registration), (0, 0, vec![1, 1]));
    });
}
