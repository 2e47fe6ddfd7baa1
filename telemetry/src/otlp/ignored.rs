//! Variables of OpenTelemetry's specification that this exporter reads and cannot follow.

use crate::setting::{Given, SettingError, Variables};

/// Decides which exemplars are sent.
pub(super) const EXEMPLAR_FILTER: &str = "OTEL_METRICS_EXEMPLAR_FILTER";

/// The choices of that variable, and whether exemplars are sent.
pub(super) const EXEMPLAR_FILTERS: &[(&str, bool)] =
    &[("always_off", false), ("trace_based", true), ("always_on", true)];

/// The choices that the specification has for each variable, and true for those that this exporter follows.
type Choices = &'static [(&'static str, bool)];

/// `base2_exponential_bucket_histogram` is in the specification of the [OTLP exporter], the filters in that
/// of the [SDK's variables].
///
/// [OTLP exporter]: https://opentelemetry.io/docs/specs/otel/metrics/sdk_exporters/otlp/
/// [SDK's variables]: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#exemplar
const CHOICES: &[(&str, Choices, &str)] = &[
    (
        "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
        &[("explicit_bucket_histogram", true), ("base2_exponential_bucket_histogram", false)],
        "it is ignored for histograms that are not declared `native`",
    ),
    (
        EXEMPLAR_FILTER,
        &[("always_off", true), ("trace_based", true), ("always_on", false)],
        "it is ignored: exemplars are of sampled traces",
    ),
];

/// Variables that are ignored whatever their value.
const IGNORED: &[(&str, &str)] = &[
    ("OTEL_CONFIG_FILE", CONFIG_FILE),
    ("OTEL_EXPERIMENTAL_CONFIG_FILE", CONFIG_FILE),
    ("OTEL_ENTITIES", "write the attributes into `OTEL_RESOURCE_ATTRIBUTES`"),
    ("OTEL_LOG_LEVEL", "the subscriber of `tracing` decides about the exporter's own messages"),
    ("OTEL_METRICS_EXPORTER", "the program selects this exporter itself; a `Pipeline` follows the variable"),
];

const CONFIG_FILE: &str = "no file of OpenTelemetry's declarative configuration is read; the variables count";

/// Returns the variables that are set and have no effect, with the reasons. `is_tls` says whether the
/// endpoint has TLS.
///
/// The limits of attributes (`OTEL_ATTRIBUTE_COUNT_LIMIT`, `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`) are not among
/// them: attributes of metrics are
/// [exempt](https://opentelemetry.io/docs/specs/otel/metrics/sdk/#attribute-limits).
///
/// # Errors
///
/// If a choice is not one of the specification.
pub(super) fn ignored(variables: Variables<'_>, is_tls: bool) -> Result<Vec<SettingError>, SettingError> {
    let mut ignored = Vec::new();
    let because = |given: &Given, reason: &str| given.wrong(format_args!("it is ignored: {reason}"));
    for (name, choices, message) in CHOICES {
        if let Some(given) = variables.get(name)?
            && !given.choice(choices)?
        {
            ignored.push(given.wrong(message));
        }
    }
    for (name, reason) in IGNORED {
        if let Some(given) = variables.get(name)? {
            ignored.push(because(&given, reason));
        }
    }
    // The specification has it for endpoints without a scheme, which are errors here.
    for name in ["OTEL_EXPORTER_OTLP_METRICS_INSECURE", "OTEL_EXPORTER_OTLP_INSECURE"] {
        if let Some(given) = variables.get(name)?
            && given.choice(&[("true", true), ("false", false)])? == is_tls
        {
            ignored.push(because(&given, "the scheme of the endpoint decides whether there is TLS"));
        }
    }
    Ok(ignored)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use crate::otlp::Config;

    fn shown(variables: &[(&str, &str)]) -> Vec<String> {
        let get = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let config = Config::from_variables(get).unwrap();
        config.ignored_variables().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_cannot_be_followed_is_named_with_its_reason() {
        for (name, value, reason) in [
            ("OTEL_METRICS_EXEMPLAR_FILTER", "always_on", "exemplars are of sampled traces"),
            ("OTEL_CONFIG_FILE", "/etc/otel.yaml", CONFIG_FILE),
            ("OTEL_EXPERIMENTAL_CONFIG_FILE", "/etc/otel.yaml", CONFIG_FILE),
            (
                "OTEL_LOG_LEVEL",
                "debug",
                "the subscriber of `tracing` decides about the exporter's own messages",
            ),
            ("OTEL_METRICS_EXPORTER", "prometheus", IGNORED[4].1),
            ("OTEL_ENTITIES", "host{host.id=1}", IGNORED[2].1),
        ] {
            assert_eq!(shown(&[(name, value)]), [format!("{name} is {value:?}; it is ignored: {reason}")]);
        }
    }

    #[test]
    fn exponential_buckets_are_for_native_histograms_alone() {
        let name = "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION";
        assert_eq!(
            shown(&[(name, "Base2_Exponential_Bucket_Histogram")]),
            [format!(
                "{name} is \"Base2_Exponential_Bucket_Histogram\"; it is ignored for histograms that are not \
                 declared `native`"
            )]
        );
    }

    #[test]
    fn what_is_followed_is_not_named() {
        for (name, value) in [
            ("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "explicit_bucket_histogram"),
            ("OTEL_METRICS_EXEMPLAR_FILTER", "always_off"),
            ("OTEL_METRICS_EXEMPLAR_FILTER", "trace_based"),
            ("OTEL_ATTRIBUTE_COUNT_LIMIT", "3"),
            ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "10"),
            ("OTEL_LOG_LEVEL", ""),
            ("OTEL_EXPORTER_OTLP_INSECURE", "true"),
            ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "lowmemory"),
        ] {
            assert!(shown(&[(name, value)]).is_empty(), "{name}");
        }
    }

    #[test]
    fn the_scheme_of_the_endpoint_decides_about_tls() {
        for name in ["OTEL_EXPORTER_OTLP_INSECURE", "OTEL_EXPORTER_OTLP_METRICS_INSECURE"] {
            for (endpoint, value, is_named) in [
                ("https://h", "true", true),
                ("http://h", "false", true),
                ("https://h", "false", false),
                ("http://h", "TRUE", false),
            ] {
                let shown = shown(&[("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint), (name, value)]);
                assert_eq!(shown.len(), usize::from(is_named), "{name} {endpoint} {value}");
            }
        }
    }

    #[test]
    fn a_choice_that_nobody_has_is_an_error() {
        let error = Config::from_variables(|name| (name == "OTEL_METRICS_EXEMPLAR_FILTER").then_some("off"));
        assert_eq!(
            error.unwrap_err().to_string(),
            "OTEL_METRICS_EXEMPLAR_FILTER is \"off\"; write `always_off`, `trace_based` or `always_on`"
        );
    }
}
