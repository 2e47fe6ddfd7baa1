//! A service that moved from `prometheus`: a server stores of it what it stored before.

#[path = "../../guide/ports"]
#[allow(
    clippy::cast_precision_loss,
    clippy::too_many_lines,
    dead_code,
    reason = "services write it so; half a move is a test of the guide"
)]
pub mod from_guide {
    pub mod from_prometheus;
}

use crate::http::Endpoint;
use crate::promtool;
use crate::samples::{Metas, Samples};
use crate::server::{Prometheus, Version};
use from_guide::from_prometheus::{after, before};
use telemetry::prometheus::Format;

fn is_ours(name: &str) -> bool {
    !name.starts_with("telemetry_")
}

/// Bounds as a number has them, not as somebody wrote them.
fn with_bounds(samples: Samples) -> Samples {
    samples.with_label_mapped("le", |bound| {
        bound.parse().map_or_else(|_| bound.to_owned(), |bound: f64| bound.to_string())
    })
}

fn is_same(mut old: Metas, mut new: Metas) -> bool {
    old.retain(|name, _| is_ours(name));
    new.retain(|name, _| is_ours(name));
    assert!(old.len() > 60);
    old == new
}

#[test]
fn the_server_stores_what_it_stored_before() {
    let text = "text/plain; version=0.0.4; charset=utf-8";
    let open_metrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let pages = [
        ("old", text, before().unwrap()),
        ("text", text, after(Format::Text).unwrap()),
        ("openmetrics", open_metrics, after(Format::OpenMetrics).unwrap()),
    ];
    let endpoints = pages.map(|(job, kind, [_, page])| (job, Endpoint::of(kind, page)));
    let jobs = endpoints.each_ref().map(|(job, endpoint)| (*job, endpoint.address));
    for server in Prometheus::each("ports", &jobs) {
        let read = |job| {
            let samples = server.read(job).unwrap();
            samples.only(|name| is_ours(name) && !name.ends_with("_created")).without_empty_labels()
        };
        let old = read("old");
        for job in ["text", "openmetrics"] {
            let (judge, new) = (format!("{server}, {job}"), read(job));
            match server.version {
                // It stores bounds as they are written.
                Version::Two => {
                    assert_ne!(old.differences(&new), Vec::<String>::new(), "{judge}");
                    with_bounds(old.clone()).assert_same(&with_bounds(new), &judge);
                }
                Version::Three => old.assert_same(&new, &judge),
            }
        }
        assert!(is_same(server.metas("old"), server.metas("text")), "{server}");
    }
}

#[test]
fn promtool_says_of_it_what_it_said_before() {
    let [[_, old], [_, new]] = [before().unwrap(), after(Format::Text).unwrap()];
    let said = promtool::lints(&old);
    assert!(said.len() > 30, "{said:#?}");
    assert_eq!(promtool::lints(&new), said);
}
