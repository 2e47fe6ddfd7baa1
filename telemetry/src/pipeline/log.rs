//! Settings of the log, and its start.

use super::settings::settings;
use super::{DurationSetting, Running, StartError};
use crate::log::Format;
use crate::setting::deserialize_choice;
use serde::Deserializer;
use std::sync::Arc;

settings! {
    /// Settings of the log. The program's subscriber decides where the lines go.
    LogSettings {
        /// The format of a line: `prefixed` (the default), `logfmt`, `json` or `emf`. For
        /// [`Pipeline::log_layer`](super::Pipeline::log_layer).
        #[serde(deserialize_with = "format")]
        format: Format,
        /// The interval at which the log reports the calls that its policies suppressed; never by default.
        summary: DurationSetting,
    }
}

fn format<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Format>, D::Error> {
    let choices: Vec<_> = Format::ALL.iter().map(|format| (format.name(), *format)).collect();
    deserialize_choice(deserializer, &choices).map(Some)
}

impl LogSettings {
    pub(super) fn start(&self) -> Result<Running, StartError> {
        let log = match self.summary {
            Some(DurationSetting(interval)) => {
                crate::Log::with_summary_every(interval).map_err(StartError::Log)?
            }
            None => crate::Log::default(),
        };
        Ok(Running::Log(Arc::new(log), self.format.unwrap_or_default()))
    }
}
