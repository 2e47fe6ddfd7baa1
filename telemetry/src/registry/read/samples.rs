//! Takes histogram samples out of all shards of a registration.

use crate::registry::record::registration::Registration;
use crate::registry::record::shards::Listed;
use crate::registry::store::samples::{Settings, StoredSample};
use crate::registry::store::shard::Shard;

/// Starts or ends the taking of samples. Discards what was left of an earlier reader.
pub fn switch(registration: &Registration, settings: Option<Settings>) {
    let shards = &registration.shards;
    let listed = shards.listed_after(|| shards.samples.set(settings));
    for shard in all(registration, &listed) {
        shard.samples.switch(&shard.dense, shards.samples_word(), settings);
    }
    shards.samples.reset(lost(registration, &listed));
}

/// Takes at most `room` samples. Returns how many were lost since the last time.
pub fn drain(registration: &Registration, mut room: usize, mut take: impl FnMut(StoredSample)) -> u64 {
    let shards = &registration.shards;
    let listed = shards.listed();
    for shard in all(registration, &listed) {
        room -= shard.samples.drain(room, &mut take);
    }
    shards.samples.drain(room, take);
    shards.samples.newly_lost(lost(registration, &listed))
}

/// Discards all samples of a registration that is gone. Returns how many there were, with those that were
/// lost since the last time.
pub fn discard(registration: &Registration) -> u64 {
    let mut discarded = 0;
    let lost = drain(registration, usize::MAX, |_| discarded += 1);
    lost + discarded
}

fn all<'a>(registration: &'a Registration, listed: &'a Listed) -> impl Iterator<Item = &'a Shard> {
    listed.threads().chain([&registration.shards.shared])
}

fn lost(registration: &Registration, listed: &Listed) -> u64 {
    all(registration, listed).map(|shard| shard.samples.lost()).fold(0, u64::saturating_add)
}
