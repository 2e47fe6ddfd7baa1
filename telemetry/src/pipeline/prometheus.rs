//! Settings of the Prometheus endpoint, and its start.

use super::settings::{checked, set, settings, switch};
use super::{Running, StartError};
use crate::prometheus::Config;
use crate::registry::Registry;
use crate::setting::{Given, Host, SettingError, Variables, http_path};
use serde::Deserializer;

settings! {
    /// Prometheus endpoint settings.
    PrometheusSettings {
        /// The address to listen on. By default, OpenTelemetry's variables `OTEL_EXPORTER_PROMETHEUS_HOST`
        /// and `OTEL_EXPORTER_PROMETHEUS_PORT` set it; without them it is `localhost:9464`, which only this
        /// machine can reach.
        #[serde(deserialize_with = "listen")]
        listen: String,
        /// The path, `/metrics` by default; it begins with `/`.
        #[serde(deserialize_with = "path")]
        path: String,
        /// `false` leaves out OpenMetrics' `_created` samples; `true` by default.
        #[serde(deserialize_with = "switch")]
        created_samples: bool,
    }
}

const LISTEN: &str = "`host:port`, such as `127.0.0.1:9464`";

fn listen<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    checked(deserializer, |given| {
        Host::parse_listener(&given.text).map(drop).map_err(|error| given.wrong_address(error, LISTEN))
    })
}

fn path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    checked(deserializer, |given| {
        http_path(&given.text).map_err(|error| given.wrong_address(error, "`/metrics`"))
    })
}

/// Returns the address that OpenTelemetry's variables set.
///
/// See
/// <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#prometheus-exporter>.
pub(crate) fn standard_listen(variables: Variables<'_>) -> Result<String, SettingError> {
    let name = match variables.get("OTEL_EXPORTER_PROMETHEUS_HOST")? {
        Some(given) => {
            let example = "`host`, and its port in `OTEL_EXPORTER_PROMETHEUS_PORT`";
            Host::parse_alone(&given.text).map_err(|error| given.wrong_address(error, example))?.name
        }
        None => "localhost".to_owned(),
    };
    let port = variables.get("OTEL_EXPORTER_PROMETHEUS_PORT")?;
    let port = port.map_or(Ok(9464), |given| given.whole(&(0..=u16::MAX)))?;
    Ok(Host { name, port: Some(port) }.to_string())
}

impl PrometheusSettings {
    pub(super) fn start(&self, registry: &Registry) -> Result<Running, StartError> {
        let config = self.config();
        let listen = match &self.listen {
            Some(listen) => Given::not_empty("Prometheus listen", listen)?.text,
            None => standard_listen(Variables(&|name| std::env::var_os(name)))?,
        };
        Ok(Running::Server(config.serve(listen, registry)?))
    }

    pub(super) fn config(&self) -> Config {
        let config = set(Config::default(), self.path.clone(), Config::path);
        set(config, self.created_samples, Config::created_samples)
    }
}
