//! The fields that a layer writes on a line besides the event's own, as the formats see them.

/// A value that is added to a line.
#[derive(Clone, Copy, Debug)]
pub(super) enum AddedValue<'a> {
    Text(&'a str),
    U64(u64),
    I64(i64),
    F64(f64),
    Bool(bool),
}

/// The fields that are added to one line.
pub(super) trait AddedFields {
    /// Passes each key and value to `write`, no key twice.
    fn visit(&self, write: &mut dyn FnMut(&str, AddedValue<'_>));
}
