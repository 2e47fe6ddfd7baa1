//! errors: 3

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Requests.
    #[counter]
    fn requests(&self, urgent: bool);

    /// Rounds.
    #[counter]
    fn rounds(&self);

    /// Requests that failed.
    #[counter]
    #[alert(ratio_above = 0.1, to = requests, of(urgnt = "true"))]
    #[alert(ratio_above = 0.1, to = rounds, of(urgent = "true"), name = "Rounds")]
    fn failed(&self, urgent: bool);

    /// Mails.
    #[counter]
    #[alert(ratio_above = 0.1, matching(sent = "false"), of(send = "true"))]
    fn mails(&self, sent: bool);
}

fn main() {}
