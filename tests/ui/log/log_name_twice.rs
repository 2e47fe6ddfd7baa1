//! errors: 2

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Contacts that were due.
    #[counter]
    #[log("contact.due")]
    fn contacts_due(&self);

    /// Contacts that were due and were late.
    #[counter]
    #[log("contact.due")]
    fn contacts_late(&self);

    /// Contacts.
    #[gauge(name = "contacts_now")]
    #[log("contact.due")]
    fn set_contacts(&self, contacts: u64);

    /// Contacts that were due long ago, without a line.
    #[counter]
    #[log(off)]
    fn contact_lost(&self);

    /// Contacts made.
    #[counter]
    fn contacts(&self);

    /// Contacts that failed.
    #[counter(name = "contacts_failed")]
    #[log("contacts", level = warn)]
    fn failed(&self);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.contacts_due();
    }
}
