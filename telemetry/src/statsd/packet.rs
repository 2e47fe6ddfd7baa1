//! Lines of one datagram, each with its effect once the kernel accepted it.

use std::ops::Range;

/// Lines that are sent together.
#[derive(Debug)]
pub(super) struct Packet<E> {
    bytes: Vec<u8>,
    units: Vec<Unit<E>>,
}

/// Lines that stay in one datagram, and the effect of their delivery.
#[derive(Debug)]
struct Unit<E> {
    end: usize,
    effect: E,
}

impl<E> Packet<E> {
    /// Creates an empty packet.
    pub fn new() -> Self {
        Packet { bytes: Vec::new(), units: Vec::new() }
    }

    /// Removes all units.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.units.clear();
    }

    /// Returns the number of units.
    pub fn len(&self) -> usize {
        self.units.len()
    }

    /// Adds a unit.
    pub fn push(&mut self, lines: &str, effect: E) {
        self.bytes.extend_from_slice(lines.as_bytes());
        self.units.push(Unit { end: self.bytes.len(), effect });
    }

    /// Returns true if `more` bytes would exceed the limit. An empty packet has room for any line.
    pub fn is_full(&self, more: usize, limit: usize) -> bool {
        !self.units.is_empty() && self.bytes.len() + more > limit
    }

    /// Returns the bytes of some units.
    pub fn bytes(&self, units: Range<usize>) -> &[u8] {
        &self.bytes[self.end_of(units.start)..self.end_of(units.end)]
    }

    /// Returns the length of the first units.
    fn end_of(&self, count: usize) -> usize {
        count.checked_sub(1).map_or(0, |last| self.units[last].end)
    }

    /// Returns the effects of some units.
    pub fn effects(&self, units: Range<usize>) -> impl Iterator<Item = &E> {
        self.units[units].iter().map(|unit| &unit.effect)
    }
}
