//! What is on the wire, line by line, in both dialects.

use crate::receiver::{Receiver, Totals};
use crate::surface::{HOSTILE, LONG, Method, Metrics as _, app};
use std::time::Duration;
use telemetry::statsd::{Config, Dialect, Histograms};
use telemetry::{Registry, metrics};

fn record(metrics: &dyn crate::surface::Metrics) {
    metrics.requests(Method::Get, "/users");
    metrics.requests(Method::Get, "/users");
    metrics.received(u64::MAX);
    metrics.paid(0.25);
    metrics.busy(Duration::new(3, 40));
    metrics.jobs("mail", -2);
    metrics.set_heat("attic", -3.5);
    metrics.set_heat("cellar", 12.0);
    metrics.duration(Method::Post, Duration::from_millis(1_250));
    metrics.size(512);
}

#[test]
fn each_kind_in_plain_statsd() {
    let (registry, metrics) = app();
    let receiver = Receiver::udp();
    let guard = receiver.config().start(&registry).unwrap();
    record(&metrics);
    guard.flush(LONG).unwrap();
    assert_eq!(
        receiver.sorted(),
        [
            "app.busy:3.00000004|c",
            "app.duration.post:1250|ms",
            "app.heat.attic:-3.5|g",
            "app.heat.attic:0|g",
            "app.heat.cellar:12|g",
            "app.jobs.mail:-2|g",
            "app.jobs.mail:0|g",
            "app.paid:0.25|c",
            "app.received:18446744073709551615|c",
            "app.requests.get._users:2|c",
            "app.size:512|ms",
        ]
    );
    // Gauges again, since servers forget; of counters what is new.
    metrics.requests(Method::Get, "/users");
    metrics.set_heat("attic", 1.0);
    guard.shutdown(LONG).unwrap();
    assert_eq!(
        receiver.sorted(),
        [
            "app.heat.attic:1|g",
            "app.heat.cellar:12|g",
            "app.jobs.mail:-2|g",
            "app.jobs.mail:0|g",
            "app.requests.get._users:1|c",
        ]
    );
}

#[test]
fn each_kind_in_dogstatsd() {
    let registry = Registry::builder().constant_label("region", "eu 1").build().unwrap();
    let metrics = registry.register::<dyn crate::surface::Metrics>().unwrap();
    let receiver = Receiver::udp();
    let config = receiver.config().dialect(Dialect::DogStatsd).tag("env", "prod").prefix("svc");
    let guard = config.start(&registry).unwrap();
    record(&metrics);
    guard.shutdown(LONG).unwrap();
    assert_eq!(
        receiver.sorted(),
        [
            "svc.app.busy:3.00000004|c|#region:eu_1,env:prod",
            "svc.app.duration:1.25|h|#method:post,region:eu_1,env:prod",
            "svc.app.heat:-3.5|g|#room:attic,region:eu_1,env:prod",
            "svc.app.heat:12|g|#room:cellar,region:eu_1,env:prod",
            "svc.app.jobs:-2|g|#queue:mail,region:eu_1,env:prod",
            "svc.app.paid:0.25|c|#region:eu_1,env:prod",
            "svc.app.received:18446744073709551615|c|#region:eu_1,env:prod",
            "svc.app.requests:2|c|#method:get,route:/users,region:eu_1,env:prod",
            "svc.app.size:512|h|#region:eu_1,env:prod",
        ]
    );
}

#[metrics(namespace = "tagged")]
trait Tagged {
    /// Calls by stage.
    #[counter]
    #[log(off)]
    fn staged(
        &self,
        #[label(name = "env", cap = 8)] env: &str,
        #[label(name = "version", cap = 8)] version: &str,
    );

    /// Calls.
    #[counter]
    #[log(off)]
    fn calls(&self);
}

#[test]
fn a_key_is_sent_once_and_what_is_nearer_to_the_call_counts() {
    let builder = Registry::builder().constant_label("service", "const").constant_label("Team", "ours");
    let registry = builder.build().unwrap();
    let metrics = registry.register::<dyn Tagged>().unwrap();
    let receiver = Receiver::udp();
    let tags = ("DD_TAGS", "env:dev,service:list,stack:b,stack:a,spot,Team");
    let variables = [tags, ("DD_ENV", "prod"), ("DD_SERVICE", "var"), ("DD_VERSION", "v1")];
    let config = Config::from_variables(|name| {
        variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    });
    let config = config.unwrap().target(receiver.target()).interval(LONG).dialect(Dialect::DogStatsd);
    let config = config.origin_detection(false);
    let config = config.tag("zone", "a").tag("version", "v2").tag("team", "theirs").tag("zone", "b");
    let guard = config.start(&registry).unwrap();
    metrics.staged("canary", "v9");
    metrics.calls();
    guard.shutdown(LONG).unwrap();
    assert_eq!(
        receiver.sorted(),
        [
            "tagged.calls:1|c|#service:const,Team:ours,version:v2,zone:b,stack:a,spot,env:prod",
            "tagged.staged:1|c|#env:canary,version:v9,service:const,Team:ours,zone:b,stack:a,spot",
        ]
    );
}

