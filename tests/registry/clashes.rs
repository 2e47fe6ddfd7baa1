//! What a registry refuses to hold, and what it says then.

use telemetry::prometheus::{Format, render};
use telemetry::registry::RegisterError;
use telemetry::{Registry, metrics};

#[metrics(namespace = "mail")]
pub trait Mail {
    /// Sent.
    #[counter]
    fn sent(&self, urgent: bool);

    /// Sizes.
    #[histogram(buckets = [1.0])]
    fn size(&self, n: f64);
}

#[metrics]
pub trait Flat {
    /// The same name by another way.
    #[counter]
    fn mail_sent(&self);
}

#[metrics(namespace = "mail_size")]
pub trait Sample {
    /// A gauge that has the name of a histogram's sample.
    #[gauge(name = "count")]
    fn set_count(&self, n: u64);
}

#[metrics(namespace = "telemetry")]
pub trait Foreign {
    /// A name of the registry's own.
    #[counter]
    fn dropped(&self);
}

#[test]
fn one_sample_name_is_one_instrument() {
    let registry = Registry::new();
    registry.register::<dyn Mail>().unwrap();
    let error = registry.register::<dyn Flat>().unwrap_err();
    let RegisterError::Clash { sample, first, second } = &error else { panic!("{error}") };
    assert_eq!(sample, "mail_sent");
    assert!(first.source.file.ends_with("clashes.rs") && first.source.line == 10, "{first}");
    assert!(second.source.line == 21, "{second}");
    assert_eq!(
        error.to_string().replace(file!(), "FILE"),
        "`Flat::mail_sent` (FILE:21) would be exported as `mail_sent`, and so is `Mail::sent` (FILE:10)"
    );
    let error = registry.register::<dyn Sample>().unwrap_err();
    assert!(matches!(&error, RegisterError::Clash { sample, .. } if sample == "mail_size_count"), "{error}");
    assert!(registry.register::<dyn Foreign>().is_err());
}

/// A service's own names, as they are written.
#[metrics(namespace = "node", suffixes = off)]
pub trait Node {
    /// Blocks accepted.
    #[counter(was = "accepted_blocks_total")]
    fn blocks(&self);

    /// Jobs started.
    #[counter(suffixes = on)]
    fn jobs(&self);
}

macro_rules! one {
    ($($surface:ident $attribute:ident ($($arguments:tt)*) ($($parameter:tt)*);)*) => {$(
        #[metrics]
        pub trait $surface {
            /// One metric.
            #[$attribute($($arguments)*)]
            fn one(&self, $($parameter)*);
        }
    )*};
}

one! {
    Verbatim counter(name = "node_blocks", suffixes = off) ();
    Former counter(name = "accepted_blocks") ();
    FormerAlone gauge(name = "accepted_blocks_created") (n: u64);
    Created gauge(name = "node_jobs_created") (n: u64);
    Total gauge(name = "node_jobs_total") (n: u64);
    Family histogram(name = "node_jobs", buckets = [1.0]) (n: u64);
    Was counter(name = "fine", was = "node_blocks") ();
    OwnSample gauge(name = "telemetry_dropped_total") (n: u64);
    OwnFamily counter(name = "telemetry_dropped", suffixes = off) ();
    WithTotal counter(name = "node_blocks") ();
    Beside gauge(name = "node_blocks_count") (n: u64);
    Info gauge(name = "node_blocks_info") (n: u64);
    OfNothing gauge(name = "node_blocks_created") (n: u64);
}

