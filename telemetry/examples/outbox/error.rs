//! Errors that end a run early.

use std::{error, fmt, io};
use telemetry::export::ExportError;
use telemetry::pipeline::{SettingError, StartError};
use telemetry::registry::RegisterError;

/// Failures of the worker's four stages are not among these: they are counted, and retried.
#[derive(Debug)]
pub(crate) enum Error {
    /// The metrics cannot be added up.
    Register(Box<RegisterError>),
    /// The back ends do not start.
    Start(Box<StartError>),
    /// The back ends have not delivered all.
    Export(ExportError),
    /// The configuration file makes no sense.
    Config { file: String, cause: Box<toml::de::Error> },
    /// An input file cannot be read.
    Read { file: String, cause: io::Error },
    /// A line of an input file is not what it should be.
    Line { file: String, line: usize, cause: serde_json::Error },
    /// The database failed outside of the worker's stages.
    Database(rusqlite::Error),
    /// The worker's stages fail so often that the outbox does not drain.
    Stuck { pending: u64, last_failure: String },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Register(cause) => write!(f, "metrics: {cause}"),
            Self::Start(cause) => write!(f, "metrics: {cause}"),
            Self::Export(cause) => write!(f, "metrics: {cause}"),
            Self::Config { file, cause } => write!(f, "{file}: {cause}"),
            Self::Read { file, cause } => write!(f, "cannot read {file}: {cause}"),
            Self::Line { file, line, cause } => {
                // The parser saw this line alone, so the line number in its message is always 1.
                let message = cause.to_string();
                let message = message.rsplit_once(" at line ").map_or(&*message, |(text, _)| text);
                write!(f, "{file}:{line}:{column}: {message}", column = cause.column())
            }
            Self::Database(cause) => write!(f, "database: {cause}"),
            Self::Stuck { pending, last_failure } => {
                write!(f, "gave up; events still pending: {pending}; last failure: {last_failure}")
            }
        }
    }
}

impl error::Error for Error {}

impl From<RegisterError> for Error {
    fn from(cause: RegisterError) -> Self {
        Self::Register(Box::new(cause))
    }
}

impl From<StartError> for Error {
    fn from(cause: StartError) -> Self {
        Self::Start(Box::new(cause))
    }
}

impl From<SettingError> for Error {
    fn from(cause: SettingError) -> Self {
        StartError::from(cause).into()
    }
}

impl From<ExportError> for Error {
    fn from(cause: ExportError) -> Self {
        Self::Export(cause)
    }
}

impl From<rusqlite::Error> for Error {
    fn from(cause: rusqlite::Error) -> Self {
        Self::Database(cause)
    }
}
