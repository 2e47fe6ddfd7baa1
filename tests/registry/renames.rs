//! A metric that was renamed is there under both names, once in memory.

use telemetry::registry::{Family, FamilyId, RegisterError};
use telemetry::{Registry, metrics, prometheus};

#[metrics(namespace = "mail", max_series = 10)]
pub trait Mail {
    /// Mails handed to the server.
    #[counter(was = "mail_delivered_total", until = "2.0")]
    fn sent(&self, urgent: bool);

    /// Time that it took.
    #[histogram(name = "took", unit = seconds, buckets = [1.0], was = "mail_latency_seconds")]
    fn took(&self, seconds: f64);

    /// Mails that wait.
    #[gauge(was = "mail_backlog")]
    fn set_waiting(&self, mails: u64);
}

#[metrics(namespace = "mail")]
pub trait Older {
    /// The old name, still declared elsewhere.
    #[counter(name = "delivered")]
    fn delivered(&self);
}

#[test]
fn both_names_hold_the_same() {
    let registry = Registry::new();
    let mail = registry.register::<dyn Mail>().unwrap();
    mail.sent(true);
    mail.took(0.5);
    mail.set_waiting(7);
    assert_eq!(crate::lines(&registry, "waiting"), crate::lines(&registry, "backlog"));
    assert_eq!(crate::lines(&registry, "sent"), crate::lines(&registry, "delivered"));
    assert_eq!(crate::lines(&registry, "took"), crate::lines(&registry, "latency"));
    for format in [prometheus::Format::Text, prometheus::Format::OpenMetrics] {
        let text = prometheus::render(&registry, format);
        for name in ["sent", "delivered"] {
            assert!(text.contains(&format!("\nmail_{name}_total{{urgent=\"true\"}} 1\n")), "{text}");
        }
        for name in ["waiting", "backlog"] {
            assert!(text.contains(&format!("\nmail_{name} 7\n")), "{text}");
        }
        assert!(text.contains("HELP mail_delivered"), "{text}");
        assert!(text.contains(" Deprecated, use `sent`. Mails handed to the server.\n"), "{text}");
        assert!(text.contains("\nmail_latency_seconds_bucket{le=\"+Inf\"} 1\n"), "{text}");
    }
}

#[test]
fn an_old_name_is_a_family_of_its_own_behind_the_new_one() {
    let registry = Registry::new();
    registry.register::<dyn Mail>().unwrap();
    let snapshot = registry.snapshot();
    let of_mail = || snapshot.families().filter(|family| family.namespace() == "mail");
    let names: Vec<&str> = of_mail().map(|family| family.name()).collect();
    assert_eq!(
        names,
        ["sent", "mail_delivered_total", "took", "mail_latency_seconds", "waiting", "mail_backlog"]
    );
    let ids: Vec<FamilyId> = of_mail().map(|family| family.id()).collect();
    assert!(ids.is_sorted_by(|one, next| one < next), "{ids:?}");
    assert!(of_mail().all(|family: Family<'_>| family.instrument().was.is_some()));
}

#[test]
fn an_old_name_is_taken_as_well() {
    let registry = Registry::new();
    registry.register::<dyn Mail>().unwrap();
    let error = registry.register::<dyn Older>().unwrap_err();
    assert!(matches!(&error, RegisterError::Clash { sample, .. } if sample == "mail_delivered"), "{error}");
}

#[test]
fn usage_counts_series_once_and_knows_the_budget() {
    let registry = Registry::new();
    let mail = registry.register::<dyn Mail>().unwrap();
    mail.sent(true);
    let snapshot = registry.snapshot();
    let usage: Vec<_> = snapshot.usage().collect();
    let [own, of_mail] = usage.as_slice() else { panic!("two surfaces") };
    assert_eq!(own.surface.namespace, "telemetry");
    // Both counters and the histogram exist from the start.
    assert_eq!((of_mail.series, of_mail.worst_case(), of_mail.max_series()), (3, 4, Some(10)));
    assert_eq!(of_mail.to_string(), "`Mail` has 3 of 4 series at most, with a budget of 10");
    assert!(own.to_string().ends_with(" series at most"), "{own}");
}
