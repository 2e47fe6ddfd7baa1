//! What is wrong with a variable of the environment.

use std::fmt;

/// A variable of the environment whose value cannot be used, or that is not known. `Debug` prints what `Display`
/// does, since that is how `main` shows an error.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EnvError {
    /// The variable.
    pub variable: String,
    /// Its value, unless that may be a secret, or is in the problem already.
    pub value: Option<String>,
    /// What it may be, or what is wrong.
    pub problem: String,
}

impl fmt::Debug for EnvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for EnvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{} is {value:?}; {}", self.variable, self.problem),
            None => write!(f, "{}: {}", self.variable, self.problem),
        }
    }
}

impl std::error::Error for EnvError {}
