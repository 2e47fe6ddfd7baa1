//! errors: 3

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Panics.
    #[counter]
    #[alert(rate_above = 0)]
    fn panics(&self, #[label(cap = 64)] route: &str);

    /// Panics, of many places.
    #[counter]
    #[alert(rate_above = 0.0)]
    fn crashes(&self, #[label(range = 0..=300)] place: u16);

    /// Kills: known texts are there from the start, and others are not.
    #[counter]
    #[alert(rate_above = 0)]
    fn kills(&self, #[label(cap = 64, known = ["a", "b"])] signal: &str);

    /// Halts, with an alert that looks at what is there from the start.
    #[counter]
    #[counter(name = "halts_all", labels())]
    #[alert(rate_above = 0, on = halts_all)]
    #[alert(rate_above = 0, on = halts, matching(signal = ["a", "b"]), name = "Known")]
    #[alert(rate_above = 0.5, on = halts, name = "Often")]
    #[alert(rate_below = 0.5, on = halts)]
    fn halts(&self, #[label(cap = 64, known = ["a", "b"])] signal: &str);
}

fn main() {}
