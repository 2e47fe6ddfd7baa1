//! `with_trace_context`: the ids of the trace on metric lines, with the real `tracing-opentelemetry`.

use crate::capture::{Written, with_default};
use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt, TracerProvider};
use opentelemetry_sdk::trace::{SdkTracerProvider, Tracer};
use serde_json::Value;
use std::thread;
use telemetry::log::{Format, Layer, Lines, is_metric};
use telemetry::{Log, TraceContext, metrics};
use tracing::{Span, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry;

/// The program's side, as the documentation shows it.
fn current() -> Option<TraceContext> {
    Context::map_current(|context| {
        let span = context.span();
        let ids = span.span_context();
        let trace = TraceContext::new(ids.trace_id().to_bytes(), ids.span_id().to_bytes())?;
        Some(trace.with_sampled(ids.is_sampled()))
    })
}

#[test]
fn the_program_s_side_here_is_that_of_the_documentation() {
    let trimmed = |text: &str| {
        let lines = text.lines().map(|line| line.trim_start_matches([' ', '/']));
        lines.collect::<Vec<_>>().join("\n")
    };
    let (_, rest) = include_str!("trace.rs").split_once("fn current()").unwrap();
    let (body, _) = rest.split_once("\n}\n").unwrap();
    let page = include_str!("../../telemetry/src/log/layer.rs");
    assert!(trimmed(page).contains(&trimmed(body)), "{body}");
    assert!(page.contains("with_trace_context(current);"));
}

#[metrics]
trait Metrics {
    /// Orders received.
    #[counter]
    fn orders(&self);

    /// Orders by the trace that the caller names.
    #[counter]
    fn traced(&self, #[label(cap = 8)] trace_id: &str);

    /// Look-ups, of which few have a line.
    #[counter]
    #[log(every = 1_000)]
    fn lookups(&self);
}

fn tracer() -> Tracer {
    SdkTracerProvider::builder().build().tracer("test")
}

/// What the closure logs below a layer of OpenTelemetry.
fn lines(format: Format, run: impl FnOnce(&Log)) -> Vec<String> {
    let written = Written::default();
    let layer = Layer::new(format, written.clone()).with_trace_context(current);
    let otel = tracing_opentelemetry::layer().with_tracer(tracer());
    let otel = otel.with_filter(filter_fn(|metadata| !is_metric(metadata)));
    // The order of layers does not matter: the ids are those of the span that was entered before.
    let subscriber = registry().with(layer.with_filter(filter_fn(is_metric))).with(otel);
    with_default(subscriber, || run(&Log::with_summary()));
    written.text().split_terminator('\n').map(str::to_owned).collect()
}

/// The ids of the current span, by the way that does not lead through our layer.
fn ids() -> (String, String) {
    let context = Span::current().context();
    let span = context.span();
    (span.span_context().trace_id().to_string(), span.span_context().span_id().to_string())
}

#[test]
fn a_line_has_the_ids_of_the_innermost_span() {
    let mut expected = Vec::new();
    let lines = lines(Format::Prefixed, |log| {
        log.orders();
        expected.push("[metrics] event=orders".to_owned());
        let mut line = || {
            log.orders();
            let (trace, span) = ids();
            assert_eq!((trace.len(), span.len()), (32, 16));
            expected.push(format!("[metrics] event=orders trace_id={trace} span_id={span}"));
        };
        let outer = info_span!("outer");
        outer.in_scope(|| {
            line();
            info_span!("inner").in_scope(&mut line);
            line();
        });
        info_span!("another").in_scope(&mut line);
    });
    assert_eq!(lines, expected);
    assert_eq!(lines[1], lines[3]);
    let trace = |line: &str| line.split(' ').find(|pair| pair.starts_with("trace_id=")).unwrap().to_owned();
    assert_eq!(trace(&lines[1]), trace(&lines[2]), "one trace");
    assert_ne!(trace(&lines[1]), trace(&lines[4]));
}

#[test]
fn a_span_that_goes_to_another_thread_takes_its_ids_along() {
    let mut expected = None;
    let lines = lines(Format::Json, |log| {
        let span = info_span!("request");
        let dispatch = tracing::dispatcher::get_default(Clone::clone);
        expected = Some(span.in_scope(ids));
        thread::scope(|scope| {
            scope.spawn(|| tracing::dispatcher::with_default(&dispatch, || span.in_scope(|| log.orders())));
        });
    });
    let line: Value = serde_json::from_str(&lines[0]).unwrap();
    let (trace, span) = expected.unwrap();
    assert_eq!((&line["trace_id"], &line["span_id"]), (&trace.into(), &span.into()));
}

#[test]
fn every_format_has_them_behind_its_own_fields() {
    for format in [Format::Prefixed, Format::Logfmt, Format::Json, Format::Emf] {
        let mut expected = (String::new(), String::new());
        let lines = lines(format, |log| {
            let _span = info_span!("s").entered();
            expected = ids();
            log.orders();
        });
        let (trace, span) = expected;
        let end = match format {
            Format::Json => format!(r#""event":"orders","trace_id":"{trace}","span_id":"{span}"}}"#),
            Format::Emf => format!(r#""orders":1,"trace_id":"{trace}","span_id":"{span}","_aws":"#),
            _ => format!(" event=orders trace_id={trace} span_id={span}"),
        };
        assert!(lines[0].contains(&end), "{}", lines[0]);
    }
}

#[test]
fn a_line_keeps_its_own_key_and_a_field_of_a_span_gives_way() {
    let written = Written::default();
    let source = || TraceContext::new([0xab; 16], 0x0102_0304_0506_0708_u64.to_be_bytes());
    let layer = Layer::new(Format::Prefixed, written.clone());
    let layer = layer.with_trace_context(source).with_span_fields(["trace_id", "span_id", "user"]);
    with_default(registry().with(layer), || {
        let _span = tracing::info_span!("s", trace_id = "x", span_id = "x", user = "ada").entered();
        Log::default().orders();
        Log::default().traced("mine");
    });
    let trace = "ab".repeat(16);
    assert_eq!(
        written.text(),
        format!(
            "[metrics] event=orders trace_id={trace} span_id=0102030405060708 user=ada\n\
             [metrics] event=traced trace_id=mine span_id=0102030405060708 user=ada\n"
        ),
    );
}

#[test]
fn without_a_source_a_field_of_a_span_may_have_the_key() {
    let written = Written::default();
    let layer = Layer::new(Format::Prefixed, written.clone()).with_span_fields(["trace_id"]);
    with_default(registry().with(layer), || {
        tracing::info_span!("s", trace_id = "x").in_scope(|| Log::default().orders());
    });
    assert_eq!(written.text(), "[metrics] event=orders trace_id=x\n");
}

#[test]
fn a_summary_has_no_ids() {
    let lines = lines(Format::Prefixed, |log| {
        let _span = info_span!("s").entered();
        log.lookups();
        log.summarize();
    });
    assert_eq!(lines, ["[metrics] summary=lookups silent=1"]);
}

#[test]
fn a_source_that_panics_costs_the_ids_and_not_the_line() {
    let written = Written::default();
    let layer = Layer::new(Format::Prefixed, written.clone()).with_trace_context(|| panic!("in a test"));
    with_default(registry().with(layer), || Log::default().orders());
    assert_eq!(written.text(), "[metrics] event=orders\n");
}

#[test]
fn the_formatter_of_fmt_has_them_too() {
    let written = Written::default();
    let lines = Lines::default().with_trace_context(current);
    let fmt = tracing_subscriber::fmt::layer().event_format(lines).with_writer(written.clone());
    let otel = tracing_opentelemetry::layer().with_tracer(tracer());
    let mut expected = (String::new(), String::new());
    with_default(registry().with(fmt).with(otel), || {
        let _span = info_span!("s").entered();
        expected = ids();
        Log::default().orders();
    });
    let (trace, span) = expected;
    assert_eq!(written.text(), format!("[metrics] event=orders trace_id={trace} span_id={span}\n"));
}
