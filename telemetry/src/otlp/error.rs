//! The reasons why an exporter does not start.

use crate::registry::RegisterError;
use crate::setting::SettingError;
use std::fmt;
use std::io;

/// Why an exporter did not start. `Debug` prints the same text as `Display`.
#[non_exhaustive]
pub enum StartError {
    /// A setting cannot be used: the endpoint, a header, an attribute of the resource, a time.
    Setting(SettingError),
    /// A certificate or a key cannot be used.
    #[non_exhaustive]
    Certificate {
        /// The setting at fault.
        what: &'static str,
        /// The reason.
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The system has no root certificates, and none was configured.
    NoRoots,
    /// A surface of the registry has the name of one of the exporter's own metrics.
    Register(RegisterError),
    /// The system has no thread left.
    Thread(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::Setting(error) => fmt::Display::fmt(error, f),
            StartError::Certificate { what, cause } => write!(f, "cannot use the {what}: {cause}"),
            StartError::NoRoots => {
                f.write_str("the system has no certificates to trust; give one by `ca_certificate`")
            }
            StartError::Register(cause) => write!(f, "cannot report on exports: {cause}"),
            StartError::Thread(cause) => write!(f, "cannot start the exporter's thread: {cause}"),
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
            StartError::NoRoots => None,
            StartError::Setting(error) => Some(error),
            StartError::Certificate { cause, .. } => Some(&**cause),
            StartError::Register(cause) => Some(cause),
            StartError::Thread(cause) => Some(cause),
        }
    }
}
