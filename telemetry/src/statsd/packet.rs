//! Lines on their way into one datagram, each with what is true once the kernel took it.

use std::ops::Range;

/// Lines that go together, and what follows from their delivery.
#[derive(Debug)]
pub(super) struct Packet<E> {
    bytes: Vec<u8>,
    units: Vec<Unit<E>>,
}

/// Lines that no datagram divides.
#[derive(Debug)]
struct Unit<E> {
    end: usize,
    effect: E,
}

impl<E> Packet<E> {
    pub fn new() -> Self {
        Packet { bytes: Vec::new(), units: Vec::new() }
    }

    pub fn clear(&mut self) {
        self.bytes.clear();
        self.units.clear();
    }

    /// How many units there are.
    pub fn len(&self) -> usize {
        self.units.len()
    }

    pub fn push(&mut self, lines: &str, effect: E) {
        self.bytes.extend_from_slice(lines.as_bytes());
        self.units.push(Unit { end: self.bytes.len(), effect });
    }

    /// Whether so many bytes more are too many.
    pub fn is_full(&self, more: usize, limit: usize) -> bool {
        !self.units.is_empty() && self.bytes.len() + more > limit
    }

    /// The bytes of some units.
    pub fn bytes(&self, units: Range<usize>) -> &[u8] {
        let end = |count: usize| count.checked_sub(1).map_or(0, |last| self.units[last].end);
        &self.bytes[end(units.start)..end(units.end)]
    }

    pub fn effects(&self, units: Range<usize>) -> impl Iterator<Item = &E> {
        self.units[units].iter().map(|unit| &unit.effect)
    }
}
