//! Exemplars with the real OpenTelemetry and `tracing-opentelemetry`: the ids are those of the spans, each
//! arrives once, and only those of sampled traces do.

use crate::fake::{Fake, OK, Request, answer};
use crate::surface::config;
use opentelemetry::Context;
use opentelemetry::trace::{Span, TraceContextExt, Tracer, TracerProvider};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{Exemplar, exemplar::Value};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use std::time::Duration;
use telemetry::otlp::Temporality;
use telemetry::registry::Instruments;
use telemetry::{Registry, TraceContext, metrics};
use tracing::info_span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::prelude::*;

/// The program's side, as the documentation shows it.
fn current() -> Option<TraceContext> {
    Context::map_current(|context| {
        let span = context.span();
        let ids = span.span_context();
        let trace = TraceContext::new(ids.trace_id().to_bytes(), ids.span_id().to_bytes())?;
        Some(trace.with_sampled(ids.is_sampled()))
    })
}

/// The same without OpenTelemetry's current context.
fn current_span() -> Option<TraceContext> {
    let context = tracing::Span::current().context();
    let span = context.span();
    let ids = span.span_context();
    let trace = TraceContext::new(ids.trace_id().to_bytes(), ids.span_id().to_bytes())?;
    Some(trace.with_sampled(ids.is_sampled()))
}

#[test]
fn the_program_s_side_here_is_that_of_the_documentation() {
    let trimmed = |text: &str| {
        let lines = text.lines().map(|line| line.trim_start_matches([' ', '/']));
        lines.collect::<Vec<_>>().join("\n")
    };
    let page = trimmed(include_str!("../../telemetry/src/registry/builder.rs"));
    for name in ["fn current()", "fn current_span()"] {
        let (_, rest) = include_str!("exemplars.rs").split_once(name).unwrap();
        let (body, _) = rest.split_once("\n}\n").unwrap();
        assert!(page.contains(&trimmed(body)), "{body}");
    }
}

#[metrics(namespace = "traced")]
trait Metrics {
    /// Orders.
    #[counter]
    #[histogram(name = "took", unit = seconds, buckets = [1.0])]
    #[log(off)]
    fn orders(&self, took: Duration);
}

fn registered(source: fn() -> Option<TraceContext>) -> (Registry, Instruments<dyn Metrics>) {
    let registry = Registry::builder().exemplars(source).build().unwrap();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    (registry, metrics)
}

/// The trace and span of the only exemplar of a registry's counter.
fn ids(registry: &Registry) -> Option<([u8; 16], [u8; 8])> {
    let snapshot = registry.snapshot();
    let orders = snapshot.families().find(|family| family.name() == "orders").unwrap();
    let exemplar = *orders.series().next().unwrap().exemplars().first()?;
    Some((exemplar.trace().trace_id(), exemplar.trace().span_id()))
}

fn provider(sampler: Sampler) -> SdkTracerProvider {
    SdkTracerProvider::builder().with_sampler(sampler).build()
}

#[test]
fn the_span_of_opentelemetry_s_current_context_is_found() {
    for (sampler, is_sampled) in [(Sampler::AlwaysOn, true), (Sampler::AlwaysOff, false)] {
        let (registry, metrics) = registered(current);
        let span = provider(sampler).tracer("test").start("order");
        let own = span.span_context().clone();
        let _attached = Context::current_with_span(span).attach();
        metrics.orders(Duration::ZERO);
        let expected = (own.trace_id().to_bytes(), own.span_id().to_bytes());
        assert_eq!(ids(&registry), is_sampled.then_some(expected));
        assert_eq!(current().map(|trace| trace.is_sampled()), Some(is_sampled), "for log lines");
    }
}

#[test]
fn the_span_of_tracing_is_found() {
    for activates in [true, false] {
        for (sampler, is_sampled) in [(Sampler::AlwaysOn, true), (Sampler::AlwaysOff, false)] {
            let (registry, metrics) = registered(if activates { current } else { current_span });
            let layer = tracing_opentelemetry::layer().with_tracer(provider(sampler).tracer("test"));
            let subscriber = tracing_subscriber::registry().with(layer.with_context_activation(activates));
            tracing::subscriber::with_default(subscriber, || {
                let span = info_span!("order");
                let entered = span.enter();
                metrics.orders(Duration::ZERO);
                let context = span.context();
                let own = context.span().span_context().clone();
                let expected = (own.trace_id().to_bytes(), own.span_id().to_bytes());
                assert_eq!(ids(&registry), is_sampled.then_some(expected), "{activates}");
                drop(entered);
            });
        }
    }
}

/// The exemplars of a request, by metric.
fn exemplars(request: &Request) -> Vec<(String, Exemplar)> {
    let scopes = request.message.resource_metrics.iter().flat_map(|resource| &resource.scope_metrics);
    let metrics = scopes.flat_map(|scope| &scope.metrics);
    let of_metric = |metric: &opentelemetry_proto::tonic::metrics::v1::Metric| {
        let found: Vec<Exemplar> = match metric.data.as_ref().unwrap() {
            Data::Sum(sum) => sum.data_points.iter().flat_map(|point| point.exemplars.clone()).collect(),
            Data::Histogram(of) => of.data_points.iter().flat_map(|point| point.exemplars.clone()).collect(),
            _ => Vec::new(),
        };
        found.into_iter().map(|exemplar| (metric.name.clone(), exemplar)).collect::<Vec<_>>()
    };
    metrics.flat_map(of_metric).collect()
}

#[test]
fn an_exemplar_arrives_once_and_is_sent_again_until_it_does() {
    for temporality in [Temporality::Cumulative, Temporality::Delta] {
        let failed = answer("400 Bad Request", "", b"");
        let fake = Fake::answering(vec![failed, OK.to_vec()]);
        let (registry, metrics) = registered(current);
        let exporter = config(&fake.url()).temporality(temporality).start(&registry).unwrap();
        let span = provider(Sampler::AlwaysOn).tracer("test").start("order");
        let own = span.span_context().clone();
        let _attached = Context::current_with_span(span).attach();
        metrics.orders(Duration::from_millis(2_500));
        for push in 0..4 {
            // The others change, so that deltas have points.
            if push > 0 {
                metrics.orders(Duration::from_millis(500));
            }
            let _ = exporter.flush(Duration::from_secs(30));
        }
        let requests = fake.requests();
        let all: Vec<_> = requests.iter().map(exemplars).collect();
        assert_eq!(all.iter().map(Vec::len).collect::<Vec<_>>(), [2, 3, 2, 2], "{all:?}");
        for (_, exemplar) in all.iter().flatten() {
            assert_eq!(exemplar.trace_id, own.trace_id().to_bytes());
            assert_eq!(exemplar.span_id, own.span_id().to_bytes());
        }
        let values: Vec<_> = all[0].iter().map(|(name, of)| (&**name, of.value.unwrap())).collect();
        assert_eq!(values, [("traced.orders", Value::AsInt(1)), ("traced.took", Value::AsDouble(2.5))]);
        let slow = |exemplars: &&Vec<(String, Exemplar)>| {
            exemplars.iter().any(|(_, exemplar)| exemplar.value == Some(Value::AsDouble(2.5)))
        };
        assert_eq!(all.iter().filter(slow).count(), 2, "once it has arrived, it is not sent again");
        exporter.shutdown(Duration::from_secs(30)).ok();
    }
}
