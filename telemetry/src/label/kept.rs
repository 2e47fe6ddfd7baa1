//! A label's value that outlives the call.

use super::{LabelValue, Text};

/// A label's value that outlives the call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Kept {
    Closed(u32),
    Text(Box<str>),
    U64(u64),
    I64(i64),
    None,
}

impl Kept {
    pub fn new(value: &LabelValue<'_>) -> Self {
        match value {
            LabelValue::Closed(index) => Kept::Closed(*index),
            LabelValue::Text(text) => Kept::Text(text.to_cow().into()),
            LabelValue::U64(n) => Kept::U64(*n),
            LabelValue::I64(n) => Kept::I64(*n),
            LabelValue::None => Kept::None,
        }
    }

    pub fn value(&self) -> LabelValue<'_> {
        match self {
            Kept::Closed(index) => LabelValue::Closed(*index),
            Kept::Text(text) => LabelValue::Text(Text::whole(text)),
            Kept::U64(n) => LabelValue::U64(*n),
            Kept::I64(n) => LabelValue::I64(*n),
            Kept::None => LabelValue::None,
        }
    }
}
