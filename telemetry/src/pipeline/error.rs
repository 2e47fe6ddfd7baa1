//! Why a pipeline does not start.

use super::{Backend, EnvError};
use crate::registry::{BuildError, RegisterError};
use std::error::Error;
use std::fmt;

/// Why a pipeline does not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// A variable of the environment makes no sense.
    Env(EnvError),
    /// The program was built without this back end.
    NotBuilt(Backend),
    /// A constant label cannot be one.
    ConstantLabels(BuildError),
    /// What an exporter tells of itself has a name that a surface has too.
    Register(RegisterError),
    /// The system has no thread for the log's summaries.
    Log(std::io::Error),
    /// The endpoint cannot be served.
    #[cfg(feature = "prometheus-server")]
    Prometheus(crate::prometheus::ServeError),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::Env(error) => error.fmt(f),
            StartError::NotBuilt(backend) => write!(
                f,
                "the back end `{}` is not built in: the program needs the feature `{}` of `telemetry`",
                backend.name(),
                backend.feature()
            ),
            StartError::ConstantLabels(error) => error.fmt(f),
            StartError::Register(error) => error.fmt(f),
            StartError::Log(error) => write!(f, "no thread for the log's summaries: {error}"),
            #[cfg(feature = "prometheus-server")]
            StartError::Prometheus(error) => error.fmt(f),
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
    #[cfg(feature = "prometheus-server")]
    Prometheus(crate::prometheus::ServeError),
}
