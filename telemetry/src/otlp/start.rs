//! Starts an exporter.

#[cfg(test)]
use super::client::Client;
use super::config::Config;
use super::error::StartError;
use super::exporter::Exporter;
use crate::export::{self, Guard, Report};
use crate::registry::Registry;

impl Config {
    /// Starts an exporter, which pushes until the guard ends it.
    ///
    /// An unreachable collector is not an error: the exporter keeps trying. It takes one thread, with a Tokio
    /// runtime of its own while it pushes, so the caller may have a runtime or not.
    ///
    /// # Errors
    ///
    /// If the endpoint, a header, a certificate or another setting is invalid, if a surface of the registry
    /// has the name of one of the exporter's own metrics, or if the system has no thread left.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::Registry;
    /// use telemetry::otlp::Config;
    ///
    /// let registry = Registry::new();
    /// let error = Config::default().endpoint("collector").start(&registry).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "OTLP endpoint is \"collector\"; it has no scheme: \
    ///      write `http://host:4318` or `https://host:4318`",
    /// );
    /// ```
    pub fn start(self, registry: &Registry) -> Result<Guard, StartError> {
        if self.disabled {
            return Ok(Guard::default());
        }
        let exporter = Exporter::new(&self, registry)?;
        let report = Report::new(registry, export::OTLP).map_err(StartError::Register)?;
        for variable in &self.ignored {
            tracing::warn!(target: "telemetry", exporter = "otlp", "{variable}");
        }
        export::start(report, self.interval, self.export_timeout, exporter).map_err(StartError::Thread)
    }

    /// Returns the reason why the exporter would not start.
    #[cfg(test)]
    pub(crate) fn start_error(&self) -> Option<StartError> {
        Client::new(self).err()
    }
}

#[cfg(test)]
#[allow(clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use std::time::Duration;

    fn start_error(config: Config) -> String {
        config.start(&Registry::new()).unwrap_err().to_string()
    }

    #[test]
    fn an_error_of_a_start_names_the_setting_and_the_reason() {
        let config = Config::default;
        assert_eq!(
            start_error(config().endpoint("collector:4318")),
            "OTLP endpoint is \"collector:4318\"; it has no scheme: write `http://host:4318` or `https://host:4318`"
        );
        assert_eq!(
            start_error(config().header("a b", "")),
            "OTLP headers: the name of header 1 is not one that HTTP allows: write letters, digits and `-`"
        );
        assert_eq!(
            start_error(config().header("token", "a\nb")),
            "OTLP headers: the header \"token\" has a value with control characters"
        );
        assert_eq!(
            start_error(config().header("Content-Type", "x")),
            "OTLP headers: the header \"Content-Type\" is set by the protocol"
        );
        let secure = config().endpoint("https://collector");
        let error = start_error(secure.clone().ca_certificate("junk"));
        assert!(error.starts_with("cannot use the CA certificate: "), "{error}");
        let error = start_error(secure.client_identity("junk", "junk"));
        assert!(error.starts_with("cannot use the client certificate: "), "{error}");
    }

    #[test]
    fn a_disabled_exporter_starts_nothing() {
        let guard = Config { disabled: true, ..Config::default() }.start(&Registry::new()).unwrap();
        assert_eq!(guard.shutdown(Duration::ZERO), Ok(()));
    }
}
