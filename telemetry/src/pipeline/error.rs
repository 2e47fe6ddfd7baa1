//! Why a pipeline does not start.

use super::{Backend, EnvError};
use crate::registry::{BuildError, RegisterError};
use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why a pipeline does not start. `Debug` prints what `Display` does, since that is how `main` shows an error.
#[non_exhaustive]
pub enum StartError {
    /// A variable of the environment makes no sense: one of ours, or one that an exporter goes by.
    Env(EnvError),
    /// The program was built without this back end.
    NotBuilt(Backend),
    /// A constant label cannot be one.
    ConstantLabels(BuildError),
    /// What an exporter tells of itself has a name that a surface has too.
    Register(RegisterError),
    /// The system has no thread for the log's summaries.
    Log(io::Error),
    /// The path of the Prometheus endpoint does not begin with `/`: nobody could ask for it.
    Path(String),
    /// A file that the configuration names cannot be read.
    Read {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// The OTLP exporter does not start.
    #[cfg(feature = "otlp")]
    Otlp(crate::otlp::StartError),
    /// The statsd exporter does not start.
    #[cfg(feature = "statsd")]
    Statsd(crate::statsd::StartError),
    /// The endpoint cannot be served.
    #[cfg(feature = "prometheus-server")]
    Prometheus(crate::prometheus::ServeError),
}

impl fmt::Debug for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::Env(error) => fmt::Display::fmt(error, f),
            StartError::NotBuilt(backend) => write!(
                f,
                "the back end `{}` is not built in: the program needs the feature `{}` of `telemetry`",
                backend.name(),
                backend.feature()
            ),
            StartError::ConstantLabels(error) => fmt::Display::fmt(error, f),
            StartError::Register(error) => fmt::Display::fmt(error, f),
            StartError::Log(error) => write!(f, "no thread for the log's summaries: {error}"),
            StartError::Path(path) => write!(f, "prometheus: the path {path:?} does not begin with `/`"),
            StartError::Read { path, cause } => write!(f, "cannot read {}: {cause}", path.display()),
            #[cfg(feature = "otlp")]
            StartError::Otlp(error) => write!(f, "otlp: {error}"),
            #[cfg(feature = "statsd")]
            StartError::Statsd(error) => fmt::Display::fmt(error, f),
            #[cfg(feature = "prometheus-server")]
            StartError::Prometheus(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl Error for StartError {}

/// A cause becomes a `StartError` by its variant.
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
    Env(EnvError),
    ConstantLabels(BuildError),
    Register(RegisterError),
    #[cfg(feature = "otlp")]
    Otlp(crate::otlp::StartError),
    #[cfg(feature = "statsd")]
    Statsd(crate::statsd::StartError),
    #[cfg(feature = "prometheus-server")]
    Prometheus(crate::prometheus::ServeError),
}
