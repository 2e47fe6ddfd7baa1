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
    /// The registry has a statsd exporter already. Two of them would each send a part of the deltas.
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
                f.write_str("this registry has a statsd exporter already; end it before the next one starts")
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
