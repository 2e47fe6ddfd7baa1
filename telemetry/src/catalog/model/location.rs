//! The source location of a declaration.

use crate::schema::Source;
use serde::Serialize;
use std::fmt;

/// A source location.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Location {
    /// The file as the compiler names it, with `/` on every system.
    pub file: String,
    /// The line, counted from 1.
    pub line: u32,
}

impl Location {
    pub(in crate::catalog) fn of(source: Source) -> Self {
        Location { file: source.file.replace('\\', "/"), line: source.line }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}
