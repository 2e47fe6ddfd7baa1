//! A row of a table: who does a workload's operation, how, and the code that does it.

use crate::opaque;
use crate::workload::input::INPUTS;
use std::error::Error;
use tracing::{Dispatch, dispatcher};

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

/// A thread's loop around an operation.
pub struct Loop {
    /// Does the operation so many times, and returns the length of the text that the last one made, if it
    /// makes one.
    operate: Box<dyn FnMut(usize) -> usize>,
    between: Option<Box<dyn FnMut()>>,
    /// The length of the last text.
    pub size: usize,
}

impl Loop {
    fn new(operate: impl FnMut(usize) -> usize + 'static) -> Self {
        Self { operate: Box::new(operate), between: None, size: 0 }
    }

    /// What happens before each operation, but is no part of it.
    pub fn between(self, between: impl FnMut() + 'static) -> Self {
        Self { between: Some(Box::new(between)), ..self }
    }

    /// The loop, with this as the thread's `tracing` subscriber.
    pub fn within(self, subscriber: Dispatch) -> Self {
        let mut operate = self.operate;
        let operate = move |operations| dispatcher::with_default(&subscriber, || operate(operations));
        Self { operate: Box::new(operate), ..self }
    }

    /// Does the operation so many times. What belongs to it runs inside `part`, which is called for it once
    /// or more.
    pub fn run(&mut self, operations: usize, mut part: impl FnMut(&mut dyn FnMut())) {
        let Self { operate, between, size } = self;
        match between {
            None => part(&mut || *size = operate(operations)),
            Some(between) => {
                for _ in 0..operations {
                    between();
                    part(&mut || *size = operate(1));
                }
            }
        }
    }

    /// Does only what is between the operations.
    pub fn rest(&mut self, times: usize) {
        if let Some(between) = &mut self.between {
            (0..times).for_each(|_| between());
        }
    }
}

/// What the threads share; each gets its own loop from it, in which its handles stand.
pub type Shared = Box<dyn Fn() -> Loop + Send + Sync>;

/// Records all that a scrape finds, once more.
pub type Record = Box<dyn Fn() + Send + Sync>;

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
    Loop::new(move |operations| {
        for _ in 0..operations {
            operation();
            opaque::memory();
        }
        0
    })
}

/// A loop of an operation with one input after the other.
pub fn each<T: Copy>(inputs: &'static [T; INPUTS], mut operation: impl FnMut(T) + 'static) -> Loop {
    Loop::new(move |operations| {
        // Out of the closure's memory, so that it is in a register whatever the operation does.
        let inputs = inputs;
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
    Loop::new(move |operations| {
        let (first, second) = (first, second);
        for index in 0..operations {
            operation(first[index % INPUTS], second[index % INPUTS]);
            opaque::memory();
        }
        0
    })
}

/// A loop of an operation with one set of three inputs after the other.
pub fn triples<A: Copy, B: Copy, C: Copy>(
    first: &'static [A; INPUTS],
    second: &'static [B; INPUTS],
    third: &'static [C; INPUTS],
    mut operation: impl FnMut(A, B, C) + 'static,
) -> Loop {
    Loop::new(move |operations| {
        let (first, second, third) = (first, second, third);
        for index in 0..operations {
            operation(first[index % INPUTS], second[index % INPUTS], third[index % INPUTS]);
            opaque::memory();
        }
        0
    })
}

/// A loop of an operation that fills a buffer; the buffer is reused.
pub fn render<B: Default + 'static>(mut operation: impl FnMut(&mut B) -> usize + 'static) -> Loop {
    let mut buffer = B::default();
    Loop::new(move |operations| {
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
    Loop::new(move |operations| {
        for text in &texts[..operations] {
            operation(text);
        }
        0
    })
}
