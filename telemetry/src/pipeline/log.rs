//! The settings of the log, and its start.

use super::settings::{Time, parsed, settings};
use super::{Running, StartError};
use crate::log::Format;
use std::sync::Arc;

settings! {
    /// What the log says. Where its lines go is the program's subscriber's business.
    Log {
        /// What a line looks like: `prefixed`, `logfmt`, `json` or `emf`; `prefixed` by default. It is for
        /// [`Pipeline::log_layer`](super::Pipeline::log_layer).
        #[serde(deserialize_with = "parsed")]
        format: Format,
        /// How often the log tells what its policies silenced; never by default.
        summary: Time,
    }
}

impl Log {
    pub(super) fn start(&self) -> Result<Running, StartError> {
        let log = match self.summary {
            Some(Time(period)) => crate::Log::with_summary_every(period).map_err(StartError::Log)?,
            None => crate::Log::default(),
        };
        Ok(Running::Log(Arc::new(log), self.format.unwrap_or_default()))
    }
}
