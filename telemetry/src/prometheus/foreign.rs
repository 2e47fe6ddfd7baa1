//! Appends the families of other metrics crates to an exposition, in its format, as far as they are sound.
//!
//! The parser is our own. Of those on crates.io, prometheus-parse 0.2 reads labels with a regular expression
//! that ends at the first `}`, splits at commas within values, knows no escapes and skips what it does not
//! understand; openmetrics-parser 0.5 is LGPL-3.0.

mod family;
mod line;
mod source;
mod writer;

use super::Format;
use crate::registry::{Refusal, Registry};
use family::Family;
use std::collections::HashSet;

/// What the joined sources said at the last scrape, in each format.
#[derive(Debug, Default)]
pub(super) struct Foreign {
    text: String,
    open_metrics: String,
}

impl Foreign {
    /// Asks all sources. Comes after the registry's snapshot, so that no family of that is unknown to the
    /// search for clashes; what is refused therefore shows in the next one.
    pub(super) fn collect(&mut self, registry: &Registry) {
        self.text.clear();
        self.open_metrics.clear();
        let mut taken = HashSet::new();
        for (at, text) in registry.foreign_texts().iter().enumerate() {
            match source::families(text) {
                Ok(families) => families.iter().for_each(|family| self.add(family, registry, &mut taken)),
                Err(line) => {
                    tracing::debug!(source = at, line, "a joined source does not parse, and is left out");
                    registry.refuse_foreign(Refusal::Syntax);
                }
            }
        }
    }

    pub(super) fn of(&self, format: Format) -> &[u8] {
        match format {
            Format::Text => self.text.as_bytes(),
            Format::OpenMetrics => self.open_metrics.as_bytes(),
        }
    }

    /// Names are compared as they are in any format, so that a family does not come and go with `Accept`.
    fn add(&mut self, family: &Family<'_>, registry: &Registry, taken: &mut HashSet<String>) {
        if family.samples.is_empty() {
            return;
        }
        let names: Vec<String> = family.sample_names().collect();
        if names.iter().any(|name| taken.contains(name) || registry.has_sample(name)) {
            tracing::debug!(
                family = family.name,
                "a joined family has a name that is taken, and is left out"
            );
            registry.refuse_foreign(Refusal::Clash);
            return;
        }
        taken.extend(names);
        writer::push(&mut self.text, family, Format::Text);
        writer::push(&mut self.open_metrics, family, Format::OpenMetrics);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics;
    use crate::prometheus::render;
    use proptest::prelude::*;

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
        fn what_another_registry_writes_comes_through(texts: [String; 3], load: u64, seconds: f64) {
            let inner = Registry::new();
            let Ok(metrics) = inner.register::<dyn Inner>() else { unreachable!("one surface") };
            for text in &texts {
                metrics.jobs(text);
                metrics.took(text, seconds);
            }
            metrics.set_load(f64::from_bits(load));
            let written = foreign(&inner);
            for format in [Format::Text, Format::OpenMetrics] {
                let source = render(&inner, format);
                let registry = joined(&[&source]);
                let [text, open_metrics] = foreign(&registry);
                prop_assert_eq!(&text, &written[0]);
                let expected = match format {
                    // Which knows of no units, and of no starts.
                    Format::Text => without(&written[1], &["# UNIT ", "inner_jobs_created", "inner_took_seconds_created"]),
                    Format::OpenMetrics => written[1].clone(),
                };
                prop_assert_eq!(&open_metrics, &expected);
            }
        }
    }

    fn without(text: &str, starts: &[&str]) -> String {
        let lines =
            text.split_inclusive('\n').filter(|line| !starts.iter().any(|start| line.starts_with(start)));
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

    /// What is not the registry's own, in each format, and without what ends it.
    fn foreign(registry: &Registry) -> [String; 2] {
        [Format::Text, Format::OpenMetrics].map(|format| {
            let text = render(registry, format);
            let own = ["", "# TYPE ", "# HELP "].map(|start| format!("{start}telemetry_"));
            let left_out = ["# EOF", &own[0], &own[1], &own[2]];
            without(&text, &left_out)
        })
    }

    fn refused(registry: &Registry, reason: &str) -> u64 {
        let text = render(registry, Format::Text);
        let name = format!("telemetry_foreign_refused_total{{reason=\"{reason}\"}} ");
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
        let [text, open_metrics] = foreign(&joined(&[source]));
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
a_seconds_created{x="1"} 1520430000.123
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
        let [text, open_metrics] = foreign(&joined(&[source]));
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
        assert_eq!(refused(&registry, "syntax"), 0);
        let [text, open_metrics] = foreign(&registry);
        assert_eq!(text, "# TYPE c untyped\nc 1\n");
        assert_eq!(open_metrics, "# TYPE c unknown\nc 1\n");
        assert_eq!([refused(&registry, "syntax"), refused(&registry, "clash")], [3, 0]);
    }

    #[test]
    fn a_family_whose_names_are_taken_is_left_out_alone() {
        let ours = "telemetry_dropped_created 1\n# TYPE telemetry_dropped_total counter\ntelemetry_dropped_total 1\n";
        let counter = "# TYPE a_total counter\na_total 1\n";
        let gauges = "a 1\nb 1\n";
        let histogram = "# TYPE b histogram\nb_bucket{le=\"+Inf\"} 1\nb_sum 1\nb_count 1\nc 1\nb_max 1\n";
        let registry = joined(&[ours, counter, gauges, histogram]);
        let [text, _] = foreign(&registry);
        let expected = "# TYPE a_total counter\na_total 1\n# TYPE b untyped\nb 1\n# TYPE c untyped\nc 1\n\
                        # TYPE b_max untyped\nb_max 1\n";
        assert_eq!(text, expected);
        assert_eq!(refused(&registry, "syntax"), 0);
        // Two renders above, this one counts those before it.
        assert_eq!(refused(&registry, "clash"), 3 * 4);
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
        let [text, _] = foreign(&registry);
        assert_eq!(text, "# TYPE a untyped\na 1\n# TYPE b untyped\nb 1\n");
        assert!(render(&registry, Format::Text).contains("\ntelemetry_collect_panics_total 2\n"));
    }
}
