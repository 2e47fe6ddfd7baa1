//! The settings of the Prometheus endpoint, and its start.

use super::settings::{checked, settings};
use super::{Running, StartError};
use crate::registry::Registry;
#[cfg(feature = "prometheus-server")]
use crate::setting::{Given, SettingError, Variables};
use crate::setting::{Host, http_path};
use serde::Deserializer;

settings! {
    /// Where Prometheus scrapes.
    Prometheus {
        /// The address to listen at: by default what OpenTelemetry's variables `OTEL_EXPORTER_PROMETHEUS_HOST` and
        /// `OTEL_EXPORTER_PROMETHEUS_PORT` say, else `localhost:9464`, which this machine alone can reach.
        #[serde(deserialize_with = "listen")]
        listen: String,
        /// The path, `/metrics` by default; it begins with `/`.
        #[serde(deserialize_with = "path")]
        path: String,
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

/// Returns the address that OpenTelemetry's variables name.
///
/// See <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#prometheus-exporter>.
#[cfg(feature = "prometheus-server")]
pub(crate) fn standard_listen(variables: Variables<'_>) -> Result<String, SettingError> {
    let name = match variables.get("OTEL_EXPORTER_PROMETHEUS_HOST")? {
        Some(given) => {
            let wrong =
                |error| given.wrong_address(error, "`host`, and its port in `OTEL_EXPORTER_PROMETHEUS_PORT`");
            Host::parse_alone(&given.text).map_err(wrong)?.name
        }
        None => "localhost".to_owned(),
    };
    let port = variables.get("OTEL_EXPORTER_PROMETHEUS_PORT")?;
    let port = port.map_or(Ok(9464), |given| given.whole(&(0..=u16::MAX)))?;
    Ok(Host { name, port: Some(port) }.to_string())
}

impl Prometheus {
    #[cfg(feature = "prometheus-server")]
    pub(super) fn start(&self, registry: &Registry) -> Result<Running, StartError> {
        let mut config = crate::prometheus::Config::default();
        if let Some(path) = &self.path {
            config = config.path(path.clone());
        }
        let listen = match &self.listen {
            Some(listen) => Given::not_empty("Prometheus listen", listen)?.text,
            None => standard_listen(Variables(&|name| std::env::var_os(name)))?,
        };
        Ok(Running::Server(config.serve(listen, registry)?))
    }

    #[cfg(not(feature = "prometheus-server"))]
    #[allow(clippy::unused_self, reason = "as with the feature")]
    pub(super) fn start(&self, _: &Registry) -> Result<Running, StartError> {
        Err(StartError::NotBuilt(super::Backend::Prometheus))
    }
}
