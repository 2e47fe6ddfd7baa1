//! Each setup of the log that the documentation shows keeps metric lines and the program's own, whatever
//! `RUST_LOG` says; and a setup that mutes metric lines is reported.

use crate::capture::Written;
use crate::capture::with_default;
use crate::events::in_a_child;
use std::any::Any;
use std::env;
use std::process::Command;
use telemetry::log::{self, Format, Layer, Lines, Muted, Queue, is_metric};
use telemetry::pipeline::{Config, Pipeline};
use telemetry::{Log, metrics};
use tracing_subscriber::filter::{EnvFilter, FilterExt, filter_fn};
use tracing_subscriber::prelude::*;
use tracing_subscriber::{fmt, registry, reload};

#[metrics(mock(cfg(any())))]
trait Metrics {
    /// Look-ups that hit.
    #[counter]
    #[log("cache.hit")]
    fn hit(&self);

    /// Look-ups.
    #[counter]
    #[log("cache.lookup", level = debug)]
    fn looked_up(&self);
}

/// What a setup leaves behind until the end of the process.
type Kept = Box<dyn Any>;

#[rustfmt::skip]
fn readme() -> Kept {
    let metrics = Layer::new(Format::Prefixed, std::io::stderr).with_filter(filter_fn(is_metric));
    let others = EnvFilter::from_default_env().and(filter_fn(|metadata| !is_metric(metadata)));
    let others = fmt::layer().with_writer(std::io::stderr).with_filter(others);
    tracing_subscriber::registry().with(metrics).with(others).init();
    // Shown until here.
    Box::new(())
}

#[rustfmt::skip]
fn layer() -> Kept {
    let lines = Layer::new(Format::Json, std::io::stdout);
    let metrics = lines.clone().with_filter(filter_fn(is_metric));
    let others = EnvFilter::from_default_env().and(filter_fn(|metadata| !is_metric(metadata)));
    let others = fmt::layer().with_writer(std::io::stderr).with_filter(others);
    tracing_subscriber::registry().with(metrics).with(others).init();
    // Shown until here.
    Box::new(())
}

#[rustfmt::skip]
fn queue() -> std::io::Result<Kept> {
    let (queue, guard) = Queue::start(std::io::stdout())?;
    let metrics = Layer::new(Format::Json, queue.clone()).with_filter(filter_fn(is_metric));
    let others = EnvFilter::from_default_env().and(filter_fn(|metadata| !is_metric(metadata)));
    let others = fmt::layer().with_writer(std::io::stderr).with_filter(others);
    tracing_subscriber::registry().with(metrics).with(others).init();
    // Shown until here.
    Ok(Box::new(guard))
}

#[rustfmt::skip]
fn lines() -> Kept {
    let filter = EnvFilter::from_default_env().or(filter_fn(is_metric));
    let lines = fmt::layer().event_format(Lines::default()).with_writer(std::io::stderr);
    tracing_subscriber::registry().with(lines.with_filter(filter)).init();
    // Shown until here.
    Box::new(())
}

#[rustfmt::skip]
fn pipeline(pipeline: &Pipeline) -> Kept {
    let metrics = pipeline.log_layer(std::io::stderr).map(|layer| layer.with_filter(filter_fn(is_metric)));
    let others = EnvFilter::from_default_env().and(filter_fn(|metadata| !is_metric(metadata)));
    let others = fmt::layer().with_writer(std::io::stderr).with_filter(others);
    tracing_subscriber::registry().with(metrics).with(others).init();
    // Shown until here.
    Box::new(())
}

/// By name: where it is shown.
const SHOWN: &[(&str, &str)] = &[
    ("readme", include_str!("../../README.md")),
    ("layer", include_str!("../../telemetry/src/log/layer.rs")),
    ("queue", include_str!("../../telemetry/src/log/queue.rs")),
    ("lines", include_str!("../../telemetry/src/log/lines.rs")),
    ("pipeline", include_str!("../../telemetry/src/pipeline.rs")),
];

