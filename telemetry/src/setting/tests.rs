//! Feeds every setting of every back end the same wrong values, by every way in: variables, files and
//! setters.

use crate::log::Format;
use crate::pipeline::Config as Pipeline;
use crate::{Registry, otlp, prometheus, statsd};
use Kind::{
    Attribute, AttributeTable, Attributes, Choice, Count, Direct, Duration, File, Flag, Host, Limit, Listen,
    Name, Never, Pairs, Path, Period, Port, Proxy, Switch, Table, Tag, Target, Url, Whole,
};

/// The kind of a setting's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Url,
    Target,
    Host,
    /// The URL of a proxy.
    Proxy,
    /// A host that is reached without it.
    Direct,
    Port,
    Listen,
    Path,
    Choice,
    Switch,
    /// A switch of any spelling.
    Flag,
    Period,
    Limit,
    Duration,
    Whole,
    Count,
    /// Percent-encoded headers.
    Pairs,
    /// Percent-encoded attributes.
    Attributes,
    /// Headers, labels and tags.
    Table,
    AttributeTable,
    File,
    Name,
    /// Any text.
    Attribute,
    /// Any text of 200 characters.
    Tag,
    /// None of the wrong values.
    Never,
}

/// Values that most settings reject, and the kinds that accept them. A text is taken by `Attribute` unless it
/// has a control character, and by `Tag` unless it is long too.
const VALUES: &[(&str, &[Kind])] = &[
    ("http://127.0.0.1:431800", &[]),
    ("http://h:0", &[]),
    ("http://h:", &[]),
    ("http://h:80x", &[]),
    ("http://h:+80", &[]),
    ("http://h:-1", &[]),
    ("http://h: 80", &[]),
    ("http://", &[]),
    ("http:///v1/metrics", &[]),
    ("http://u:s3cret@h:4318", &[Proxy]),
    ("http://s3cret@h", &[Proxy]),
    ("http://u:/s3cret@h", &[Proxy]),
    ("http://u:s3cret@@h", &[Proxy]),
    ("u:s3cret@h", &[Proxy]),
    ("ftp://h", &[]),
    ("http//h", &[]),
    ("http:/h", &[]),
    ("://h", &[]),
    ("h h", &[]),
    ("http://h h", &[]),
    ("http://h\nX-Evil: 1", &[]),
    ("h\0", &[]),
    ("a\u{1b}[31mb", &[]),
    ("http://h#s3cret", &[]),
    ("http://[::1", &[]),
    ("http://::1:4318", &[]),
    ("http://[::g]", &[]),
    ("http://[127.0.0.1]", &[]),
    ("http://256.1.1.1", &[]),
    ("http://10.0.0.1.", &[]),
    ("http://1", &[]),
    ("http://a..b", &[]),
    ("http://\u{fc}.example", &[]),
    ("http://h/a b", &[]),
    ("http://h/%zz", &[]),
    ("http://h/../x", &[]),
    ("http://h\\path", &[]),
    ("http://h?k=\"s3cret\"", &[Attributes, AttributeTable]),
    ("udp://h:99999", &[]),
    ("udp://:8125", &[]),
    ("udp://h/path", &[]),
    ("udp://h?k=s3cret", &[Attributes, AttributeTable]),
    ("unix://relative", &[]),
    ("unix:///", &[]),
    ("tcp://h:1", &[]),
    ("h:1:2", &[]),
    ("localhost:4318", &[Listen, Proxy, Direct]),
    ("[::1]:0", &[Listen]),
    (":9464", &[]),
    ("99999", &[Period, Limit, Name, Count]),
    ("18446744073709551616", &[Name]),
    ("-1", &[Host, Proxy, Direct, Name]),
    ("+1", &[]),
    ("0", &[Limit, Name, Flag]),
    ("1.5", &[Name]),
    ("1e3", &[Host, Proxy, Direct, Name, Whole, Count]),
    ("0x10", &[Host, Proxy, Direct, Name]),
    ("NaN", &[Host, Proxy, Direct, Name]),
    ("inf", &[Host, Proxy, Direct, Name]),
    ("yes", &[Host, Proxy, Direct, Name, Flag]),
    ("0s", &[Host, Proxy, Direct, Name]),
    ("-5s", &[Host, Proxy, Direct, Name]),
    ("5 parsecs", &[]),
    ("s3cret", &[Host, Proxy, Direct, Name]),
    ("=s3cret", &[]),
    ("a=s3cret%zz", &[Table, AttributeTable]),
    ("a=s3cret%ff", &[Table, AttributeTable]),
    ("/metrics?k=s3cret", &[Attributes, AttributeTable]),
    ("/a/../b", &[Target]),
    ("/a#b", &[Target]),
    ("/none/such", &[Path, Target]),
];

