//! The errors of a pipeline's start.

use super::{Backend, SettingError};
use crate::registry::{BuildError, RegisterError, ViewError};
use std::error::Error;
use std::fmt;
use std::io;

/// The reason why a pipeline does not start. `Debug` prints the same text as `Display`, because `main` shows
/// errors through it.
#[non_exhaustive]
pub enum StartError {
    /// A setting cannot be used: a variable, a key of the configuration, or a file that it names.
    Setting(SettingError),
    /// The program was built without this back end.
    NotBuilt(Backend),
    /// A constant label is invalid.
    ConstantLabels(BuildError),
    /// A view cannot be applied.
    View(ViewError),
    /// A metric of the exporter itself has the name of a surface's metric.
    Register(RegisterError),
    /// The system has no thread left for the log's summaries.
    Log(io::Error),
    /// The OTLP exporter did not start.
    #[cfg(feature = "otlp")]
    Otlp(crate::otlp::StartError),
    /// The statsd exporter did not start.
    #[cfg(feature = "statsd")]
    Statsd(crate::statsd::StartError),
    /// The Prometheus endpoint did not start.
    #[cfg(feature = "prometheus-server")]
    Prometheus(crate::prometheus::ServeError),
}

crate::error::debug_as_display!(StartError);

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::Setting(error) => fmt::Display::fmt(error, f),
            StartError::NotBuilt(backend) => write!(
                f,
                "the back end `{}` is not built in: the program needs the feature `{}` of `telemetry`",
                backend.name(),
                backend.feature()
            ),
            StartError::ConstantLabels(error) => fmt::Display::fmt(error, f),
            StartError::View(error) => fmt::Display::fmt(error, f),
            StartError::Register(error) => fmt::Display::fmt(error, f),
            StartError::Log(error) => write!(f, "cannot start the log's summaries: {error}"),
            #[cfg(feature = "otlp")]
            StartError::Otlp(error) => fmt::Display::fmt(error, f),
            #[cfg(feature = "statsd")]
            StartError::Statsd(error) => fmt::Display::fmt(error, f),
            #[cfg(feature = "prometheus-server")]
            StartError::Prometheus(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl Error for StartError {}

/// Implements `From` for the causes of a `StartError`.
macro_rules! causes {
    ($($(#[$cfg:meta])* $variant:ident($cause:ty),)*) => {
        $($(#[$cfg])* impl From<$cause> for StartError {
            fn from(cause: $cause) -> Self {
                StartError::$variant(cause)
            }
        })*
    };
}

causes! {
    Setting(SettingError),
    ConstantLabels(BuildError),
    View(ViewError),
    Register(RegisterError),
    #[cfg(feature = "otlp")]
    Otlp(crate::otlp::StartError),
    #[cfg(feature = "statsd")]
    Statsd(crate::statsd::StartError),
    #[cfg(feature = "prometheus-server")]
    Prometheus(crate::prometheus::ServeError),
}
