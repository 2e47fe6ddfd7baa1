//! The reasons why an exporter does not start.

use crate::registry::RegisterError;
use crate::setting::SettingError;
use std::fmt;
use std::io;

/// Why an exporter did not start. `Debug` prints the same text as `Display`.
///
/// # Examples
///
/// ```
/// use telemetry::Registry;
/// use telemetry::statsd::{Config, StartError};
///
/// let registry = Registry::new();
/// let first = Config::default().start(&registry)?;
/// assert!(matches!(Config::default().start(&registry), Err(StartError::Running)));
/// # drop(first);
/// # Ok::<(), StartError>(())
/// ```
#[non_exhaustive]
pub enum StartError {
    /// A setting cannot be used: the target, the prefix, a tag, a number or a time.
    Setting(SettingError),
    /// Another exporter takes the registry's histogram samples, such as a second statsd exporter: each would
    /// send a part of them.
    Running,
    /// A surface of the registry has the name of one of the exporter's own metrics.
    Register(RegisterError),
    /// The system has no thread left.
    #[non_exhaustive]
    Start {
        /// The system's error.
        cause: io::Error,
    },
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::Setting(error) => error.fmt(f),
            StartError::Running => {
                f.write_str(
                    "another exporter takes this registry's histogram samples, such as a statsd exporter; ",
                )?;
                f.write_str("end it before this one starts")
            }
            StartError::Register(error) => error.fmt(f),
            StartError::Start { cause } => write!(f, "cannot start the statsd exporter: {cause}"),
        }
    }
}

impl From<SettingError> for StartError {
    fn from(error: SettingError) -> Self {
        StartError::Setting(error)
    }
}

crate::error::debug_as_display!(StartError);

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StartError::Setting(error) => Some(error),
            StartError::Running => None,
            StartError::Register(error) => Some(error),
            StartError::Start { cause } => Some(cause),
        }
    }
}
