//! Labels that are given at registration, in all that is made of a declaration: labels of each metric.

use telemetry::Surface;
use telemetry::catalog::{self, Class, Severity};

mod plain {
    #[telemetry::metrics(namespace = "pool")]
    pub trait Metrics {
        /// Checkouts.
        #[counter]
        fn checkouts(&self, reused: bool);

        /// Open connections.
        #[gauge]
        fn set_open(&self, connections: u64);
    }
}

mod labeled {
    #[telemetry::metrics(namespace = "pool", labels(#[label(cap = 8)] pool: &str))]
    pub trait Metrics {
        /// Checkouts.
        #[counter]
        #[alert(rate_above = 5.0, matching(pool = "orders"), by(reused), name = "Orders")]
        #[alert(rate_above = 9.0, by(pool), name = "Pools")]
        fn checkouts(&self, reused: bool);

        /// Open connections.
        #[gauge]
        #[alert(above = 50)]
        fn set_open(&self, connections: u64);
    }
}

mod wider {
    #[telemetry::metrics(namespace = "pool", labels(#[label(cap = 16)] pool: &str))]
    pub trait Metrics {
        /// Checkouts.
        #[counter]
        fn checkouts(&self, reused: bool);

        /// Open connections.
        #[gauge]
        fn set_open(&self, connections: u64);
    }
}

/// The same labels, on each method.
mod by_method {
    #[telemetry::metrics(namespace = "pool")]
    pub trait Metrics {
        /// Checkouts.
        #[counter]
        #[alert(rate_above = 5.0, matching(pool = "orders"), by(reused), name = "Orders")]
        #[alert(rate_above = 9.0, by(pool), name = "Pools")]
        fn checkouts(&self, #[label(cap = 8)] pool: &str, reused: bool);

        /// Open connections.
        #[gauge]
        #[alert(above = 50)]
        fn set_open(&self, #[label(cap = 8)] pool: &str, connections: u64);
    }
}

fn classes<Old: Surface + ?Sized, New: Surface + ?Sized>() -> Vec<(Class, Severity)> {
    let changes = catalog::compare::<New>(&catalog::lock::<Old>()).unwrap();
    changes.iter().map(|change| (change.class, change.severity())).collect()
}

#[test]
fn documents_show_labels_of_each_metric() {
    type Labeled = dyn labeled::Metrics;
    type ByMethod = dyn by_method::Metrics;
    assert_eq!(catalog::lock::<Labeled>(), catalog::lock::<ByMethod>());
    assert_eq!(catalog::semconv::<Labeled>(), catalog::semconv::<ByMethod>());
    let same = |labeled: String, by_method: String| {
        assert_eq!(labeled, by_method.replace("::by_method::", "::labeled::"));
    };
    same(catalog::prometheus_rules::<Labeled>(), catalog::prometheus_rules::<ByMethod>());
    same(catalog::grafana_dashboard::<Labeled>(), catalog::grafana_dashboard::<ByMethod>());
    let rules = catalog::prometheus_rules::<Labeled>();
    assert!(rules.contains("pool_checkouts_total{pool=\"orders\"}"), "{rules}");
    assert!(rules.contains("sum by (job, pool)"), "{rules}");
    let rows = |page: String| -> Vec<String> {
        page.lines().filter(|line| line.contains("pool_")).map(str::to_owned).collect()
    };
    assert_eq!(rows(catalog::markdown::<Labeled>()), rows(catalog::markdown::<ByMethod>()));
    let series = |schema: &telemetry::schema::Schema| schema.series();
    assert_eq!(series(<Labeled as Surface>::SCHEMA), series(<ByMethod as Surface>::SCHEMA));
}

#[test]
fn a_label_of_the_registration_changes_every_metric() {
    let added = classes::<dyn plain::Metrics, dyn labeled::Metrics>();
    // As a label of each method does.
    assert_eq!(added, classes::<dyn plain::Metrics, dyn by_method::Metrics>());
    assert!(added.contains(&(Class::LabelAdded, Severity::Notable)), "{added:?}");
    let removed = classes::<dyn labeled::Metrics, dyn plain::Metrics>();
    assert!(removed.contains(&(Class::LabelRemoved, Severity::Breaking)), "{removed:?}");
    let wider = classes::<dyn labeled::Metrics, dyn wider::Metrics>();
    assert_eq!(wider.iter().map(|(class, _)| *class).collect::<Vec<_>>(), [Class::CapChanged; 2]);
}
