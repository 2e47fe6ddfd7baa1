//! Namespaces that come from a constant: the same names, checks and alerts as with the literal.

use telemetry::{Registry, Surface, catalog, metrics, prometheus};

/// The first words of all names of this program.
const PROGRAM: &str = "mail_2.outbox";

mod names {
    pub const FOREIGN: &str = "relay";
}

macro_rules! surface {
    ($name:ident, $namespace:expr) => {
        #[metrics(namespace = $namespace, mock(cfg(any())))]
        pub trait $name {
            /// Mails sent.
            #[counter(was = "sent_total")]
            #[alert(rate_below = 0.5)]
            #[alert(name = "Slow", rate_below = 1.0)]
            fn mails_sent(&self, urgent: bool);

            /// Time to send.
            #[histogram(unit = seconds)]
            #[alert(quantile = 0.99, above = 1.0)]
            fn send_time(&self, seconds: f64);
        }
    };
}

mod literal {
    use super::*;
    surface!(Metrics, "mail_2.outbox");
}

mod constant {
    use super::*;
    surface!(Metrics, PROGRAM);
}

#[metrics(namespace = names::FOREIGN)]
trait Foreign {
    /// Peers.
    #[gauge]
    fn set_peers(&self, count: u64);
}

#[test]
fn a_constant_gives_what_the_literal_gives() {
    let schemas = [<dyn literal::Metrics>::SCHEMA, <dyn constant::Metrics>::SCHEMA];
    assert_eq!(schemas[1].namespace, "mail_2.outbox");
    let rules = [
        catalog::prometheus_rules::<dyn literal::Metrics>(),
        catalog::prometheus_rules::<dyn constant::Metrics>(),
    ];
    let of_literal = rules[0].replace("literal", "constant");
    assert_eq!(of_literal, rules[1]);
    assert!(rules[1].contains("alert: Mail2OutboxSendTimeP99Above"), "{}", rules[1]);
    assert!(rules[1].contains("alert: Slow"), "{}", rules[1]);
    let names = |schema: &'static telemetry::schema::Schema| {
        let events = schema.events.iter();
        events.map(|event| (event.names(0), event.former_names(0))).collect::<Vec<_>>()
    };
    assert_eq!(names(schemas[0]), names(schemas[1]));
}

#[test]
fn a_constant_of_a_module_names_the_series() {
    let registry = Registry::new();
    registry.register::<dyn Foreign>().unwrap().set_peers(3);
    let page = prometheus::render(&registry, prometheus::Format::Text);
    assert!(page.contains("\nrelay_peers 3\n"), "{page}");
}

/// As a service has it.
const OLD: &str = "mailQueue";

#[metrics(namespace = OLD, suffixes = off, mock(cfg(any())))]
trait Old {
    /// Size of the queue.
    #[gauge(name = "queueSize")]
    #[alert(above = 10)]
    fn set_queue_size(&self, mails: u64);
}

#[test]
fn names_without_suffixes_stay_as_a_service_has_them() {
    let registry = Registry::new();
    registry.register::<dyn Old>().unwrap().set_queue_size(3);
    let page = prometheus::render(&registry, prometheus::Format::Text);
    assert!(page.contains("\nmailQueue_queueSize 3\n"), "{page}");
    assert!(catalog::prometheus_rules::<dyn Old>().contains("alert: MailqueueQueuesizeAbove"));
    let catalog = catalog::Catalog::of::<dyn Old>();
    let lint = "mailQueue_queueSize metric names should be written in 'snake_case' not 'camelCase'";
    assert_eq!(catalog.metrics[0].lints, [lint]);
}

#[metrics(namespace = names::FOREIGN, mock(cfg(any())))]
trait Same {
    /// Mails.
    #[counter(was = "relay_mails_total")]
    fn mails(&self);
}

#[metrics(namespace = names::FOREIGN, mock(cfg(any())))]
trait Clash {
    /// Mails.
    #[counter]
    fn mails(&self);

    /// Letters.
    #[counter(was = "relay_mails_total")]
    fn letters(&self);
}

#[test]
fn what_the_macro_cannot_compare_is_an_error_of_the_registration() {
    for error in [
        Registry::new().register::<dyn Same>().map(drop).unwrap_err(),
        Registry::new().register::<dyn Clash>().map(drop).unwrap_err(),
    ] {
        assert!(error.to_string().contains("relay_mails"), "{error}");
    }
}