/// Returns a valid value of each kind, for the tests of trimming.
fn right(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Url => "http://h:4318",
        Target => "udp://h:99",
        Host | Direct => "h",
        Proxy => "http://h:3128",
        Port => "99",
        Listen => "127.0.0.1:0",
        Path => "/numbers",
        Switch | Flag => "TRUE",
        Period | Limit => "1234",
        Duration => "7s",
        Whole | Count => "512",
        Pairs | Attributes | Table | AttributeTable => "a=b",
        Name => "svc",
        Attribute | Tag => "prod",
        File => concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
        Choice | Never => return None,
    })
}

/// Returns the `Debug` output of what a value makes, or its error.
type Way = Box<dyn Fn(&str) -> Result<String, String>>;

struct Setting {
    /// Its name in errors.
    name: String,
    kind: Kind,
    way: Way,
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn checked_otlp(config: &otlp::Config) -> Result<String, String> {
    config.start_error().map_or_else(|| Ok(format!("{config:?}")), |error| Err(text(error)))
}

fn checked_statsd(config: &statsd::Config) -> Result<String, String> {
    config.start_error().map_or_else(|| Ok(format!("{config:?}")), |error| Err(text(error)))
}

/// Does what a start of all back ends does, short of their threads.
fn checked_pipeline(config: &Pipeline) -> Result<String, String> {
    config.registry().map_err(text)?;
    checked_otlp(&config.otlp.config().map_err(text)?)?;
    checked_statsd(&config.statsd.config().map_err(text)?)?;
    Ok(format!("{config:?}"))
}

const OTLP: &[(&str, Kind)] = &[
    ("OTEL_EXPORTER_OTLP_ENDPOINT", Url),
    ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", Url),
    ("OTEL_EXPORTER_OTLP_PROTOCOL", Choice),
    ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", Choice),
    ("OTEL_EXPORTER_OTLP_HEADERS", Pairs),
    ("OTEL_EXPORTER_OTLP_METRICS_HEADERS", Pairs),
    ("OTEL_EXPORTER_OTLP_TIMEOUT", Limit),
    ("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", Limit),
    ("OTEL_EXPORTER_OTLP_COMPRESSION", Choice),
    ("OTEL_EXPORTER_OTLP_METRICS_COMPRESSION", Choice),
    ("OTEL_EXPORTER_OTLP_CERTIFICATE", File),
    ("OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE", File),
    ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", Never),
    ("OTEL_EXPORTER_OTLP_CLIENT_KEY", Never),
    ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", Choice),
    ("OTEL_METRIC_EXPORT_INTERVAL", Period),
    ("OTEL_METRIC_EXPORT_TIMEOUT", Limit),
    ("OTEL_SERVICE_NAME", Attribute),
    ("OTEL_RESOURCE_ATTRIBUTES", Attributes),
    ("OTEL_SDK_DISABLED", Switch),
    ("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", Choice),
    ("OTEL_METRICS_EXEMPLAR_FILTER", Choice),
    ("OTEL_EXPORTER_OTLP_INSECURE", Switch),
    ("OTEL_EXPORTER_OTLP_METRICS_INSECURE", Switch),
    ("OTEL_LOG_LEVEL", Attribute),
    ("OTEL_CONFIG_FILE", Attribute),
    ("OTEL_EXPERIMENTAL_CONFIG_FILE", Attribute),
    ("OTEL_ENTITIES", Attribute),
    ("OTEL_METRICS_EXPORTER", Attribute),
];

/// Variables of a proxy.
const PROXIES: &[&str] = &["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];

const STATSD: &[(&str, Kind)] = &[
    ("DD_DOGSTATSD_URL", Target),
    ("DD_AGENT_HOST", Host),
    ("DD_DOGSTATSD_PORT", Port),
    ("STATSD_HOST", Host),
    ("STATSD_PREFIX", Name),
    ("DD_ENTITY_ID", Attribute),
    ("DD_ENV", Attribute),
    ("DD_SERVICE", Attribute),
    ("DD_VERSION", Attribute),
    ("DD_TAGS", Attribute),
    ("DATADOG_TAGS", Attribute),
    ("DD_EXTERNAL_ENV", Attribute),
    ("DD_ORIGIN_DETECTION_ENABLED", Flag),
    ("DD_CARDINALITY", Choice),
    ("DATADOG_CARDINALITY", Choice),
];

/// The keys of a configuration, by section.
const KEYS: &[(&str, &str, Kind)] = &[
    ("", "backends", Choice),
    ("", "constant_labels", Table),
    ("log", "format", Choice),
    ("log", "summary", Duration),
    ("prometheus", "listen", Listen),
    ("prometheus", "path", Path),
    ("prometheus", "created_samples", Flag),
    ("otlp", "endpoint", Url),
    ("otlp", "protocol", Choice),
    ("otlp", "temporality", Choice),
    ("otlp", "exponential_histograms", Flag),
    ("otlp", "compression", Choice),
    ("otlp", "interval", Duration),
    ("otlp", "timeout", Duration),
    ("otlp", "batch_points", Count),
    ("otlp", "headers", Table),
    ("otlp", "service_name", Attribute),
    ("otlp", "resource_attributes", AttributeTable),
    ("otlp", "ca_certificate", File),
    ("otlp", "proxy", Proxy),
    ("otlp", "no_proxy", Direct),
    ("statsd", "target", Target),
    ("statsd", "dialect", Choice),
    ("statsd", "histograms", Choice),
    ("statsd", "interval", Duration),
    ("statsd", "prefix", Name),
    ("statsd", "tags", Table),
    ("statsd", "origin_detection", Flag),
    ("statsd", "container_id", Attribute),
    ("statsd", "external_data", Attribute),
    ("statsd", "cardinality", Choice),
    ("statsd", "max_datagram", Whole),
    ("statsd", "sample_rate", Never),
];

fn variables() -> Vec<Setting> {
    let of_otlp = OTLP.iter().map(|(name, kind)| {
        let way: Way = Box::new(move |value| {
            let config = otlp::Config::from_variables(|variable| (variable == *name).then_some(value));
            checked_otlp(&config.map_err(text)?)
        });
        Setting { name: (*name).to_owned(), kind: *kind, way }
    });
    let of_proxies = PROXIES.iter().map(|name| {
        let way: Way = Box::new(move |value| {
            let config = otlp::Config::from_variables(|variable| (variable == *name).then_some(value));
            checked_otlp(&config.map_err(text)?.endpoint("http://collector.example"))
        });
        Setting { name: (*name).to_owned(), kind: Proxy, way }
    });
    let of_statsd = STATSD.iter().map(|(name, kind)| {
        let way: Way = Box::new(move |value| {
            let config = statsd::Config::from_variables(|variable| (variable == *name).then_some(value));
            checked_statsd(&config.map_err(text)?)
        });
        Setting { name: (*name).to_owned(), kind: *kind, way }
    });
    let of_pipeline = KEYS.iter().map(|(section, key, kind)| {
        let name = format!("TELEMETRY_{section}_{key}").replace("__", "_").to_uppercase();
        let variable = name.clone();
        let way: Way = Box::new(move |value| {
            checked_pipeline(&Pipeline::from_vars([(variable.as_str(), value)]).map_err(text)?)
        });
        Setting { name, kind: *kind, way }
    });
    let standard: Way = Box::new(|value| {
        checked_pipeline(&Pipeline::from_vars([("OTEL_METRICS_EXPORTER", value)]).map_err(text)?)
    });
    let standard = Setting { name: "OTEL_METRICS_EXPORTER".to_owned(), kind: Choice, way: standard };
    of_otlp.chain(of_proxies).chain(of_statsd).chain(of_pipeline).chain([standard]).collect()
}

/// Returns the settings of a file, in which numbers and tables have types of their own.
fn keys() -> Vec<Setting> {
    let keys = KEYS.iter().map(|(section, key, kind)| {
        let kind = match kind {
            Table | AttributeTable | Whole | Count | Flag | Direct => Never,
            kind => *kind,
        };
        let way: Way = Box::new(move |value| {
            let mut table = toml::Table::from_iter([((*key).to_owned(), toml::Value::from(value))]);
            if !section.is_empty() {
                table = toml::Table::from_iter([((*section).to_owned(), table.into())]);
            }
            // A parser adds where in the file it is: see `message` of `toml`'s error.
            let config =
                table.try_into().map_err(|error: toml::de::Error| format!("{key}: {}", error.message()));
            checked_pipeline(&config?)
        });
        Setting { name: (*key).to_owned(), kind, way }
    });
    keys.collect()
}

fn setter(name: &str, kind: Kind, way: impl Fn(&str) -> Result<String, String> + 'static) -> Setting {
    Setting { name: name.to_owned(), kind, way: Box::new(way) }
}

fn setters() -> Vec<Setting> {
    let otlp = otlp::Config::default;
    let statsd = statsd::Config::default;
    vec![
        setter("OTLP endpoint", Url, move |value| checked_otlp(&otlp().endpoint(value))),
        setter("OTLP endpoint", Url, move |value| checked_otlp(&otlp().metrics_endpoint(value))),
        setter("OTLP headers", Attribute, move |value| checked_otlp(&otlp().header("a", value))),
        setter("OTLP proxy", Proxy, move |value| checked_otlp(&otlp().proxy(value))),
        setter("OTLP no_proxy", Direct, move |value| checked_otlp(&otlp().no_proxy([value]))),
        setter("service.name", Attribute, move |value| checked_otlp(&otlp().service_name(value))),
        setter("`zone`", Attribute, move |value| checked_otlp(&otlp().resource_attribute("zone", value))),
        setter("statsd target", Target, move |value| checked_statsd(&statsd().target(value))),
        setter("statsd container_id", Attribute, move |value| {
            checked_statsd(&statsd().dialect(statsd::Dialect::DogStatsd).container_id(value))
        }),
        setter("statsd external_data", Attribute, move |value| {
            checked_statsd(&statsd().dialect(statsd::Dialect::DogStatsd).external_data(value))
        }),
        setter("statsd prefix", Name, move |value| checked_statsd(&statsd().prefix(value))),
        setter("statsd tag \"env\"", Tag, move |value| {
            checked_statsd(&statsd().dialect(statsd::Dialect::DogStatsd).tag("env", value))
        }),
        setter("Prometheus path", Path, |value| {
            // The address is taken in no case: nothing listens in this test.
            let config = prometheus::Config::default().path(value.to_owned()).max_connections(0);
            match config.clone().serve("127.0.0.1:0", &Registry::new()).map_err(text).unwrap_err() {
                later if later.starts_with("Prometheus max_connections") => Ok(format!("{config:?}")),
                error => Err(error),
            }
        }),
        setter("path", Path, |value| {
            let handler = prometheus::Handler::new(&Registry::new()).with_path(value.to_owned());
            handler.map(|_| String::new()).map_err(text)
        }),
        setter("page", Path, |value| {
            let handler = prometheus::Handler::new(&Registry::new()).with_page(value.to_owned());
            handler.map(|_| String::new()).map_err(text)
        }),
    ]
}

fn is_taken(kind: Kind, value: &str, by: &[Kind]) -> bool {
    let is_plain = !value.chars().any(char::is_control);
    match kind {
        Attribute => is_plain,
        Tag => is_plain && value.len() < 190,
        kind => by.contains(&kind),
    }
}

/// Says what is wrong with what a setting makes of a value.
fn mistake(setting: &Setting, value: &str, by: &[Kind]) -> Option<String> {
    let Setting { name, kind, way } = setting;
    let is_taken = is_taken(*kind, value, by);
    let shown = match way(value) {
        Ok(_) if !is_taken => return Some("is taken".to_owned()),
        Ok(shown) => shown,
        Err(error) if is_taken => return Some(format!("is rejected: {error}")),
        // An error that only a start can find has the name of its key.
        Err(error) if !error.contains(name.as_str()) && !error.starts_with("otlp.ca_certificate") => {
            return Some(format!("has no name: {error}"));
        }
        Err(error) if error.len() < name.len() + 10 => return Some(format!("has no reason: {error}")),
        Err(error) if error.len() > 700 => return Some(format!("is long: {error}")),
        Err(error) if error.chars().any(char::is_control) => return Some(format!("is shown raw: {error}")),
        Err(error) => error,
    };
    let is_pair = matches!(kind, Pairs | Attributes | Table | AttributeTable) && !is_taken;
    let is_secret = (is_pair || value.contains(['@', '?'])) && value.contains("s3cret");
    (is_secret && shown.contains("s3cret")).then(|| format!("is shown: {shown}"))
}

#[test]
fn every_setting_rejects_the_same_wrong_values_by_every_way_in() {
    assert!(VALUES.len() >= 40);
    let long = "x".repeat(70_000);
    let mut mistakes = Vec::new();
    for setting in variables().into_iter().chain(keys()).chain(setters()) {
        for (value, by) in VALUES.iter().copied().chain([(long.as_str(), &[Name][..])]) {
            if let Some(mistake) = mistake(&setting, value, by) {
                mistakes.push(format!("{} = {:.80?} {mistake}", setting.name, value));
            }
        }
    }
    assert!(mistakes.is_empty(), "{} mistakes:\n{}", mistakes.len(), mistakes.join("\n"));
}

#[test]
fn every_key_of_the_pipeline_is_among_them() {
    let known: Vec<String> = ["LOG", "PROMETHEUS", "OTLP", "STATSD"]
        .into_iter()
        .flat_map(|section| {
            let unknown = Pipeline::from_vars([(format!("TELEMETRY_{section}_NONE_SUCH"), "1")]);
            let error = unknown.unwrap_err().to_string();
            let (_, keys) = error.split_once(", expected ").unwrap();
            let keys = keys.trim_start_matches("one of ").replace(" or ", ", ");
            let keys: Vec<_> = keys.split(", ").map(|key| key.trim_matches('`').to_owned()).collect();
            keys.into_iter().map(move |key| format!("{}.{key}", section.to_lowercase()))
        })
        .collect();
    let tried = KEYS.iter().filter(|(section, ..)| !section.is_empty());
    let tried: Vec<_> = tried.map(|(section, key, _)| format!("{section}.{key}")).collect();
    assert_eq!(known, tried);
}

#[test]
fn values_are_trimmed_everywhere() {
    for Setting { name, kind, way } in variables().into_iter().chain(keys()).chain(setters()) {
        let Some(value) = right(kind) else { continue };
        let plain = way(value).unwrap_or_else(|error| panic!("{name} = {value:?}: {error}"));
        if matches!(name.as_str(), "path" | "page" | "Prometheus path") {
            continue; // A path that a program writes is taken byte by byte.
        }
        let blank = way(&format!(" \t{value}\r\n")).unwrap_or_else(|error| panic!("{name}: {error}"));
        let unblank = blank.replace(&format!(" \\t{value}\\r\\n"), value);
        assert_eq!(unblank, plain, "{name}");
    }
}

#[test]
fn choices_are_read_without_regard_to_case() {
    let read = |name: &str, value: &str| Pipeline::from_vars([(name, value)]).unwrap();
    let formats: Vec<_> = Format::ALL.iter().map(|format| format.name()).collect();
    for (name, values) in [
        ("OTEL_METRICS_EXPORTER", vec!["otlp", "prometheus", "console", "none"]),
        ("TELEMETRY_BACKENDS", vec!["noop", "log", "prometheus", "otlp", "statsd"]),
        ("TELEMETRY_LOG_FORMAT", formats),
        ("TELEMETRY_OTLP_PROTOCOL", vec!["grpc", "http/protobuf"]),
        ("TELEMETRY_OTLP_TEMPORALITY", vec!["cumulative", "delta"]),
        ("TELEMETRY_OTLP_COMPRESSION", vec!["none", "gzip"]),
        ("TELEMETRY_STATSD_DIALECT", vec!["plain", "dogstatsd"]),
        ("TELEMETRY_STATSD_CARDINALITY", vec!["none", "low", "orchestrator", "high"]),
        ("TELEMETRY_STATSD_ORIGIN_DETECTION", vec!["true", "false", "yes", "off"]),
        ("TELEMETRY_STATSD_HISTOGRAMS", vec!["milliseconds", "histogram", "distribution"]),
    ] {
        for value in values {
            assert_eq!(read(name, &value.to_uppercase()), read(name, value), "{name}");
            assert_ne!(read(name, value), Pipeline::default(), "{name}");
        }
    }
}

/// An empty variable counts as not set; what a file or a setter leaves empty is a mistake, but for a prefix.
#[test]
fn an_empty_variable_is_not_set() {
    for Setting { name, way, .. } in variables() {
        for empty in ["", " ", "\n"] {
            assert!(way(empty).is_ok(), "{name} = {empty:?}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_utf_8_is_an_error_that_names_it() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;
    let junk = || OsString::from_vec(b"a\xff".to_vec());
    let mut errors = Vec::new();
    for (name, _) in OTLP {
        let read = otlp::Config::from_variables(|variable| (variable == *name).then(junk));
        errors.push((*name, read.map(drop).unwrap_err()));
    }
    for (name, _) in STATSD {
        let read = statsd::Config::from_variables(|variable| (variable == *name).then(junk));
        errors.push((*name, read.map(drop).unwrap_err()));
    }
    for name in ["TELEMETRY_BACKENDS", "TELEMETRY_OTLP_ENDPOINT", "OTEL_METRICS_EXPORTER"] {
        errors.push((name, Pipeline::from_vars([(name, junk())]).map(drop).unwrap_err()));
    }
    for (name, error) in errors {
        assert_eq!(error.to_string(), format!("{name}: it is not UTF-8"));
    }
}

#[test]
fn numbers_and_times_outside_their_range_are_errors_and_not_the_nearest_that_is_allowed() {
    use std::time::Duration;
    let zero = Duration::ZERO;
    let two_days = Duration::from_hours(48);
    let otlp = otlp::Config::default;
    for config in [
        otlp().interval(zero),
        otlp().interval(two_days),
        otlp().batch_points(0),
        otlp().timeout(zero),
        otlp().export_timeout(zero),
        otlp().resource_attribute(" ", "x"),
        otlp().header("a b", "x"),
    ] {
        assert!(config.start_error().unwrap().to_string().starts_with("OTLP "), "{config:?}");
    }
    assert!(otlp().timeout(Duration::MAX).export_timeout(Duration::MAX).start_error().is_none());
    let statsd = statsd::Config::default;
    for config in [
        statsd().interval(zero),
        statsd().interval(two_days),
        statsd().max_datagram(63),
        statsd().max_datagram(65_508),
        statsd().ring(15),
        statsd().ring(1000),
        statsd().ring(1 << 21),
        statsd().sample_rate(0.0),
        statsd().sample_rate(f64::NAN),
        statsd().sample_rate(1.1),
        statsd().dialect(statsd::Dialect::DogStatsd).tag(" ", "x"),
    ] {
        assert!(config.start_error().unwrap().to_string().starts_with("statsd "), "{config:?}");
    }
    let server = prometheus::Config::default;
    for config in [
        server().max_connections(0),
        server().max_connections(usize::MAX),
        server().header_timeout(zero),
        server().render_timeout(zero),
        server().deadline(zero),
    ] {
        let error = config.clone().serve("127.0.0.1:0", &Registry::new()).unwrap_err().to_string();
        assert!(error.starts_with("Prometheus "), "{error}");
    }
}

#[test]
fn opentelemetrys_variables_say_where_prometheus_scrapes() {
    use super::Variables;
    use crate::pipeline::standard_listen;
    let listen = |variables: &'static [(&str, &str)]| {
        standard_listen(Variables(&|name| {
            variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).into())
        }))
    };
    assert_eq!(listen(&[]).unwrap(), "localhost:9464");
    let both = &[("OTEL_EXPORTER_PROMETHEUS_HOST", "::"), ("OTEL_EXPORTER_PROMETHEUS_PORT", " 0 ")];
    assert_eq!(listen(both).unwrap(), "[::]:0");
    let error = listen(&[("OTEL_EXPORTER_PROMETHEUS_PORT", "94640")]).unwrap_err().to_string();
    assert_eq!(error, "OTEL_EXPORTER_PROMETHEUS_PORT is \"94640\"; write a number from 0 to 65535");
    let error = listen(&[("OTEL_EXPORTER_PROMETHEUS_HOST", "h:1")]).unwrap_err().to_string();
    assert!(error.contains("it has a port, which is a setting of its own"), "{error}");
}

#[test]
fn a_message_leaves_out_what_may_be_a_secret() {
    use super::redacted;
    for (text, shown) in [
        ("http://h:1/a", "http://h:1/a"),
        ("http://u:p@h:1", "http://..@h:1"),
        ("http://u:p/@@h", "http://..@h"),
        ("http://h/?key=1&k=a@b", "http://.."),
        ("http://u:p?q@h", "http://.."),
        ("http://u:p@h?key=a@b", "http://.."),
        ("http://u:p@h?key=1", "http://..@h?.."),
        ("u:p@h://x@y", "..@y"),
        ("h?key=1://a@b", ".."),
        ("http://h/a?key=1", "http://h/a?.."),
        ("u:p@h", "..@h"),
        (r"-----BEGIN PRIVATE KEY-----\nabc", ".."),
    ] {
        assert_eq!(redacted(text), shown, "{text}");
    }
}

#[test]
fn debug_output_leaves_a_secret_out_of_each_text() {
    use super::Redacted;
    let pairs = |pairs: &[(&str, &str)]| format!("{:?}", Redacted(&Some(pairs)));
    for (given, shown) in [
        (&[("a", "b"), ("c\"", "d\\\"")][..], r#"Some([("a", "b"), ("c\"", "d\\\"")])"#),
        (&[("a", "u:p@h"), ("b", "http://u:p@h")], r#"Some([("..", ".."), ("..", "http://..@h")])"#),
        (&[("http://u:p", "w@h"), ("b", "c")], r#"Some([("..", "..@h"), ("b", "c")])"#),
        (&[("a", "b"), ("http://h?k", "1")], r#"Some([("a", "b"), ("http://h?..", "..")])"#),
        (&[("a", "x?k=\"1\""), ("b", "c")], r#"Some([("a", "x?.."), ("..", "..")])"#),
    ] {
        assert_eq!(pairs(given), shown);
    }
    let config = otlp::Config::default()
        .resource_attribute("first", "u:s3cret@h")
        .resource_attribute("second", "http://h")
        .resource_attribute("third", "http://u:s3cret@h");
    let shown = format!("{config:?}");
    assert!(!shown.contains("s3cret"), "{shown}");
}
