//! The names of instruments: in each back end, and the same in the macros as in the library.

use super::tables::{family, grammar};
use telemetry::schema::{Kind, Names};
use telemetry::{Surface, metrics};

/// Every kind with and without suffixes, a unit and a former name, which is one that clashes with the
/// present one in OpenMetrics where there is such a name.
#[metrics(namespace = "app")]
trait Named {
    /// Hits.
    #[counter(was = "app_hits")]
    fn hits(&self);
    /// Misses.
    #[counter(suffixes = off, was = "app_misses_total")]
    fn misses(&self);
    /// Bytes read.
    #[counter(unit = bytes, was = "old_read_bytes_total")]
    fn read(&self);
    /// Bytes written.
    #[counter(suffixes = off, unit = bytes, was = "Written__Bytes_")]
    fn written(&self);
    /// A name that looks like one of OpenMetrics.
    #[counter(suffixes = off, was = "total")]
    fn made_total(&self);
    /// Another.
    #[counter(was = "app_total")]
    fn made_bucket(&self);
    /// Build.
    #[gauge(name = "build_info", was = "build_info")]
    fn set_build(&self, one: u64);
    /// Temperature.
    #[gauge(unit = celsius, was = "application_temperature_celsius")]
    fn set_temperature(&self, degrees: f64);
    /// Uptime.
    #[up_down_counter(suffixes = off, unit = seconds, name = "uptime_seconds", was = "app_uptime")]
    fn uptime(&self, by: f64);
    /// Time that it took.
    #[histogram(unit = seconds, was = "app_took")]
    fn took(&self, seconds: f64);
    /// Blocks.
    #[histogram(name = "blocks_per_commit_count", suffixes = off, buckets = [1.0], was = "app_blocks_sum")]
    fn blocks(&self, n: u64);
    /// No former name.
    #[counter(suffixes = off)]
    fn plain(&self);
}

#[metrics(suffixes = off)]
trait Bare {
    /// Hits.
    #[counter(was = "hits_total")]
    fn hits(&self);
    /// Misses.
    #[counter(suffixes = on, was = "misses")]
    fn misses(&self);
    /// Bytes read.
    #[counter(unit = bytes, name = "read_bytes", was = "_total")]
    fn read(&self);
}

/// Each instrument's present and former names.
fn names<S: Surface + ?Sized>() -> Vec<(Names, Option<Names>)> {
    let events = S::SCHEMA.events.iter();
    events.map(|event| (event.names(0), event.former_names(0))).collect()
}

#[test]
fn the_macros_take_the_names_that_the_library_makes() {
    for schema in [<dyn Named>::SCHEMA, <dyn Bare>::SCHEMA] {
        for event in schema.events {
            let instrument = &event.instruments[0];
            let row = grammar::KINDS.iter().find(|kind| kind.grammar.attr == instrument.kind.name()).unwrap();
            let spelling = family::Spelling {
                namespace: event.namespace,
                name: instrument.name,
                unit: instrument.unit.suffix(),
                samples: row.samples,
                suffixes: instrument.suffixes,
                was: instrument.was.map(|was| was.name),
            };
            let same = |ours: &Names, theirs: &family::Family| {
                let mut taken = ours.taken();
                taken.sort();
                assert_eq!(taken, theirs.taken().into_iter().collect::<Vec<_>>(), "{}", event.name);
                assert_eq!(ours.text_family(), theirs.text_name());
                assert_eq!(ours.dotted, theirs.dotted);
            };
            same(&event.names(0), &spelling.present());
            let (ours, theirs) = (event.former_names(0), spelling.former());
            assert_eq!(ours.is_some(), theirs.is_some());
            if let Some((ours, theirs)) = ours.zip(theirs) {
                same(&ours, &theirs);
            }
        }
    }
}

/// A name's samples, its family and type in OpenMetrics, and its name in OTLP and statsd.
fn told(names: &Names) -> String {
    let samples = names.samples().join(" ");
    format!("{samples}; {} {}; {}", names.open_metrics_type(), names.family, names.dotted)
}

#[test]
fn names_are_what_the_declaration_says() {
    let all: Vec<String> = names::<dyn Named>()
        .into_iter()
        .chain(names::<dyn Bare>())
        .flat_map(|(present, former)| [told(&present), former.map_or_else(String::new, |was| told(&was))])
        .collect();
    let expected = [
        // A counter that loses or gets `_total` has two families in OpenMetrics, whose names differ.
        "app_hits_total; unknown app_hits_total; app.hits",
        "app_hits; unknown app_hits; app.hits",
        "app_misses; unknown app_misses; app.misses",
        "app_misses_total; unknown app_misses_total; app.misses",
        "app_read_bytes_total; counter app_read_bytes; app.read",
        "old_read_bytes_total; counter old_read_bytes; old_read",
        "app_written; unknown app_written; app.written",
        "Written__Bytes_; unknown Written__Bytes_; Written__Bytes_",
        "app_made_total; unknown app_made_total; app.made_total",
        "total; unknown total; total",
        "app_made_bucket_total; counter app_made_bucket; app.made_bucket",
        "app_total; counter app; app",
        "app_build_info; gauge app_build_info; app.build_info",
        "build_info; gauge build_info; build_info",
        "app_temperature_celsius; gauge app_temperature_celsius; app.temperature",
        "application_temperature_celsius; gauge application_temperature_celsius; application_temperature",
        "app_uptime_seconds; gauge app_uptime_seconds; app.uptime_seconds",
        "app_uptime; gauge app_uptime; app.uptime",
        "app_took_seconds_bucket app_took_seconds_sum app_took_seconds_count; histogram app_took_seconds; \
         app.took",
        "app_took_bucket app_took_sum app_took_count; histogram app_took; app.took",
        "app_blocks_per_commit_count_bucket app_blocks_per_commit_count_sum app_blocks_per_commit_count_count; \
         histogram app_blocks_per_commit_count; app.blocks_per_commit_count",
        "app_blocks_sum_bucket app_blocks_sum_sum app_blocks_sum_count; histogram app_blocks_sum; \
         app.blocks_sum",
        "app_plain; unknown app_plain; app.plain",
        "",
        "hits; unknown hits; hits",
        "hits_total; unknown hits_total; hits",
        "misses_total; unknown misses_total; misses",
        "misses; unknown misses; misses",
        "read_bytes; unknown read_bytes; read_bytes",
        "_total; unknown _total; _total",
    ];
    assert_eq!(all, expected);
}

#[test]
fn the_macros_know_the_suffixes_of_each_kind() {
    for kind in Kind::ALL {
        let row = grammar::KINDS.iter().find(|row| row.grammar.attr == kind.name()).unwrap();
        let (present, _) =
            names::<dyn Kinds>().into_iter().find(|(names, _)| names.family == kind.name()).unwrap();
        let theirs = row.samples.iter().map(|suffix| format!("{}{suffix}", kind.name()));
        let taken: Vec<String> = present.taken();
        assert!(theirs.clone().all(|name| taken.contains(&name)), "{taken:?}");
        assert!(taken.iter().all(|name| *name == present.family || theirs.clone().any(|own| own == *name)));
    }
}

#[metrics]
trait Kinds {
    /// A counter.
    #[counter]
    fn counter(&self);
    /// A gauge.
    #[gauge]
    fn gauge(&self, n: u64);
    /// An up-down counter.
    #[up_down_counter]
    fn up_down_counter(&self, n: i64);
    /// A histogram.
    #[histogram(buckets = [1.0])]
    fn histogram(&self, n: u64);
}