#[test]
fn histograms_are_sent_as_the_chosen_type() {
    for (histograms, line) in [
        (Histograms::Milliseconds, "app.duration:1250|ms|#method:post"),
        (Histograms::Histogram, "app.duration:1.25|h|#method:post"),
        (Histograms::Distribution, "app.duration:1.25|d|#method:post"),
    ] {
        let (registry, metrics) = app();
        let receiver = Receiver::udp();
        let config = receiver.config().dialect(Dialect::DogStatsd).histograms(histograms);
        let guard = config.start(&registry).unwrap();
        metrics.duration(Method::Post, Duration::from_millis(1_250));
        guard.shutdown(LONG).unwrap();
        assert_eq!(receiver.lines(), [line]);
    }
}

#[metrics(namespace = "mail")]
trait Renamed {
    /// Mails handed to the server.
    #[counter(was = "mail_delivered_total")]
    fn sent(&self, urgent: bool);

    /// Mails that wait.
    #[gauge(was = "mail_backlog")]
    fn set_waiting(&self, mails: u64);

    /// Time that it took.
    #[histogram(name = "took", unit = seconds, buckets = [1.0], was = "mail_latency_seconds")]
    fn took(&self, urgent: bool, seconds: f64);
}

#[test]
fn a_renamed_metric_is_sent_under_both_names() {
    for (dialect, expected) in [
        (
            Dialect::Plain,
            [
                "mail.backlog:7|g",
                "mail.delivered.true:1|c",
                "mail.latency.true:500|ms",
                "mail.sent.true:1|c",
                "mail.took.true:500|ms",
                "mail.waiting:7|g",
            ],
        ),
        (
            Dialect::DogStatsd,
            [
                "mail.backlog:7|g",
                "mail.delivered:1|c|#urgent:true",
                "mail.latency:0.5|h|#urgent:true",
                "mail.sent:1|c|#urgent:true",
                "mail.took:0.5|h|#urgent:true",
                "mail.waiting:7|g",
            ],
        ),
    ] {
        // In a datagram of two lines, and in datagrams of one.
        for max_datagram in [1_432, 64] {
            let registry = Registry::new();
            let metrics = registry.register::<dyn Renamed>().unwrap();
            let receiver = Receiver::udp();
            let config = receiver.config().dialect(dialect).max_datagram(max_datagram);
            let guard = config.start(&registry).unwrap();
            metrics.sent(true);
            metrics.set_waiting(7);
            metrics.took(true, 0.5);
            guard.shutdown(LONG).unwrap();
            assert_eq!(receiver.sorted(), expected);
        }
    }
}

#[metrics(namespace = "mail", suffixes = off)]
trait Left {
    /// Mails handed to the server.
    #[counter(suffixes = on, was = "mail_sent")]
    fn sent(&self);

    /// Time that it took.
    #[histogram(unit = seconds, buckets = [1.0], was = "mail_took_seconds")]
    fn took(&self, seconds: f64);

    /// Mails refused.
    #[counter(was = "refusedMails")]
    fn refused(&self);
}

#[test]
fn a_name_that_differs_in_suffixes_alone_is_sent_once() {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Left>().unwrap();
    let receiver = Receiver::udp();
    let guard = receiver.config().start(&registry).unwrap();
    metrics.sent();
    metrics.took(0.5);
    metrics.refused();
    guard.shutdown(LONG).unwrap();
    assert_eq!(
        receiver.sorted(),
        ["mail.refused:1|c", "mail.sent:1|c", "mail.took:500|ms", "refusedMails:1|c"]
    );
}