#[test]
fn the_setups_here_are_those_of_the_documentation() {
    let trimmed = |text: &str, comments: &[char]| {
        let lines = text.lines().map(|line| line.trim_start_matches(comments).trim());
        lines.collect::<Vec<_>>().join("\n")
    };
    for (name, page) in SHOWN {
        let (_, rest) = include_str!("setup.rs").split_once(&format!("fn {name}(")).unwrap();
        let (_, body) = rest.split_once("{\n").unwrap();
        let (shown, _) = body.split_once("    // Shown until here.").unwrap();
        let shown = trimmed(shown, &[]);
        assert!(trimmed(page, &['/', '!']).contains(shown.trim()), "{name}:\n{shown}");
    }
}

/// The mistake that many make: a filter for all layers.
fn before_all() -> Kept {
    registry()
        .with(EnvFilter::from_default_env())
        .with(Layer::new(Format::Prefixed, std::io::stderr).with_filter(filter_fn(is_metric)))
        .with(fmt::layer().with_ansi(false).with_writer(std::io::stderr))
        .init();
    Box::new(())
}

/// Sets one up, writes lines of the program and of metrics, and tells whether it expects the latter to
/// appear.
fn child(setup: &str) {
    let config = Config::from_vars([("TELEMETRY_BACKENDS", "log")]).unwrap();
    let started = Pipeline::start(&config).unwrap();
    let kept = match setup {
        "readme" => readme(),
        "layer" => layer(),
        "queue" => queue().unwrap(),
        "lines" => lines(),
        "pipeline" => pipeline(&started),
        "before_all" | "before_all_by_pipeline" => before_all(),
        other => unreachable!("{other}"),
    };
    tracing::error!(target: "service", "an error of the program");
    tracing::info!(target: "service", "a word of the program");
    if matches!(setup, "pipeline" | "before_all_by_pipeline") {
        let metrics = started.register::<dyn Metrics>().unwrap();
        (0..2).for_each(|_| drop(started.register::<dyn Metrics>().unwrap()));
        metrics.hit();
        eprintln!("\n{}", started.check_log().map_or_else(|muted| muted.to_string(), |()| "appears".into()));
    } else {
        let log = Log::default();
        log.hit();
        let check = log::check::<dyn Metrics>();
        eprintln!("\n{}", check.map_or_else(|muted| muted.to_string(), |()| "appears".into()));
    }
    drop(kept);
}

const CHILD: &str = "TELEMETRY_TEST_SETUP";

/// What a setup prints at a value of `RUST_LOG`.
fn printed(setup: &str, rust_log: Option<&str>) -> String {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "setup::metric_lines_appear_whatever_is_filtered", "--nocapture"]);
    command.env(CHILD, setup).env_remove("RUST_LOG").envs(rust_log.map(|value| ("RUST_LOG", value)));
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
    assert!(output.status.success(), "{text}");
    text
}

/// Values of `RUST_LOG`, and whether the program's errors and other words appear with it.
const FILTERS: &[(Option<&str>, [bool; 2])] = &[
    (None, [true, false]),
    (Some("service=info"), [true, true]),
    (Some("error"), [true, false]),
    (Some("off"), [false, false]),
    (Some("metrics=warn"), [false, false]),
    (Some("service=debug,metrics=off"), [true, true]),
    (Some("info"), [true, true]),
];

#[test]
fn metric_lines_appear_whatever_is_filtered() {
    if let Ok(setup) = env::var(CHILD) {
        return child(&setup);
    }
    for (setup, _) in SHOWN {
        for (rust_log, program) in FILTERS {
            let text = printed(setup, *rust_log);
            let about = format!("{setup}, RUST_LOG {rust_log:?}:\n{text}");
            let lines =
                text.matches("event=cache.hit").count() + text.matches("\"event\":\"cache.hit\"").count();
            assert_eq!(lines, 1, "{about}");
            let words = ["an error of the program", "a word of the program"];
            assert_eq!(words.map(|word| text.matches(word).count()), program.map(usize::from), "{about}");
            assert!(text.contains("\nappears\n") && !text.contains("do not appear"), "{about}");
        }
    }
}

