//! The settings of the log, and its start.

use super::settings::{Time, one_of, settings};
use super::{Running, StartError};
use crate::log::Format;
use serde::Deserializer;
use std::sync::Arc;

settings! {
    /// What the log says. Where its lines go is the program's subscriber's business.
    Log {
        /// What a line looks like: `prefixed`, `logfmt`, `json` or `emf`; `prefixed` by default. It is for
        /// [`Pipeline::log_layer`](super::Pipeline::log_layer).
        #[serde(deserialize_with = "format")]
        format: Format,
        /// How often the log tells what its policies silenced; never by default.
        summary: Time,
    }
}

fn format<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Format>, D::Error> {
    let choices: Vec<_> = Format::ALL.iter().map(|format| (format.name(), *format)).collect();
    one_of(deserializer, &choices).map(Some)
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