/// A clash has the name that both would have; without one, the surface is registered.
fn clash<S: telemetry::UnlabeledSurface + ?Sized>() -> Option<String> {
    let registry = Registry::new();
    registry.register::<dyn Node>().unwrap();
    match registry.register::<S>() {
        Ok(_) => None,
        Err(RegisterError::Clash { sample, .. }) => Some(sample),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn names_clash_as_they_are_exported() {
    let clash = [
        (clash::<dyn Verbatim>(), "node_blocks"),
        (clash::<dyn Former>(), "accepted_blocks"),
        (clash::<dyn FormerAlone>(), "accepted_blocks_created"),
        (clash::<dyn Created>(), "node_jobs_created"),
        (clash::<dyn Total>(), "node_jobs_total"),
        (clash::<dyn Family>(), "node_jobs"),
        (clash::<dyn Was>(), "node_blocks"),
        (clash::<dyn OwnSample>(), "telemetry_dropped_total"),
        (clash::<dyn OwnFamily>(), "telemetry_dropped"),
        // OpenMetrics has a family of that name.
        (clash::<dyn WithTotal>(), "node_blocks"),
    ];
    for (found, expected) in clash {
        assert_eq!(found.as_deref(), Some(expected));
    }
}

#[test]
fn a_name_that_only_looks_like_a_sample_is_free() {
    assert_eq!(clash::<dyn Beside>(), None);
    assert_eq!(clash::<dyn Info>(), None);
    // A counter without suffixes has no `_created`.
    assert_eq!(clash::<dyn OfNothing>(), None);
}

#[test]
fn a_registry_knows_what_it_exports() {
    let registry = Registry::new();
    registry.register::<dyn Node>().unwrap();
    // The last one is a sample in OpenMetrics.
    let taken = ["node_blocks", "accepted_blocks_total", "node_jobs_total", "node_jobs_created"];
    for name in taken {
        assert!(registry.has_sample_name(name) && registry.exports_sample_name(name), "{name}");
    }
    for name in ["accepted_blocks", "node_jobs"] {
        assert!(registry.has_sample_name(name) && !registry.exports_sample_name(name), "{name}");
    }
    for name in ["node_blocks_total", "node_blocks_created", "node.blocks"] {
        assert!(!registry.has_sample_name(name) && !registry.exports_sample_name(name), "{name}");
    }
}

/// A metric that keeps its name has moved, although its old counter has no `_total`.
#[test]
fn a_counter_without_total_moves_here() {
    let registry = Registry::new();
    registry.join(|| "# TYPE node_blocks counter\nnode_blocks 9\n".to_owned());
    let metrics = registry.register::<dyn Node>().unwrap();
    metrics.blocks();
    for format in [Format::Text, Format::OpenMetrics] {
        // What is left out counts in the next scrape.
        let text = [render(&registry, format), render(&registry, format)].concat();
        assert_eq!(text.matches("\nnode_blocks 1\n").count(), 2, "{text}");
        assert!(!text.contains("node_blocks 9"), "{text}");
        assert!(text.contains("telemetry_rejected_expositions_total{reason=\"clash\"} 0\n"), "{text}");
        assert!(!text.contains("telemetry_rejected_expositions_total{reason=\"clash\"} 1\n"), "{text}");
    }
}

#[test]
fn a_refused_surface_leaves_nothing_behind() {
    let registry = Registry::new();
    registry.register::<dyn Mail>().unwrap();
    let families = registry.snapshot().families().count();
    registry.register::<dyn Flat>().unwrap_err();
    assert_eq!(registry.snapshot().families().count(), families);
}

#[test]
fn a_surface_twice_is_an_explicit_choice() {
    let registry = Registry::new();
    let first = registry.register::<dyn Mail>().unwrap();
    let error = registry.register::<dyn Mail>().unwrap_err();
    assert!(error.to_string().contains("`register_or_get` returns the existing instruments"), "{error}");
    let second = registry.register_or_get::<dyn Mail>().unwrap();
    first.sent(true);
    second.sent(true);
    assert_eq!(super::lines(&registry, "sent"), ["urgent=false 0", "urgent=true 2"]);
}

#[test]
fn registries_know_nothing_of_each_other() {
    let (one, other) = (Registry::new(), Registry::new());
    let metrics = one.register::<dyn Mail>().unwrap();
    let _silent = other.register::<dyn Mail>().unwrap();
    metrics.sent(false);
    assert_eq!(super::lines(&one, "sent"), ["urgent=false 1", "urgent=true 0"]);
    assert_eq!(super::lines(&other, "sent"), ["urgent=false 0", "urgent=true 0"]);
}

#[test]
fn constant_labels_are_checked() {
    let long = "x".repeat(257);
    for (key, value, message) in [
        (
            "a-b",
            "",
            "constant label \"a-b\" is not a name; use letters, digits and `_`, not `__` at the start",
        ),
        ("", "", "constant label \"\" is not a name; use letters, digits and `_`, not `__` at the start"),
        ("1a", "", "constant label \"1a\" is not a name; use letters, digits and `_`, not `__` at the start"),
        (
            "job",
            "",
            "constant label `job` would become `exported_job`, since a scrape adds `job` to each series; \
             set it in the scrape's configuration, or for OTLP as an attribute of the resource",
        ),
        (
            "instance",
            "",
            "constant label `instance` would become `exported_instance`, since a scrape adds `instance` to each \
             series; set it in the scrape's configuration, or for OTLP as an attribute of the resource",
        ),
        ("le", "", "constant label `le` is reserved: Prometheus or the registry gives it a meaning"),
        ("__x", "", "constant label `__x` is reserved: Prometheus or the registry gives it a meaning"),
        ("region", long.as_str(), "the value of constant label `region` is longer than 256 bytes"),
    ] {
        let error = Registry::builder().constant_label(key, value).build().unwrap_err();
        assert_eq!(error.to_string(), message);
    }
    let twice = Registry::builder().constant_label("a", "1").constant_label("a", "2").build().unwrap_err();
    assert_eq!(twice.to_string(), "constant label `a` is given twice");
}

#[test]
fn a_constant_label_and_a_label_of_a_surface_clash() {
    let registry = Registry::builder().constant_label("urgent", "x").build().unwrap();
    let error = registry.register::<dyn Mail>().unwrap_err();
    assert!(error.to_string().contains("has the label `urgent`, which is a constant label"), "{error}");
}

#[derive(telemetry::Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(name = "type", cap = 64)]
pub struct One<'a>(pub &'a str);

#[derive(telemetry::Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(name = "type", cap = 64)]
pub struct Two<'a>(pub &'a str);

#[metrics(namespace = "domains")]
pub trait Domains {
    /// The first.
    #[counter(name = "parcels")]
    fn one(&self, of: One<'_>);

    /// The second, with another type's numbers.
    #[counter(name = "parcels")]
    fn two(&self, of: Two<'_>);
}

#[test]
fn one_instrument_takes_a_label_from_one_open_set() {
    let error = Registry::new().register::<dyn Domains>().unwrap_err();
    assert!(matches!(&error, RegisterError::Domains { key, .. } if key == "type"), "{error}");
    assert!(
        error.to_string().ends_with("its label `type` is of another open set; use one label type in both")
    );
}

#[test]
fn keys_of_the_registrys_own_metrics_are_reserved() {
    for key in ["reason", "label"] {
        let error = Registry::builder().constant_label(key, "x").build().unwrap_err();
        assert_eq!(error, telemetry::registry::BuildError::Reserved(key.to_owned()));
    }
}
