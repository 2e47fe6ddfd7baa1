//! Settings of the OTLP exporter, and its start.

use super::settings::{interval, list, set, settings, switch, table, text, whole};
use super::{DurationSetting, Running, StartError};
use crate::otlp::{Compression, Config, Protocol, Temporality};
use crate::registry::Registry;
use crate::setting::{Given, StringSetting, Url, deserialize_error};
use serde::{Deserialize, Deserializer, de};
use std::collections::BTreeMap;
use std::fmt;

settings! {
    /// OTLP exporter settings. Unset keys fall back to the `OTEL_*` variables, then to the specification's
    /// defaults.
    OtlpSettings {
        /// The server for all signals, such as `http://localhost:4318`.
        #[serde(deserialize_with = "endpoint")]
        endpoint: String,
        /// `http/protobuf` (the default) or `grpc`.
        protocol: Protocol,
        /// `cumulative` (the default), `delta` or `lowmemory`.
        temporality: Temporality,
        /// `false` sends histograms that are declared `native` with the buckets of their bounds.
        #[serde(deserialize_with = "switch")]
        exponential_histograms: bool,
        /// `none` (the default) or `gzip`.
        compression: Compression,
        /// The interval between exports; a minute by default.
        #[serde(deserialize_with = "interval")]
        interval: DurationSetting,
        /// The time limit of one attempt; 10 s by default.
        timeout: DurationSetting,
        /// The largest number of points in a request; 10,000 by default.
        #[serde(deserialize_with = "batch_points")]
        batch_points: u32,
        /// Headers of each request.
        headers: Headers,
        /// The resource attribute `service.name`.
        #[serde(deserialize_with = "text")]
        service_name: String,
        /// Other attributes of the resource.
        #[serde(deserialize_with = "table")]
        resource_attributes: BTreeMap<String, String>,
        /// The path of a PEM file of CA certificates to trust instead of the system's root store.
        #[serde(deserialize_with = "text")]
        ca_certificate: String,
        /// The HTTP proxy, such as `http://user:password@host:3128`. Replaces the variables `HTTPS_PROXY`,
        /// `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`.
        #[serde(deserialize_with = "proxy")]
        proxy: String,
        /// The hosts that are reached without the proxy; `*` for all. Replaces `NO_PROXY`.
        #[serde(deserialize_with = "no_proxy")]
        no_proxy: Vec<String>,
    }
}

fn batch_points<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    whole(deserializer, &(1..=u32::MAX))
}

fn endpoint<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    super::settings::checked(deserializer, |given| {
        let url = Url::parse(&given.text, &["http", "https"]);
        url.map(drop).map_err(|error| given.wrong_address(error, "`http://host:4318` or `https://host:4318`"))
    })
}

fn proxy<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    super::settings::checked(deserializer, |given| {
        let given = Given::not_empty(&given.name, &given.text)?;
        crate::otlp::check_proxy(&given)
    })
}

fn no_proxy<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
    let hosts: Option<Vec<StringSetting>> = list(deserializer)?;
    let hosts: Vec<String> = hosts.into_iter().flatten().map(|host| host.0).collect();
    crate::otlp::check_no_proxy(&hosts).map_err(deserialize_error)?;
    Ok(Some(hosts))
}

/// Headers by name. `Debug` omits their values, which may be secrets.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(pub BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let headers = table(deserializer)?.unwrap_or_default();
        crate::otlp::check_headers(&headers).map_err(|error| de::Error::custom(error.reason))?;
        Ok(Headers(headers))
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl OtlpSettings {
    pub(super) fn start(&self, registry: &Registry) -> Result<Running, StartError> {
        Ok(Running::Exporter(self.config()?.start(registry)?))
    }

    pub(crate) fn config(&self) -> Result<Config, StartError> {
        let variable = |name: &str| (!self.overrides(name)).then(|| std::env::var_os(name)).flatten();
        let mut config = Config::from_variables(variable)?;
        config = set(config, self.endpoint.as_ref(), Config::endpoint);
        config = set(config, self.protocol, Config::protocol);
        config = set(config, self.temporality, Config::temporality);
        config = set(config, self.exponential_histograms, Config::exponential_histograms);
        config = set(config, self.compression, Config::compression);
        config = set(config, self.interval.map(|setting| setting.0), Config::interval);
        config = set(config, self.timeout.map(|setting| setting.0), Config::timeout);
        config = set(config, self.batch_points, Config::batch_points);
        for (name, value) in self.headers.iter().flat_map(|headers| &headers.0) {
            config = config.header(name, value);
        }
        for (key, value) in self.resource_attributes.iter().flatten() {
            config = config.resource_attribute(key, value);
        }
        config = set(config, self.service_name.as_ref(), Config::service_name);
        if let Some(path) = &self.ca_certificate {
            config = config.ca_certificate(Given::not_empty("otlp.ca_certificate", path)?.file()?);
        }
        config = set(config, self.proxy.as_ref(), Config::proxy);
        config = set(config, self.no_proxy.as_ref(), Config::no_proxy);
        Ok(config)
    }

    /// Returns whether a setting replaces a variable, which then does not count, valid or not.
    fn overrides(&self, variable: &str) -> bool {
        // The pipeline itself follows it, or has other back ends.
        if variable == "OTEL_METRICS_EXPORTER" {
            return true;
        }
        let key = variable.strip_prefix("OTEL_EXPORTER_OTLP_").unwrap_or_default();
        match key.strip_prefix("METRICS_").unwrap_or(key) {
            "ENDPOINT" => self.endpoint.is_some(),
            "PROTOCOL" => self.protocol.is_some(),
            "COMPRESSION" => self.compression.is_some(),
            "DEFAULT_HISTOGRAM_AGGREGATION" => self.exponential_histograms.is_some(),
            "TIMEOUT" => self.timeout.is_some(),
            "CERTIFICATE" => self.ca_certificate.is_some(),
            _ => false,
        }
    }
}
