//! Reads a configuration from environment variables.

use super::text::Text;
use super::{Backend, Config};
use crate::setting::{Given, SettingError};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, MapDeserializer};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::iter;

/// The prefix of our variables.
const PREFIX: &str = "TELEMETRY_";

/// A variable of tests, which makes them write generated files.
const NOT_OURS: &[&str] = &["TELEMETRY_UPDATE"];

/// OpenTelemetry's variable that selects exporters, and the back ends of its values.
const STANDARD: &str = "OTEL_METRICS_EXPORTER";
const STANDARD_VALUES: &[(&str, Backend)] = &[
    ("otlp", Backend::Otlp),
    ("prometheus", Backend::Prometheus),
    ("console", Backend::Log),
    ("none", Backend::Noop),
];

impl Config {
    /// Reads the variables `TELEMETRY_..` and `OTEL_METRICS_EXPORTER`; the [module](super#keys-and-variables)
    /// has the rules.
    ///
    /// # Errors
    ///
    /// Returns an error if a variable is not known or its value cannot be used. The message says what to
    /// write.
    pub fn from_env() -> Result<Self, SettingError> {
        Self::from_vars(std::env::vars_os())
    }

    /// Reads the variables of [`from_env`](Self::from_env) from a list of names and values. Of one name, the
    /// last value counts.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`from_env`](Self::from_env).
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::pipeline::{Backend, Config};
    ///
    /// let config = Config::from_vars([("TELEMETRY_BACKENDS", "log,prometheus")])?;
    /// assert_eq!(config.backends, Some(vec![Backend::Log, Backend::Prometheus]));
    ///
    /// let error = Config::from_vars([("TELEMETRY_LOG_LEVEL", "info")]).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "TELEMETRY_LOG_LEVEL: unknown field `level`, expected `format` or `summary`",
    /// );
    /// # Ok::<(), telemetry::pipeline::SettingError>(())
    /// ```
    pub fn from_vars<N: Into<OsString>, V: Into<OsString>>(
        vars: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, SettingError> {
        let mut config = Config::default();
        let mut standard = None;
        for (name, value) in last_of_each(vars) {
            let Some(given) = Given::of_variable(&name, value)? else { continue };
            if name == STANDARD {
                standard = Some(given);
            } else if !is_service_link(&name, &given.text) {
                config = of_variable(&given)?.or(config);
            }
        }
        if let (None, Some(given)) = (&config.backends, standard) {
            config.backends = Some(standard_backends(&given)?);
        }
        Ok(config)
    }
}

/// Returns the variables that we read, each name with its last value, in the order of the names.
fn last_of_each<N: Into<OsString>, V: Into<OsString>>(
    vars: impl IntoIterator<Item = (N, V)>,
) -> BTreeMap<String, OsString> {
    let mut last = BTreeMap::new();
    for (name, value) in vars {
        // Our names are ASCII.
        let Ok(name) = name.into().into_string() else { continue };
        if name == STANDARD || name.starts_with(PREFIX) && !NOT_OURS.contains(&name.as_str()) {
            last.insert(name, value.into());
        }
    }
    last
}

/// Returns whether Kubernetes or Docker set the variable for a neighbouring service that is called
/// `telemetry` or, say, `telemetry-otlp`. None of our keys has such a name.
fn is_service_link(name: &str, text: &str) -> bool {
    name.ends_with("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || name.ends_with("_PORT") && text.contains("://")
        || name.split("_PORT_").skip(1).any(|port| port.starts_with(|c: char| c.is_ascii_digit()))
}

/// Reads one variable as a configuration with one key. Each is read alone, so that an error has its variable.
fn of_variable(given: &Given) -> Result<Config, SettingError> {
    let text = Text { variable: &given.name, text: &given.text };
    let name = given.name.strip_prefix(PREFIX).unwrap_or_default().to_ascii_lowercase();
    let section = Config::SECTIONS.iter().find_map(|section| {
        let key = name.strip_prefix(section)?.strip_prefix('_')?;
        Some((*section, key))
    });
    let config = match section {
        Some((section, key)) => Config::deserialize(table(section, table(key, text))),
        None => Config::deserialize(table(&name, text)),
    };
    config.map_err(|error| SettingError::without_value(&given.name, error))
}

/// Creates a table of one entry.
fn table<'de, V: IntoDeserializer<'de, Error>>(
    key: &str,
    value: V,
) -> MapDeserializer<'de, impl Iterator<Item = (&str, V)>, Error> {
    MapDeserializer::new(iter::once((key, value)))
}

fn standard_backends(given: &Given) -> Result<Vec<Backend>, SettingError> {
    let words = given.text.split(',').map(str::trim).filter(|word| !word.is_empty());
    words.map(|word| Given::new(&given.name, word)?.choice(STANDARD_VALUES)).collect()
}

#[cfg(all(test, feature = "otlp", feature = "prometheus-server", feature = "statsd"))]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn error(name: &str, value: &str) -> String {
        Config::from_vars([(name, value)]).unwrap_err().to_string()
    }

    #[test]
    fn variables_say_what_keys_say() {
        let config = Config::from_vars([
            ("PATH", "/bin"),
            ("TELEMETRY_UPDATE", "1"),
            ("TELEMETRY_BACKENDS", " prometheus, log "),
            ("TELEMETRY_CONSTANT_LABELS", "region=eu-1,build=a=b"),
            ("TELEMETRY_PROMETHEUS_LISTEN", "0.0.0.0:1"),
            ("TELEMETRY_PROMETHEUS_PATH", ""),
            ("OTEL_METRICS_EXPORTER", "none"),
        ])
        .unwrap();
        assert_eq!(config.backends, Some(vec![Backend::Prometheus, Backend::Log]));
        let labels: Vec<_> = config.constant_labels.unwrap().into_iter().collect();
        assert_eq!(labels, [("build".into(), "a=b".into()), ("region".into(), "eu-1".into())]);
        assert_eq!(config.prometheus.listen.as_deref(), Some("0.0.0.0:1"));
        assert_eq!(config.prometheus.path, None);
    }

    #[test]
    fn the_standard_variable_chooses_where_ours_does_not() {
        let config = Config::from_vars([("OTEL_METRICS_EXPORTER", "Console, PROMETHEUS\n")]).unwrap();
        assert_eq!(config.backends, Some(vec![Backend::Log, Backend::Prometheus]));
    }

    #[test]
    fn a_wrong_value_is_an_error_that_lists_the_right_ones() {
        assert_eq!(
            error("TELEMETRY_BACKENDS", "log,promtheus"),
            "TELEMETRY_BACKENDS: unknown back end \"promtheus\", \
             expected one of `noop`, `log`, `prometheus`, `otlp`, `statsd`"
        );
        assert!(error("TELEMETRY_BACKEND", "log").starts_with(
            "TELEMETRY_BACKEND: unknown field `backend`, expected one of `backends`, `constant_labels`"
        ));
        assert_eq!(
            error("TELEMETRY_CONSTANT_LABELS", "region"),
            "TELEMETRY_CONSTANT_LABELS: pair 1 is not written `key=value`"
        );
        for (name, value, says) in [
            ("TELEMETRY_STATSD_TAGS", "a=b,=c", "pair 2 is not written `key=value`"),
            ("TELEMETRY_STATSD_MAX_DATAGRAM", "-1", "-1 cannot be used; write a number from 64 to 65507"),
            ("TELEMETRY_STATSD_SAMPLE_RATE", "half", "`half` is not a number"),
            (
                "TELEMETRY_STATSD_DIALECT",
                "datadog",
                "\"datadog\" cannot be used; write `plain` or `dogstatsd`",
            ),
            (
                "TELEMETRY_LOG_FORMAT",
                "yaml",
                "\"yaml\" cannot be used; write `prefixed`, `logfmt`, `json` or `emf`",
            ),
            (
                "TELEMETRY_LOG",
                "json",
                "names a section; its variables are `TELEMETRY_LOG_FORMAT`, `TELEMETRY_LOG_SUMMARY`",
            ),
        ] {
            let error = error(name, value);
            assert!(error.starts_with(&format!("{name}: {says}")), "{error}");
        }
        for time in ["0s", "10", "-1s", "soon"] {
            assert_eq!(
                error("TELEMETRY_OTLP_INTERVAL", time),
                format!(
                    "TELEMETRY_OTLP_INTERVAL: {time:?} is not a duration above 0 \
                     such as `10s`, `1m 30s` or `500ms`"
                )
            );
        }
        assert_eq!(
            error("OTEL_METRICS_EXPORTER", "jaeger"),
            "OTEL_METRICS_EXPORTER is \"jaeger\"; write `otlp`, `prometheus`, `console` or `none`"
        );
    }

    #[test]
    fn of_one_name_the_last_value_counts() {
        let config = Config::from_vars([
            ("TELEMETRY_STATSD_SAMPLE_RATE", "half"),
            ("OTEL_METRICS_EXPORTER", "jaeger"),
            ("TELEMETRY_STATSD_SAMPLE_RATE", "0.5"),
            ("OTEL_METRICS_EXPORTER", "otlp"),
        ])
        .unwrap();
        assert_eq!(config.statsd.sample_rate, Some(0.5));
        assert_eq!(config.backends, Some(vec![Backend::Otlp]));
    }

    /// A section's name is rejected before and after the variables of its keys.
    #[test]
    fn a_section_is_no_text() {
        for vars in [
            [("TELEMETRY_LOG", "json"), ("TELEMETRY_LOG_FORMAT", "json")],
            [("TELEMETRY_LOG_FORMAT", "json"), ("TELEMETRY_LOG", "json")],
        ] {
            let error = Config::from_vars(vars).unwrap_err().to_string();
            assert!(error.starts_with("TELEMETRY_LOG: names a section"), "{error}");
        }
    }

    #[test]
    fn an_error_does_not_say_what_a_header_is() {
        let error = error("TELEMETRY_OTLP_HEADERS", "x-tenant=7,authorization: Bearer s3cret");
        assert_eq!(error, "TELEMETRY_OTLP_HEADERS: pair 2 is not written `key=value`");
    }

    #[test]
    fn the_neighbours_of_a_pod_are_no_settings() {
        let config = Config::from_vars([
            ("TELEMETRY_SERVICE_HOST", "10.0.0.1"),
            ("TELEMETRY_SERVICE_PORT", "4318"),
            ("TELEMETRY_SERVICE_PORT_OTLP_HTTP", "4318"),
            ("TELEMETRY_PORT", "tcp://10.0.0.1:4318"),
            ("TELEMETRY_PORT_4318_TCP", "tcp://10.0.0.1:4318"),
            ("TELEMETRY_PORT_4318_TCP_ADDR", "10.0.0.1"),
            ("TELEMETRY_OTLP_PORT_4318_TCP_PORT", "4318"),
            ("TELEMETRY_OTLP_SERVICE_NAME", "mailer"),
        ])
        .unwrap();
        let mut expected = Config::default();
        expected.otlp.service_name = Some("mailer".to_owned());
        assert_eq!(config, expected);
    }
}
