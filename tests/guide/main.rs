//! The pages of `telemetry::guide` that need other crates: their code is the code here, and their facts are
//! checked here.

mod identity;
mod ports;
mod recipes;
mod sinks;

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;
use telemetry::prometheus::{Format, render};
use telemetry::{Registry, buckets, metrics};

const PAGE: &str = include_str!("../../telemetry/src/guide/migrating.md");

/// Lines without blank lines and comments.
fn lines_of_code(text: &str) -> usize {
    let lines = text.lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with("//")).count()
}

/// Files that `ARCHITECTURE.md` names, below one of these folders.
#[test]
fn the_architecture_names_files_that_exist() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let folders = ["", "telemetry/src", "telemetry-macros/src"].map(|folder| root.join(folder));
    let page = include_str!("../../ARCHITECTURE.md");
    let names = page.split('`').skip(1).step_by(2).filter(|name| name.contains(".rs") || name.contains('/'));
    let names = names.map(|name| name.trim_end_matches("/*.rs")).collect::<BTreeSet<_>>();
    assert!(names.len() > 40, "{names:?}");
    let is_missing = |name: &&str| !folders.iter().any(|folder| folder.join(name).exists());
    let missing = names.into_iter().filter(is_missing).collect::<Vec<_>>();
    assert_eq!(missing, Vec::<&str>::new());
}

#[test]
fn bounds_are_those_of_the_crate_that_a_service_comes_from() -> Result<(), Box<dyn Error>> {
    let exponential = prometheus::exponential_buckets(0.001, 1.7, 40)?;
    assert_eq!(buckets::exponential::<40>(0.001, 1.7).as_slice(), exponential);
    let linear = buckets::linear::<40>(0.1, 0.1);
    assert_eq!(linear.as_slice(), prometheus::linear_buckets(0.1, 0.1, 40)?);
    assert!(prometheus_client::metrics::histogram::linear_buckets(0.1, 0.1, 40).eq(linear));
    Ok(())
}

#[metrics(namespace = "mailer", mock(cfg(any())))]
trait Ours {
    /// Time to send.
    #[histogram]
    fn wait(&self, took: std::time::Duration);
}

/// The bounds of a histogram of ours that declares none, as they are exported.
fn our_bounds() -> Result<Vec<f64>, Box<dyn Error>> {
    let registry = Registry::new();
    registry.register::<dyn Ours>()?;
    Ok(bounds(&render(&registry, Format::Text))?)
}

fn bounds(text: &str) -> Result<Vec<f64>, std::num::ParseFloatError> {
    let buckets =
        text.lines().filter_map(|line| line.split_once("le=\"")).filter_map(|(_, rest)| rest.split_once('"'));
    buckets.map(|(bound, _)| bound.parse()).collect()
}

#[test]
fn prometheus_has_the_same_default_buckets() -> Result<(), Box<dyn Error>> {
    let finite = our_bounds()?.into_iter().filter(|bound| bound.is_finite()).collect::<Vec<_>>();
    assert_eq!(finite, prometheus::DEFAULT_BUCKETS);
    assert_eq!(finite, buckets::DEFAULT);
    Ok(())
}

#[test]
fn a_whole_bound_is_written_in_two_ways() -> Result<(), Box<dyn Error>> {
    let registry = Registry::new();
    registry.register::<dyn Ours>()?;
    assert!(render(&registry, Format::Text).contains(r#"le="1.0""#));

    let histogram =
        prometheus::Histogram::with_opts(prometheus::HistogramOpts::new("wait", "Time to send."))?;
    let old = prometheus::Registry::new();
    old.register(Box::new(histogram))?;
    let text = prometheus::TextEncoder::new().encode_to_string(&old.gather())?;
    assert!(text.contains(r#"le="1""#), "{text}");

    let mut old = prometheus_client::registry::Registry::default();
    old.register("wait", "Time to send", prometheus_client::metrics::histogram::Histogram::new([1.0]));
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &old)?;
    assert!(text.contains(r#"le="1.0""#), "{text}");

    let text = exported(|builder| builder.set_buckets(&[1.0]))?;
    assert!(text.contains(r#"le="1""#), "{text}");
    Ok(())
}

type Builder = metrics_exporter_prometheus::PrometheusBuilder;
type Built = Result<Builder, metrics_exporter_prometheus::BuildError>;

/// What the exporter of `metrics` makes of a counter `hits` and a histogram `wait`.
fn exported(configure: fn(Builder) -> Built) -> Result<String, Box<dyn Error>> {
    let recorder = configure(Builder::new())?.build_recorder();
    ::metrics::with_local_recorder(&recorder, || {
        ::metrics::counter!("hits").increment(1);
        ::metrics::histogram!("wait").record(0.5);
    });
    Ok(recorder.handle().render())
}

#[test]
fn metrics_exports_summaries_and_names_as_given() -> Result<(), Box<dyn Error>> {
    let text = exported(Ok)?;
    assert!(text.contains("# TYPE wait summary") && text.contains("wait{quantile=\"0.5\"}"), "{text}");
    assert!(text.contains("\nhits 1\n"), "{text}");
    let text = exported(|builder| Ok(builder.with_recommended_naming(true)))?;
    assert!(text.contains("\nhits_total 1\n"), "{text}");
    Ok(())
}

#[test]
fn prometheus_exports_names_as_given_and_prometheus_client_adds_total() -> Result<(), Box<dyn Error>> {
    let old = prometheus::Registry::new();
    let hits = prometheus::IntCounterVec::new(prometheus::Opts::new("hits", "Hits."), &["route"])?;
    old.register(Box::new(hits.clone()))?;
    // A family without a series is not exported.
    assert!(old.gather().is_empty());
    hits.with_label_values(&["/"]).inc();
    let text = prometheus::TextEncoder::new().encode_to_string(&old.gather())?;
    assert!(text.contains("\nhits{route=\"/\"} 1\n"), "{text}");

    let mut old = prometheus_client::registry::Registry::default();
    let hits = prometheus_client::metrics::counter::Counter::<u64>::default();
    hits.inc();
    old.register("hits", "Hits", hits);
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &old)?;
    assert_eq!(text, "# HELP hits Hits.\n# TYPE hits counter\nhits_total 1\n# EOF\n");
    Ok(())
}
