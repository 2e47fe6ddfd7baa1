//! The protobuf format in a real Prometheus, which prefers it once it keeps native histograms.

use crate::every_kind::{Metrics, Stage};
use crate::samples::Samples;
use crate::server::{Prometheus, Setup, Version};
use std::net::Ipv4Addr;
use std::time::Duration;
use telemetry::{Registry, prometheus};

/// The server's feature that makes it ask for protobuf.
const NATIVE: &str = "native-histograms";

const JOINED: &str = "# TYPE old_jobs counter\n# HELP old_jobs Jobs, by \\\"queue\\\".\n\
    old_jobs_total{queue=\"a\\\"\\\\b\\nc\"} 3 # {trace_id=\"abc\"} 0.5\n\
    # TYPE old_took_seconds histogram\n# UNIT old_took_seconds seconds\n\
    old_took_seconds_bucket{le=\"0.5\"} 2\nold_took_seconds_bucket{le=\"+Inf\"} 3 # {trace_id=\"def\"} 9\n\
    old_took_seconds_count 3\nold_took_seconds_sum 1.5\n\
    # TYPE old_size summary\nold_size{quantile=\"0.5\"} 7\nold_size_count 2\nold_size_sum 14\n\
    # TYPE old_build info\nold_build_info{version=\"1\"} 1\n\
    # TYPE old_state stateset\nold_state{old_state=\"up\"} 1\nold_state{old_state=\"down\"} 0\n\
    # TYPE old_other unknown\nold_other NaN\n# EOF\n";

fn recorded() -> Registry {
    let registry = Registry::builder().constant_label("zone", "eu \"1\"").build().unwrap();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    registry.join(|| JOINED.to_owned());
    metrics.calls();
    metrics.received(1 << 40);
    metrics.cost(0.1);
    metrics.busy(Duration::from_nanos(1_500_000_001));
    for text in ["plain", "quo\"te", "back\\slash", "new\nline", "ü€😀", ""] {
        metrics.texts(text, Some(Stage::Lease));
        metrics.texts(text, None);
    }
    metrics.opened();
    metrics.credit(-2.5);
    metrics.set_load(f64::INFINITY);
    metrics.set_depth(7, Stage::Insert);
    metrics.set_balance(-3);
    metrics.size(1.0);
    metrics.size(11.0);
    metrics.change(-0.5);
    metrics.took(Some(Duration::from_millis(700)), Stage::Lease);
    registry
}

/// What a server keeps that both formats have. OpenMetrics shows when sums began as samples, and has neither
/// count nor sum of a histogram of negative numbers.
fn kept(server: &Prometheus) -> Samples {
    let is_in_one =
        |name: &str| name.ends_with("_created") || ["kinds_change_count", "kinds_change_sum"].contains(&name);
    server.read("kinds").unwrap().only(|name| !is_in_one(name))
}

#[test]
fn the_server_stores_of_protobuf_what_it_stores_of_text() {
    let endpoint = prometheus::serve((Ipv4Addr::LOCALHOST, 0), &recorded()).unwrap();
    let targets = [("kinds", endpoint.local_addr())];
    for version in Version::ALL {
        let text = Prometheus::start(version, "text", &targets);
        let protobuf =
            Prometheus::with(version, "protobuf", &targets, Setup { features: NATIVE, ..Setup::default() });
        let expected = kept(&text);
        assert!(expected.len() > 60, "{}", expected.len());
        expected.assert_same(&kept(&protobuf), &format!("{protobuf}, protobuf"));
        assert_eq!(protobuf.number("kinds_change_count").to_string(), "1");
        let metas = text.metas("kinds");
        let of_protobuf = protobuf.metas("kinds");
        assert!(of_protobuf.len() > 20);
        for (name, meta) in of_protobuf {
            // OpenMetrics calls the family of a counter by another name.
            let of_text = metas.get(&name).or_else(|| metas.get(name.strip_suffix("_total")?));
            let of_text = of_text.or_else(|| metas.get(name.strip_suffix("_info")?));
            let Some(of_text) = of_text else { panic!("{name} is new") };
            assert_eq!(meta.help, of_text.help, "{name}");
        }
    }
}
