//! What a registry refuses to hold, and what it says then.

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
    assert!(first.source.file.ends_with("clashes.rs") && first.source.line == 9, "{first}");
    assert!(second.source.line == 20, "{second}");
    assert_eq!(
        error.to_string().replace(file!(), "FILE"),
        "`Flat::mail_sent` (FILE:20) would be exported as `mail_sent`, and so is `Mail::sent` (FILE:9)"
    );
    let error = registry.register::<dyn Sample>().unwrap_err();
    assert!(matches!(&error, RegisterError::Clash { sample, .. } if sample == "mail_size_count"), "{error}");
    assert!(registry.register::<dyn Foreign>().is_err());
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
