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
    assert_eq!(crate::lines(&registry, "waiting"), crate::lines(&registry, "mail_backlog"));
    assert_eq!(crate::lines(&registry, "sent"), crate::lines(&registry, "mail_delivered_total"));
    assert_eq!(crate::lines(&registry, "took"), crate::lines(&registry, "mail_latency_seconds"));
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

#[metrics(namespace = "mail")]
pub trait Left {
    /// Mails handed to the server.
    #[counter(was = "mail_sent")]
    fn sent(&self);

    /// Mails that came back.
    #[counter(suffixes = off, was = "mail_bounced_total")]
    fn bounced(&self);

    /// Time that it took.
    #[histogram(unit = seconds, buckets = [1.0], was = "mail_took")]
    fn took(&self, seconds: f64);

    /// Mails refused.
    #[counter(was = "refusedMails")]
    fn refused(&self);
}

#[test]
fn a_suffix_is_left_behind_and_taken_up() {
    let registry = Registry::new();
    let mail = registry.register::<dyn Left>().unwrap();
    mail.sent();
    mail.bounced();
    mail.took(0.5);
    mail.refused();
    let text = prometheus::render(&registry, prometheus::Format::Text);
    for line in [
        "# TYPE mail_sent counter\nmail_sent 1\n",
        "# TYPE mail_sent_total counter\nmail_sent_total 1\n",
        "# TYPE mail_bounced counter\nmail_bounced 1\n",
        "# TYPE mail_bounced_total counter\nmail_bounced_total 1\n",
        "# TYPE refusedMails counter\nrefusedMails 1\n",
        "\nmail_took_seconds_count 1\n",
        "\nmail_took_count 1\n",
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    let text = prometheus::render(&registry, prometheus::Format::OpenMetrics);
    for line in [
        // Two counters of one family would be one counter too many.
        "# TYPE mail_sent unknown\n",
        "# TYPE mail_sent_total unknown\n",
        "# TYPE mail_bounced unknown\n",
        "# TYPE mail_bounced_total unknown\n",
        "# TYPE refusedMails unknown\n",
        "# TYPE mail_refused counter\n",
        "# TYPE mail_took_seconds histogram\n# UNIT mail_took_seconds seconds\n",
        // The format allows no unit that the name does not end in.
        "# TYPE mail_took histogram\n# HELP",
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    for name in
        ["mail_sent_created", "mail_sent_total_created", "mail_bounced_created", "refusedMails_created"]
    {
        assert!(!text.contains(name), "{name} is in {text}");
    }
}

#[test]
fn a_name_that_differs_in_suffixes_alone_is_pushed_once() {
    let registry = Registry::new();
    registry.register::<dyn Left>().unwrap();
    let snapshot = registry.snapshot();
    let ours = snapshot.dotted_families().filter(|family| family.namespace() == "mail");
    let names: Vec<String> = ours.map(|family| family.names().dotted).collect();
    assert_eq!(names, ["mail.sent", "mail.bounced", "mail.took", "mail.refused", "refusedMails"]);
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
