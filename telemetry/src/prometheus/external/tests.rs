//! Tests that the text of other crates is converted, or left out with a reason.

use super::*;
use crate::metrics;
use crate::prometheus::lines::{push_all, push_label};
use crate::prometheus::render;
use crate::registry::exposition::line::{self, Dialect};
use proptest::prelude::*;
use std::sync::{Arc, Mutex};

#[metrics(namespace = "inner", mock(cfg(any())))]
trait Inner {
    /// Jobs with "quotes" and \\.
    #[counter]
    fn jobs(&self, #[label(cap = 8)] queue: &str);

    /// Load.
    #[gauge]
    fn set_load(&self, load: f64);

    /// Time taken.
    #[histogram(buckets = [0.5, 1.0], unit = seconds)]
    fn took(&self, #[label(cap = 8)] queue: &str, seconds: f64);
}

proptest! {
    #[test]
    fn lines_of_our_encoder_are_read_back(a in any::<String>(), b in "[\"\\\\\n,}n x]{0,20}") {
        let mut written = [String::new(), String::new()];
        push_label(&mut written[0], "a", &a);
        push_label(&mut written[1], "b", &b);
        let text = format!("x{{{}}} 1", written.join(","));
        for dialect in [Dialect::Text, Dialect::OpenMetrics] {
            let Ok(line::Line::Sample(reading)) = line::parse(&text, dialect) else { unreachable!("{text}") };
            let back = reading.labels.iter().map(|label| format!("{}=\"{}\"", label.name, label.value));
            prop_assert_eq!(back.collect::<Vec<_>>(), written.to_vec());
            prop_assert_eq!(reading.value, "1");
        }
    }

    #[test]
    fn the_text_of_another_registry_comes_through(texts: [String; 3], load: u64, seconds: f64) {
        let inner = Registry::new();
        let Ok(metrics) = inner.register::<dyn Inner>() else { unreachable!("one surface") };
        for text in &texts {
            metrics.jobs(text);
            metrics.took(text, seconds);
        }
        metrics.set_load(f64::from_bits(load));
        let written = external(&inner);
        for format in [Format::Text, Format::OpenMetrics] {
            let source = render(&inner, format);
            let registry = joined(&[&source]);
            let [text, open_metrics] = external(&registry);
            prop_assert_eq!(&text, &written[0]);
            let expected = match format {
                // The text format has no units and no starts.
                Format::Text => {
                    let starts = ["# UNIT ", "inner_jobs_created", "inner_took_seconds_created"];
                    without(&written[1], &starts)
                }
                Format::OpenMetrics => written[1].clone(),
            };
            prop_assert_eq!(&open_metrics, &expected);
        }
    }
}

fn without(text: &str, starts: &[&str]) -> String {
    let lines = text.split_inclusive('\n').filter(|line| !starts.iter().any(|start| line.starts_with(start)));
    lines.collect()
}

fn joined(sources: &[&str]) -> Registry {
    let registry = Registry::new();
    for source in sources {
        let source = (*source).to_owned();
        registry.join(move || source.clone());
    }
    registry
}

/// Returns the external part in each format, without the end mark.
fn external(registry: &Registry) -> [String; 2] {
    [Format::Text, Format::OpenMetrics].map(|format| {
        let text = render(registry, format);
        let own = ["", "# TYPE ", "# HELP "].map(|start| format!("{start}telemetry_"));
        let left_out = ["# EOF", &own[0], &own[1], &own[2]];
        without(&text, &left_out)
    })
}

fn rejected(registry: &Registry, reason: &str) -> u64 {
    let text = render(registry, Format::Text);
    let name = format!("telemetry_rejected_expositions_total{{reason=\"{reason}\"}} ");
    let mut counts = text.lines().filter_map(|line| line.strip_prefix(&name)?.parse().ok());
    counts.next().unwrap_or(u64::MAX)
}

#[test]
fn text_becomes_open_metrics() {
    let source = r#"# A comment.
# HELP a_total Says "a\\b"\nin two lines.
# TYPE a_total counter
a_total{x="1\"\\\n}",} 1 1500
	a_total { x = "2" }	+2.50e3  -7
# TYPE bare counter
bare 3

# TYPE free untyped
free -inf
implied nan 60000
# TYPE h histogram
h_bucket{le="1",a="x"} 1
h_bucket{le="+Inf",a="x"} 2
h_bucket{le="+Inf",a="y"} 0
h_sum{a="x"} 3
h_count{a="x"} 2
# TYPE s summary
# HELP s
s{quantile="0.5"} 1
s_sum 1
s_count 1
# TYPE empty gauge
"#;
    let [text, open_metrics] = external(&joined(&[source]));
    let expected = r#"# HELP a_total Says "a\\b"\nin two lines.
# TYPE a_total counter
a_total{x="1\"\\\n}"} 1 1500
a_total{x="2"} +2.50e3 -7
# TYPE bare counter
bare 3
# TYPE free untyped
free -Inf
# TYPE implied untyped
implied NaN 60000
# TYPE h histogram
h_bucket{le="1",a="x"} 1
h_bucket{le="+Inf",a="x"} 2
h_sum{a="x"} 3
h_count{a="x"} 2
h_bucket{le="+Inf",a="y"} 0
# TYPE s summary
s{quantile="0.5"} 1
s_sum 1
s_count 1
"#;
    assert_eq!(text, expected);
    let expected = r#"# TYPE a counter
# HELP a Says \"a\\b\"\nin two lines.
a_total{x="1\"\\\n}"} 1 1.500
a_total{x="2"} +2.50e3 -0.007
# TYPE bare unknown
bare 3
# TYPE free unknown
free -Inf
# TYPE implied unknown
implied NaN 60
# TYPE h histogram
h_bucket{le="1",a="x"} 1
h_bucket{le="+Inf",a="x"} 2
h_sum{a="x"} 3
h_count{a="x"} 2
h_bucket{le="+Inf",a="y"} 0
# TYPE s summary
s{quantile="0.5"} 1
s_sum 1
s_count 1
"#;
    assert_eq!(open_metrics, expected);
}

#[test]
fn open_metrics_becomes_text() {
    let source = r#"# HELP a_seconds Says \"a\\b\" and "c".
# TYPE a_seconds counter
# UNIT a_seconds seconds
a_seconds_total{x="1"} 1 1.5 # {trace="\" # "} 0.5 1.25
a_seconds_created{x="1"} 1520430000.123 1.5
# TYPE h histogram
h_bucket{le="+Inf"} 2 # {trace="x"} 0.5
h_count 2
h_sum 3
h_created 5
# TYPE build info
build_info{version="1"} 1
# TYPE state stateset
state{state="on"} 1
state{state="off"} 0
# TYPE u unknown
u 0.5 1520430000.1234
# TYPE g gaugehistogram
g_bucket{le="+Inf"} 1
g_gcount 1
g_gsum 1
# EOF
"#;
    let [text, open_metrics] = external(&joined(&[source]));
    let expected = r#"# HELP a_seconds_total Says "a\\b" and "c".
# TYPE a_seconds_total counter
a_seconds_total{x="1"} 1 1500
# TYPE h histogram
h_bucket{le="+Inf"} 2
h_count 2
h_sum 3
# TYPE build_info gauge
build_info{version="1"} 1
# TYPE state gauge
state{state="on"} 1
state{state="off"} 0
# TYPE u untyped
u 0.5 1520430000123
"#;
    assert_eq!(text, expected);
    let metadata = "# TYPE a_seconds counter\n# UNIT a_seconds seconds\n\
                    # HELP a_seconds Says \\\"a\\\\b\\\" and \\\"c\\\".\n";
    let (_, rest) = source.split_once("seconds seconds\n").unwrap_or_default();
    assert_eq!(open_metrics, format!("{metadata}{rest}").replace("# EOF\n", ""));
}

#[test]
fn a_source_that_does_not_parse_is_left_out_as_a_whole() {
    let registry = joined(&["a 1\nb{x=\"\n\"} 1\n", "c 1\n"]);
    assert_eq!(rejected(&registry, "syntax"), 0);
    let [text, open_metrics] = external(&registry);
    assert_eq!(text, "# TYPE c untyped\nc 1\n");
    assert_eq!(open_metrics, "# TYPE c unknown\nc 1\n");
    assert_eq!([rejected(&registry, "syntax"), rejected(&registry, "clash")], [1, 0]);
}

#[test]
fn a_family_whose_names_are_taken_is_left_out_alone() {
    let ours =
        "telemetry_dropped_created 1\n# TYPE telemetry_dropped_total counter\ntelemetry_dropped_total 1\n";
    let counter = "# TYPE a_total counter\na_total 1\n";
    let gauges = "a 1\nb 1\n";
    let histogram = "# TYPE b histogram\nb_bucket{le=\"+Inf\"} 1\nb_sum 1\nb_count 1\nc 1\nb_max 1\n";
    let registry = joined(&[ours, counter, gauges, histogram]);
    let [text, _] = external(&registry);
    let expected = "# TYPE a_total counter\na_total 1\n# TYPE b untyped\nb 1\n# TYPE c untyped\nc 1\n\
                    # TYPE b_max untyped\nb_max 1\n";
    assert_eq!(text, expected);
    assert_eq!(rejected(&registry, "syntax"), 0);
    // `a` and `b`; ours are there, from ourselves.
    assert_eq!(rejected(&registry, "clash"), 2);
}

const REASONS: [&str; 3] = ["syntax", "clash", "malformed"];

#[test]
fn a_loss_counts_once_until_it_is_gone_and_returns() {
    let text = Arc::new(Mutex::new(String::new()));
    let (registry, read) = (Registry::new(), text.clone());
    registry.join(|| "a 1\n".to_owned());
    registry.join(move || {
        let text = read.lock().map(|text| text.clone()).unwrap_or_default();
        if text == "panic" { std::panic::resume_unwind(Box::new("on purpose")) } else { text }
    });
    let all_wrong = "a 1\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\n";
    for (next, expected) in [
        ("", [0, 0, 0]),
        (all_wrong, [0, 1, 1]),
        // Nobody knows of it what it would say.
        ("panic", [0, 1, 1]),
        (all_wrong, [0, 1, 1]),
        ("b 1\n", [0, 1, 1]),
        (all_wrong, [0, 2, 2]),
        ("a", [1, 2, 2]),
        ("another", [1, 2, 2]),
        ("a 1\n", [1, 3, 2]),
    ] {
        if let Ok(mut text) = text.lock() {
            next.clone_into(&mut text);
        }
        for _ in 0..3 {
            let _ = [render(&registry, Format::Text), render(&registry, Format::OpenMetrics)];
        }
        assert_eq!(REASONS.map(|reason| rejected(&registry, reason)), expected, "{next}");
    }
}

#[test]
fn a_metric_that_a_surface_has_now_is_no_loss() {
    let registry = Registry::new();
    let Ok(_metrics) = registry.register::<dyn Inner>() else { unreachable!("one surface") };
    let moved = "# TYPE inner_jobs_total counter\ninner_jobs_total{queue=\"a\"} 1\n\
                 # TYPE inner_load gauge\ninner_load 1\n\
                 # TYPE inner_took_seconds histogram\n\
                 inner_took_seconds_bucket{le=\"+Inf\"} 1\ninner_took_seconds_sum 1\n\
                 inner_took_seconds_count 1\n";
    registry.join(move || moved.to_owned());
    let others = "# TYPE inner_jobs gauge\ninner_jobs 1\n\
                  # TYPE inner_took_seconds gauge\ninner_took_seconds 1\n\
                  # TYPE inner_load_total counter\ninner_load_total 1\n";
    registry.join(move || others.to_owned());
    let _ = render(&registry, Format::Text);
    // Our counter exports no sample `inner_jobs`, our gauge none that ends in `_total`.
    assert_eq!(REASONS.map(|reason| rejected(&registry, reason)), [0, 3, 0]);
}

fn error(source: &str) -> Option<String> {
    check_exposition(source).err().map(|error| error.to_string())
}

#[test]
fn a_histogram_that_lacks_a_part_is_left_out_alone() {
    let whole = "h_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum 3\nh_count 2\n";
    let [inf, sum, count] = ["h_bucket{le=\"+Inf\"} 2\n", "h_sum 3\n", "h_count 2\n"];
    let no_inf = "series has no bucket `le=\"+Inf\"`, or a bucket after it";
    for (source, says) in [
        (whole.to_owned(), None),
        // As a signed one in OpenMetrics.
        (whole.replace(sum, "").replace(count, ""), None),
        (whole.replace(inf, ""), Some(no_inf)),
        (whole.replace("+Inf", "5"), Some(no_inf)),
        (format!("{sum}{count}"), Some(no_inf)),
        (whole.replace(sum, ""), Some("series has a count but no sum")),
        (whole.replace(count, ""), Some("series has a sum but no count")),
        (
            whole.replace("_count 2", "_count 3"),
            Some("count of the series differs from its bucket `le=\"+Inf\"`"),
        ),
        (
            whole.replace("\"1\"} 1", "\"1\"} 3"),
            Some("buckets of the series decrease, although each includes those before it"),
        ),
        (format!("h_bucket{{le=\"1.0\"}} 1\n{whole}"), Some("two buckets of the series have the same bound")),
        (whole.replace('2', "2.5"), Some("bucket or count is not a whole number from 0")),
    ] {
        let source = format!("# TYPE h histogram\n{source}a 1\n");
        let says = says.map(|says| format!(", `h`: {says}"));
        let found = error(&source);
        assert_eq!(
            found.as_deref().and_then(|text| text.find(',').map(|at| &text[at..])),
            says.as_deref(),
            "{source}"
        );
        let registry = joined(&[&source]);
        let [text, _] = external(&registry);
        assert_eq!((text.contains("h_bucket"), text.contains("\na 1\n")), (says.is_none(), true), "{source}");
        assert_eq!(rejected(&registry, "malformed"), u64::from(says.is_some()));
    }
}

/// A line that is wrong by itself, in the text format, and its error after `line 2, `.
const WRONG_LINES: &[(&str, &str)] = &[
    ("b{x=\"1} 1", "column 5, `b`: label value is not closed by a quote"),
    ("b{x=\"1\\t\"} 1", "column 7, `b`: `\\` in a label value is not followed by `\\`, a quote or `n`"),
    ("b{x=\"é\"y=\"2\"} 1", "column 8, `b`: `,` or `}` expected after the label"),
    ("b{x=1} 1", "column 5, `b`: quote expected before the label value"),
    ("b{x:y=\"1\"} 1", "column 4, `b`: `=` expected after the label name"),
    (
        "b{x=\"1\",,} 1",
        "column 9, `b`: label name expected: letters, digits and `_`, with no digit at the beginning",
    ),
    (
        "b{1=\"1\"} 1",
        "column 3, `b`: label name expected: letters, digits and `_`, with no digit at the beginning",
    ),
    ("b{__name__=\"c\"} 1", "column 3, `b`: label `__name__` is reserved for the metric name"),
    ("b{x=\"1\",x=\"2\"} 1", "column 15, `b`: two labels have the same name"),
    ("b", "column 2, `b`: value is not a number"),
    ("b{}1", "column 4, `b`: space expected before the value"),
    ("b one", "column 3, `b`: value is not a number"),
    ("b 1e999", "column 3, `b`: value is not a number"),
    ("b 1 x", "column 5, `b`: timestamp is not a whole number of milliseconds"),
    ("b 1 1 1", "column 7, `b`: unexpected text at the end of the line"),
    ("é 1", "column 1: metric name expected: letters, digits, `_` and `:`, with no digit at the beginning"),
    (
        "  1b 1",
        "column 3, `1b`: metric name expected: letters, digits, `_` and `:`, with no digit at the beginning",
    ),
    ("# TYPE b-c gauge", "column 9, `b`: unexpected text at the end of the line"),
    ("# TYPE b gauge x", "column 16, `b`: unexpected text at the end of the line"),
    (
        "# HELP b-c",
        "column 9, `b`: metric name expected: letters, digits, `_` and `:`, with no digit at the beginning",
    ),
    ("# TYPE b thing", "`b`: unknown metric type"),
    ("# EOF", "column 6: more lines follow `# EOF`"),
    ("a 2", "`a`: series occurs twice"),
    ("# TYPE a gauge", "`a`: `# TYPE` line is repeated, or follows a sample of the family"),
];

#[test]
fn an_error_names_the_line_the_column_and_the_reason() {
    for (line, expected) in WRONG_LINES {
        let source = format!("a 1\n{line}\nc 1\n");
        assert_eq!(error(&source), Some(format!("line 2, {expected}")), "{line:?}");
    }
}

#[test]
fn an_error_of_open_metrics_names_the_line_the_column_and_the_reason() {
    for (lines, expected) in [
        ("", "line 2, column 1: empty line, which OpenMetrics does not allow"),
        (
            " b 1",
            "line 2, column 1, `b`: metric name expected: letters, digits, `_` and `:`, \
             with no digit at the beginning",
        ),
        (
            "# said",
            "line 2, column 7: OpenMetrics has no comments except `# TYPE`, `# HELP`, `# UNIT` and `# EOF`",
        ),
        ("# UNIT b_s m", "line 2, column 13, `b_s`: name does not end in the unit"),
        ("b 1 x", "line 2, column 5, `b`: timestamp is not a number of seconds"),
        ("b 1 1e300", "line 2, column 5, `b`: timestamp is out of range"),
        ("b 1 #{} 1", "line 2, column 5, `b`: exemplar does not begin with `# {`"),
        ("b 1 # {}", "line 2, column 9, `b`: space expected after the labels of the exemplar"),
        ("b 1 # {} x", "line 2, column 10, `b`: exemplar value is not a number"),
        ("b 1 # {} 1", "line 2, `b`: exemplar on a sample that is neither a counter nor a bucket"),
        ("# HELP b x\n# HELP b y", "line 3, `b`: `# HELP` line is repeated"),
        ("# UNIT b_s s\n# UNIT b_s s", "line 3, `b_s`: `# UNIT` line is repeated"),
        ("# TYPE b summary\nb 1", "line 3, `b`: sample lacks its label `le` or `quantile`"),
        ("# TYPE b summary\nb{quantile=\"x\"} 1", "line 3, `b`: label `le` or `quantile` is not a number"),
    ] {
        assert_eq!(error(&format!("a 1\n{lines}\n# EOF\n")).as_deref(), Some(expected), "{lines:?}");
    }
}

#[test]
fn an_error_of_a_family_names_it_and_the_line() {
    for (source, expected) in [
        ("a 1", "line 1, column 4, `a`: text ends in the middle of a line"),
        ("# TYPE c counter\nc 1\n# EOF\n", "line 2, `c`: the family's type has no samples of this name"),
        ("# TYPE c_total counter\nc_total -1\n", "line 2, `c`: counter is negative or NaN"),
        ("# TYPE c counter\nc_total NaN\n# EOF\n", "line 2, `c`: counter is negative or NaN"),
        ("# TYPE s summary\ns{quantile=\"1.5\"} 1\n", "line 2, `s`: quantile is not between 0 and 1"),
        ("# TYPE s summary\ns_count 1.5\n", "line 2, `s`: bucket or count is not a whole number from 0"),
        ("# TYPE i info\ni_info 2\n# EOF\n", "line 2, `i`: value of the info is not 1"),
        ("# TYPE t stateset\nt{t=\"a\"} 2\n# EOF\n", "line 2, `t`: value of the state is neither 0 nor 1"),
        (
            "# TYPE t stateset\nt{x=\"a\"} 1\n# EOF\n",
            "line 2, `t`: state lacks the label that has the family's name",
        ),
        ("a{__x=\"1\"} 1\n", "line 1, `a`: label name begins with `__`, which Prometheus reserves"),
        (
            "# TYPE c counter\nc_total 1 5\nc_created 1\n# EOF\n",
            "line 2, `c`: samples of the series have different timestamps",
        ),
    ] {
        assert_eq!(error(source).as_deref(), Some(expected), "{source}");
    }
}

/// A histogram with negative bounds loses its sum and count, as the registry's own does, for the same reason.
#[test]
fn samples_that_open_metrics_does_not_allow_stay_in_the_text_format() {
    let histogram =
        "# TYPE h histogram\nh_bucket{le=\"-1\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum -3\nh_count 2\n";
    let summary = "# TYPE s summary\ns{quantile=\"0.5\"} -1\ns{quantile=\"0.9\"} 1\ns_sum -1\ns_count 2\n";
    let [text, open_metrics] = external(&joined(&[histogram, summary]));
    assert_eq!(text, format!("{histogram}{summary}"));
    let without = without(&text, &["h_sum", "h_count", "s{quantile=\"0.5\"}", "s_sum"]);
    assert_eq!(open_metrics, without);
}

/// A quadratic reader takes 20 s for the first of them in a release build.
#[test]
fn no_source_takes_long() {
    let labels = |n: usize| (0..n).map(|at| format!("l{at}=\"x\"")).collect::<Vec<_>>().join(",");
    let long = format!("a{{{}}} 1\n", labels(100_000));
    assert_eq!(error(&long).as_deref(), Some("line 1, column 8893, `a`: sample has more than 1000 labels"));
    assert_eq!(error(&format!("a{{{}}} 1\n", labels(1_000))), None);
    let twice = format!("a{{{},l7=\"y\"}} 1\n", labels(999));
    assert_eq!(error(&twice).as_deref(), Some("line 1, column 8891, `a`: two labels have the same name"));
    let mut wide = "# TYPE h histogram\n".to_owned();
    for bound in (0..100_000).rev() {
        push_all(&mut wide, &["h_bucket{le=\"", &bound.to_string(), "\"} 0\n"]);
    }
    wide.push_str("h_bucket{le=\"+Inf\"} 0\n");
    assert_eq!(error(&wide), None);
    let value = format!("a{{x=\"{}\"}} 1\n", "\\n".repeat(1_000_000));
    assert_eq!(error(&value), None);
}

/// A source that grows without bound takes a bounded time of each reading, and the others stay.
#[test]
fn a_source_that_is_too_large_is_left_out_alone() {
    let long = "# HELP a ".to_owned() + &"x".repeat(32 << 20) + "\n";
    let mut wide = String::new();
    for at in 0..=500_000 {
        push_all(&mut wide, &["a{x=\"", &at.to_string(), "\"} 1\n"]);
    }
    let registry = joined(&[&long, &wide, "b 1\n"]);
    let metrics = registry.external_metrics();
    let names: Vec<_> = metrics.families.iter().map(|family| &*family.name).collect();
    assert_eq!((names, metrics.is_complete), (vec!["b"], false));
    let text = render(&registry, Format::Text);
    assert!(text.ends_with("# TYPE b untyped\nb 1\n"));
    let counted = "telemetry_rejected_expositions_total{reason=\"too_large\"} 2\n";
    assert!(text.contains(counted), "each once, whoever reads");
}

#[test]
fn a_source_may_panic_join_and_scrape() {
    let registry = joined(&["a 1\n"]);
    registry.join(|| std::panic::resume_unwind(Box::new("a bug")));
    let inner = registry.clone();
    registry.join(move || {
        inner.join(String::new);
        let text = render(&inner, Format::Text);
        assert!(!text.contains("\na 1\n"), "a scrape within a source asks no source");
        "b 1\n".to_owned()
    });
    let [text, _] = external(&registry);
    assert_eq!(text, "# TYPE a untyped\na 1\n# TYPE b untyped\nb 1\n");
    assert!(render(&registry, Format::Text).contains("\ntelemetry_collect_panics_total 2\n"));
}