/// A server that comes late gets each sample once, under each name.
#[test]
fn a_renamed_sample_that_had_to_wait_is_sent_once_under_each_name() {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Renamed>().unwrap();
    let receiver = Receiver::udp();
    let address = receiver.target().strip_prefix("udp://").unwrap().to_owned();
    let config = receiver.config().dialect(Dialect::DogStatsd).max_datagram(64);
    drop(receiver);
    let guard = config.start(&registry).unwrap();
    (0..50).for_each(|_| metrics.took(false, 0.5));
    guard.flush(LONG).unwrap_err();
    let receiver = Receiver::at(&address);
    guard.shutdown(LONG).unwrap();
    let totals = receiver.lines();
    for name in ["mail.took:", "mail.latency:"] {
        assert_eq!(totals.iter().filter(|line| line.starts_with(name)).count(), 50, "{name}");
    }
}

#[test]
fn a_negative_gauge_is_set_in_one_datagram() {
    let (registry, metrics) = app();
    let receiver = Receiver::udp();
    // There is room for one line and a half.
    let guard = receiver.config().max_datagram(64).start(&registry).unwrap();
    metrics.set_heat("attic", -1.5);
    metrics.set_heat("loft", -2.5);
    guard.shutdown(LONG).unwrap();
    let datagrams = receiver.datagrams();
    for lines in ["app.heat.attic:0|g\napp.heat.attic:-1.5|g\n", "app.heat.loft:0|g\napp.heat.loft:-2.5|g\n"]
    {
        assert!(datagrams.iter().any(|datagram| datagram == lines), "{datagrams:?}");
    }
}

#[test]
fn no_label_value_can_forge_a_line_a_tag_or_a_name() {
    for dialect in [Dialect::Plain, Dialect::DogStatsd] {
        let (registry, metrics) = app();
        let receiver = Receiver::udp();
        if dialect == Dialect::DogStatsd {
            let broken =
                receiver.config().dialect(dialect).tag("k", HOSTILE[0]).start(&registry).unwrap_err();
            assert!(broken.to_string().contains("it has a line break"), "{broken}");
        }
        let tag = "x,admin.grants:1|c|#env:prod";
        let guard = receiver.config().dialect(dialect).tag("k", tag).start(&registry).unwrap();
        for (times, text) in (1..).zip(HOSTILE) {
            for _ in 0..times {
                metrics.requests(Method::Get, text);
            }
        }
        guard.shutdown(LONG).unwrap();
        let lines = receiver.lines();
        assert_eq!(lines.len(), HOSTILE.len());
        for line in &lines {
            let (name, rest) = line.split_once(':').unwrap();
            let is_value = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '/' | '.' | ':');
            match dialect {
                Dialect::Plain => {
                    let value = name.strip_prefix("app.requests.get.").unwrap();
                    assert!(
                        value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-'),
                        "{line}"
                    );
                    assert!(rest.strip_suffix("|c").unwrap().parse::<u64>().is_ok(), "{line}");
                }
                _ => {
                    assert_eq!(name, "app.requests");
                    let (value, tags) = rest.split_once("|c|#").unwrap();
                    assert!(value.parse::<u64>().is_ok(), "{line}");
                    let tags: Vec<_> = tags.split(',').collect();
                    assert_eq!(tags.len(), 3, "{line}");
                    assert!(tags[1].starts_with("route:") && tags[1].chars().all(is_value), "{line}");
                    assert!(tags[2].starts_with("k:x_admin") && tags[2].chars().all(is_value), "{line}");
                }
            }
        }
        let mut totals = Totals::default();
        totals.add(&lines);
        let calls = (1..=HOSTILE.len()).sum::<usize>();
        assert_eq!(totals.counters.values().sum::<f64>(), calls as f64);
    }
}

