//! errors: 1

use telemetry::metrics;

#[metrics(labels(shard: bool, inbound: bool))]
pub trait Metrics {
    /// Checkouts.
    #[counter]
    fn checkouts(
        &self,
        l1: bool,
        l2: bool,
        l3: bool,
        l4: bool,
        l5: bool,
        l6: bool,
        l7: bool,
        l8: bool,
        l9: bool,
        l10: bool,
        l11: bool,
        l12: bool,
        l13: bool,
        l14: bool,
        l15: bool,
        l16: bool,
        l17: bool,
        l18: bool,
        l19: bool,
        l20: bool,
        l21: bool,
        l22: bool,
        l23: bool,
        l24: bool,
        l25: bool,
        l26: bool,
        l27: bool,
        l28: bool,
        l29: bool,
        l30: bool,
    );
}

fn main() {}