#[test]
fn a_filter_before_all_layers_is_reported() {
    let says = "metric lines do not appear: the subscriber's filter rejects ";
    for (rust_log, _) in FILTERS {
        for (setup, level) in [("before_all", "WARN"), ("before_all_by_pipeline", "ERROR")] {
            let text = printed(setup, *rust_log);
            let about = format!("{setup}, RUST_LOG {rust_log:?}:\n{text}");
            let appears = *rust_log == Some("info");
            assert_eq!(text.matches("event=cache.hit").count(), usize::from(appears), "{about}");
            assert_eq!(text.contains(&format!("\n{says}")), !appears, "{about}");
            // Where a word of this level and of any target appears, it says so too, once.
            let is_error_let_through = matches!(rust_log, None | Some("error"));
            let told = setup == "before_all_by_pipeline" && is_error_let_through;
            let events = text.lines().filter(|line| line.contains(&format!("{level} telemetry: {says}")));
            assert_eq!(events.count(), usize::from(told), "{about}");
        }
    }
}

/// A subscriber that takes warnings and no more.
#[test]
fn a_log_warns_once_that_a_line_is_refused() {
    in_a_child("setup", "a_log_warns_once_that_a_line_is_refused", || {
        let written = Written::default();
        let others = fmt::layer().with_ansi(false).with_writer(written.clone());
        let log = Log::default();
        with_default(registry().with(EnvFilter::new("warn")).with(others), || {
            // Lines for debugging are often off.
            log.looked_up();
            assert_eq!(written.text(), "");
            (0..3).for_each(|_| log.hit());
        });
        let text = written.text();
        assert_eq!(text.lines().count(), 1, "{text}");
        let says = "WARN telemetry: metric lines do not appear: the subscriber's filter rejects `cache.hit`, at INFO with the \
                target `metrics`; give `EnvFilter` to the other layers, not to all: ";
        assert!(text.contains(says), "{text}");
        assert_eq!(log.dropped(), 0);
    });
}

#[test]
fn lines_appear_again_when_a_filter_is_lifted() {
    in_a_child("setup", "lines_appear_again_when_a_filter_is_lifted", || {
        let written = Written::default();
        let (filter, handle) = reload::Layer::new(EnvFilter::new("off"));
        let lines = Layer::new(Format::Prefixed, written.clone()).with_filter(filter_fn(is_metric));
        with_default(registry().with(filter).with(lines), || {
            let log = Log::default();
            for (filter, lines) in [("off", 0), ("info", 1), ("service=info", 1), ("metrics=info", 2)] {
                handle.reload(EnvFilter::new(filter)).unwrap();
                assert_eq!(
                    log::check::<dyn Metrics>().is_ok(),
                    filter.ends_with("info") && !filter.starts_with('s')
                );
                log.hit();
                assert_eq!(written.text().lines().count(), lines, "{filter}");
            }
        });
    });
}

#[test]
fn a_missing_subscriber_is_told_apart_from_one_that_rejects() {
    with_default(tracing::subscriber::NoSubscriber::new(), || {
        assert_eq!(log::check::<dyn Metrics>(), Err(Muted::NoSubscriber { event: "cache.hit" }));
    });
}

/// `tracing-subscriber` takes the answer to a question for the next event of the thread.
#[test]
fn to_ask_takes_no_line_from_another_layer() {
    in_a_child("setup", "to_ask_takes_no_line_from_another_layer", || {
        let written = Written::default();
        let others =
            fmt::layer().with_writer(written.clone()).with_filter(filter_fn(|metadata| !is_metric(metadata)));
        with_default(registry().with(others).with(Layer::new(Format::Prefixed, std::io::sink)), || {
            let said = || tracing::info!("a word of the program");
            said();
            for _ in 0..3 {
                assert_eq!(log::check::<dyn Metrics>(), Ok(()));
                said();
            }
        });
        assert_eq!(written.text().lines().count(), 4);
    });
}