#[metrics(namespace = "same")]
trait Same {
    /// Calls.
    #[counter]
    #[log(off)]
    fn calls(&self, #[label(cap = 8)] text: &str);

    /// Level.
    #[up_down_counter]
    #[log(off)]
    fn level(&self, #[label(cap = 8)] text: &str, n: i64);

    /// Height.
    #[gauge]
    #[log(off)]
    fn set_height(&self, #[label(cap = 8)] text: &str, n: i64);
}

#[test]
fn series_of_one_name_add_up_and_of_gauges_the_last_counts() {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Same>().unwrap();
    let receiver = Receiver::udp();
    let guard = receiver.config().start(&registry).unwrap();
    for (n, text) in (1..).zip(["a b", "a.b", "a/b"]) {
        for _ in 0..n {
            metrics.calls(text);
        }
        metrics.level(text, -n);
        metrics.set_height(text, n);
    }
    guard.shutdown(LONG).unwrap();
    let mut totals = Totals::default();
    totals.add(&receiver.lines());
    assert_eq!(totals.counters["same.calls.a_b"], 6.0);
    assert_eq!(totals.gauges["same.level.a_b"], -6.0);
    assert_eq!(totals.gauges["same.height.a_b"], 3.0);
}

#[metrics(namespace = "guarded")]
trait Guarded {
    /// Jobs.
    #[counter]
    #[up_down_counter(in_flight, name = "jobs_running", labels(queue), help = "Jobs that run.")]
    #[guard(start_job)]
    #[log(off)]
    fn jobs(&self, #[label(cap = 8)] queue: &str, #[end(default = false)] done: bool);
}

/// Each delivery has what is in flight then, also where it went up and down since the last one.
#[test]
fn what_is_in_flight_is_sent_as_it_stands_at_each_delivery() {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Guarded>().unwrap();
    let receiver = Receiver::udp();
    let guard = receiver.config().start(&registry).unwrap();
    let delivered = || {
        guard.flush(LONG).unwrap();
        let mut totals = Totals::default();
        totals.add(&receiver.lines());
        (totals.gauges["guarded.jobs_running.a"], totals.counters.get("guarded.jobs.a.true").copied())
    };
    let first = metrics.start_job("a");
    metrics.start_job("a").end(true);
    assert_eq!(delivered(), (1.0, Some(1.0)));
    let second = metrics.start_job("a");
    second.discard();
    assert_eq!(delivered(), (1.0, None));
    first.end(true);
    assert_eq!(delivered(), (0.0, Some(1.0)));
}

#[test]
fn datagrams_fit_a_frame_and_are_divided_between_lines() {
    let (registry, metrics) = app();
    let receiver = Receiver::udp();
    let guard = receiver.config().start(&registry).unwrap();
    for n in 0..64 {
        metrics.requests(Method::Get, &format!("{n:0>100}"));
    }
    guard.shutdown(LONG).unwrap();
    let datagrams = receiver.datagrams();
    assert!(datagrams.len() > 4 && datagrams.len() < 12, "{}", datagrams.len());
    assert!(
        datagrams
            .iter()
            .all(|datagram| datagram.len() <= 1_432 && datagram.ends_with("|c\n")
                || datagram.ends_with("|g\n"))
    );
    assert_eq!(datagrams.concat().matches("app.requests.get.").count(), 64);
}

#[test]
fn a_share_of_the_samples_weighs_as_much_as_all() {
    let (registry, metrics) = app();
    let receiver = Receiver::udp();
    let guard = receiver.config().sample_rate(0.25).ring(1 << 15).start(&registry).unwrap();
    for _ in 0..10_000 {
        metrics.size(1);
    }
    metrics.received(10_000);
    guard.shutdown(LONG).unwrap();
    let lines = receiver.lines();
    assert!(lines.contains(&"app.size:1|ms|@0.25".to_owned()));
    assert!(lines.contains(&"app.received:10000|c".to_owned()), "counters are sent whole");
    let mut totals = Totals::default();
    totals.add(&lines);
    // 10,000 with a standard deviation of 173.
    let weight = totals.samples["app.size"];
    assert!((9_000.0..11_000.0).contains(&weight), "{weight}");
}

#[test]
fn a_configuration_that_means_nothing_is_an_error_that_says_what_does() {
    let (registry, _metrics) = app();
    for (config, message) in [
        (
            Config::default().target("localhost"),
            "statsd target is \"localhost\"; it has no scheme: write `udp://host:8125` or `unix:///var/run/datadog/dsd.socket`",
        ),
        (
            Config::default().prefix("a b"),
            "statsd prefix is \"a b\"; write letters, digits, `_`, `-` and `.`",
        ),
        (
            Config::default().sample_rate(0.0),
            "statsd sample rate is \"0\"; write a number above 0, and at most 1",
        ),
        (
            Config::default().sample_rate(f64::NAN),
            "statsd sample rate is \"NaN\"; write a number above 0, and at most 1",
        ),
    ] {
        assert_eq!(config.start(&registry).unwrap_err().to_string(), message);
    }
    let first = Config::default().start(&registry).unwrap();
    assert_eq!(
        Config::default().start(&registry).unwrap_err().to_string(),
        "another exporter takes this registry's histogram samples, such as a statsd exporter; \
         end it before this one starts"
    );
    drop(first);
    drop(Config::default().start(&registry).unwrap());
}
