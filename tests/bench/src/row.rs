//! A row of a table: who does a workload's operation, how, and the code that does it.

use crate::opaque;
use crate::workload::input::INPUTS;
use std::error::Error;

pub type Fallible<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// What a row is compared as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The reference that ours are compared with.
    Limit,
    /// Another reference.
    Reference,
    /// This library.
    Ours,
    /// What a peer's user writes first.
    Ordinary,
    /// A peer's best path.
    Fast,
    /// A peer's buffer, which its user must own and flush: shown, but no rival.
    Local,
}

impl Class {
    pub const ALL: [(Self, &str); 6] = [
        (Self::Limit, "limit"),
        (Self::Reference, "reference"),
        (Self::Ours, "ours"),
        (Self::Ordinary, "ordinary"),
        (Self::Fast, "fast"),
        (Self::Local, "local"),
    ];

    /// A peer that needs no manual flush.
    pub fn is_rival(self) -> bool {
        matches!(self, Self::Ordinary | Self::Fast)
    }

    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(class, _)| *class == self).map_or("", |(_, name)| name)
    }
}

/// Does the operation so many times, and returns the length of the text that the last one produced, if it does.
pub type Loop = Box<dyn FnMut(usize) -> usize>;

/// What the threads share; each gets its own loop from it, in which its handles stand.
pub type Shared = Box<dyn Fn() -> Loop + Send + Sync>;

pub struct Row {
    pub who: &'static str,
    pub how: &'static str,
    pub class: Class,
    /// Nothing is made before this is called, so that one row can be run alone.
    pub prepare: Box<dyn Fn() -> Fallible<Shared> + Send + Sync>,
}

impl Row {
    pub fn new<S>(
        who: &'static str,
        how: &'static str,
        class: Class,
        prepare: impl Fn() -> Fallible<S> + Send + Sync + 'static,
    ) -> Self
    where
        S: Fn() -> Loop + Send + Sync + 'static,
    {
        Self { who, how, class, prepare: Box::new(move || Ok(Box::new(prepare()?))) }
    }

    /// The first loop of a row that runs alone.
    pub fn start(&self) -> Fallible<Loop> {
        Ok((self.prepare)()?())
    }
}

/// A loop of an operation without input.
pub fn repeat(mut operation: impl FnMut() + 'static) -> Loop {
    Box::new(move |operations| {
        for _ in 0..operations {
            operation();
            opaque::memory();
        }
        0
    })
}

/// A loop of an operation with one input after the other.
pub fn each<T: Copy>(inputs: &'static [T; INPUTS], mut operation: impl FnMut(T) + 'static) -> Loop {
    Box::new(move |operations| {
        for index in 0..operations {
            operation(inputs[index % INPUTS]);
            opaque::memory();
        }
        0
    })
}

/// A loop of an operation with one pair of inputs after the other.
pub fn pairs<A: Copy, B: Copy>(
    first: &'static [A; INPUTS],
    second: &'static [B; INPUTS],
    mut operation: impl FnMut(A, B) + 'static,
) -> Loop {
    Box::new(move |operations| {
        for index in 0..operations {
            operation(first[index % INPUTS], second[index % INPUTS]);
            opaque::memory();
        }
        0
    })
}

/// A loop of an operation that fills a buffer; the buffer is reused.
pub fn render<B: Default + 'static>(mut operation: impl FnMut(&mut B) -> usize + 'static) -> Loop {
    let mut buffer = B::default();
    Box::new(move |operations| {
        let mut length = 0;
        for _ in 0..operations {
            length = operation(&mut buffer);
            opaque::memory();
        }
        length
    })
}

/// A loop whose n-th operation is the first use of the n-th text.
pub fn first_uses(texts: &'static [String], mut operation: impl FnMut(&'static str) + 'static) -> Loop {
    Box::new(move |operations| {
        for text in &texts[..operations] {
            operation(text);
        }
        0
    })
}
