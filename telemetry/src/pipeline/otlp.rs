//! The settings of the OTLP exporter, and its start.

use super::settings::{Time, checked, choices, interval, settings, table, text, whole};
use super::{Running, StartError};
use crate::registry::Registry;
#[cfg(feature = "otlp")]
use crate::setting::Given;
use crate::setting::Url;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::fmt;

settings! {
    /// How an OpenTelemetry collector is sent to. What is not said is as the specification's variables
    /// (`OTEL_EXPORTER_OTLP_...`, `OTEL_SERVICE_NAME` and others) say, else as the specification does.
    Otlp {
        /// The server, for all signals, such as `http://localhost:4318`.
        #[serde(deserialize_with = "endpoint")]
        endpoint: String,
        /// How requests are written.
        protocol: OtlpProtocol,
        /// What the numbers are.
        temporality: OtlpTemporality,
        /// How requests are compressed.
        compression: OtlpCompression,
        /// How often to push; a minute by default.
        #[serde(deserialize_with = "interval")]
        interval: Time,
        /// How long an attempt may take; 10 s by default.
        timeout: Time,
        /// How many points a request has at the most; 10,000 by default.
        #[serde(deserialize_with = "batch")]
        batch_points: u32,
        /// Headers of each request.
        headers: Headers,
        /// The resource's `service.name`.
        #[serde(deserialize_with = "text")]
        service_name: String,
        /// Other attributes of the resource.
        #[serde(deserialize_with = "table")]
        resource_attributes: BTreeMap<String, String>,
        /// A file of certificates in PEM: only a server that one of them vouches for is trusted.
        #[serde(deserialize_with = "text")]
        ca_certificate: String,
    }
}

fn batch<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    whole(deserializer, &(1..=u32::MAX))
}

fn endpoint<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    checked(deserializer, |given| {
        let url = Url::parse(&given.text, &["http", "https"]);
        url.map(drop).map_err(|error| given.wrong_address(error, "`http://host:4318` or `https://host:4318`"))
    })
}

choices! {
    /// Selects how requests are written.
    OtlpProtocol {
        /// `grpc`.
        Grpc = "grpc",
        /// `http/protobuf`, the default.
        HttpProtobuf = "http/protobuf",
    }
}

choices! {
    /// Selects what the numbers are.
    OtlpTemporality {
        /// `cumulative`: totals since the start, the default.
        Cumulative = "cumulative",
        /// `delta`: what has come since the last delivery.
        Delta = "delta",
    }
}

choices! {
    /// Selects how requests are compressed.
    OtlpCompression {
        /// `none`, the default.
        None = "none",
        /// `gzip`.
        Gzip = "gzip",
    }
}

/// Headers by name. `Debug` does not show their values, which may be secrets.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(pub BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let headers = table(deserializer)?.unwrap_or_default();
        #[cfg(feature = "otlp")]
        crate::otlp::check_headers(&headers).map_err(|error| serde::de::Error::custom(error.reason))?;
        Ok(Headers(headers))
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(feature = "otlp")]
impl Otlp {
    pub(super) fn start(&self, registry: &Registry) -> Result<Running, StartError> {
        Ok(Running::Exporter(self.config()?.start(registry)?))
    }

    pub(crate) fn config(&self) -> Result<crate::otlp::Config, StartError> {
        let variable = |name: &str| (!self.overrides(name)).then(|| std::env::var_os(name)).flatten();
        let mut config = self.choices(crate::otlp::Config::from_variables(variable)?);
        if let Some(endpoint) = &self.endpoint {
            config = config.endpoint(endpoint);
        }
        for (name, value) in self.headers.iter().flat_map(|headers| &headers.0) {
            config = config.header(name, value);
        }
        for (key, value) in self.resource_attributes.iter().flatten() {
            config = config.resource_attribute(key, value);
        }
        if let Some(name) = &self.service_name {
            config = config.service_name(name);
        }
        if let Some(path) = &self.ca_certificate {
            config = config.ca_certificate(Given::not_empty("otlp.ca_certificate", path)?.file()?);
        }
        Ok(config)
    }

    /// Returns whether a variable does not count, right or wrong, since these settings say the same.
    fn overrides(&self, variable: &str) -> bool {
        let key = variable.strip_prefix("OTEL_EXPORTER_OTLP_").unwrap_or_default();
        match key.strip_prefix("METRICS_").unwrap_or(key) {
            "ENDPOINT" => self.endpoint.is_some(),
            "PROTOCOL" => self.protocol.is_some(),
            "COMPRESSION" => self.compression.is_some(),
            "TIMEOUT" => self.timeout.is_some(),
            "CERTIFICATE" => self.ca_certificate.is_some(),
            _ => false,
        }
    }

    /// What is one of a few, and the times.
    fn choices(&self, mut config: crate::otlp::Config) -> crate::otlp::Config {
        use crate::otlp::{Compression, Protocol, Temporality};
        if let Some(protocol) = self.protocol {
            config = config.protocol(match protocol {
                OtlpProtocol::Grpc => Protocol::Grpc,
                OtlpProtocol::HttpProtobuf => Protocol::HttpProtobuf,
            });
        }
        if let Some(temporality) = self.temporality {
            config = config.temporality(match temporality {
                OtlpTemporality::Cumulative => Temporality::Cumulative,
                OtlpTemporality::Delta => Temporality::Delta,
            });
        }
        if let Some(compression) = self.compression {
            config = config.compression(match compression {
                OtlpCompression::None => Compression::None,
                OtlpCompression::Gzip => Compression::Gzip,
            });
        }
        if let Some(Time(interval)) = self.interval {
            config = config.interval(interval);
        }
        if let Some(Time(timeout)) = self.timeout {
            config = config.timeout(timeout);
        }
        if let Some(points) = self.batch_points {
            config = config.batch_points(points);
        }
        config
    }
}

#[cfg(not(feature = "otlp"))]
impl Otlp {
    #[allow(clippy::unused_self, reason = "as with the feature")]
    pub(super) fn start(&self, _: &Registry) -> Result<Running, StartError> {
        Err(StartError::NotBuilt(super::Backend::Otlp))
    }
}
