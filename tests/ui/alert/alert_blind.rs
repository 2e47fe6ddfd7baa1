//! errors: 4

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Panics.
    #[counter]
    #[alert(ratio_above = 0, matching(fatal = "true"))]
    fn panics(&self, #[label(cap = 64)] route: &str, fatal: bool);

    /// Panics, of many places.
    #[counter]
    #[alert(ratio_above = 0.0, to = panics)]
    fn crashes(&self, #[label(range = 0..=300)] place: u16);

    /// Stops, of which nothing is there before the first.
    #[counter(initial = none)]
    #[alert(ratio_above = 0, to = panics)]
    fn stops(&self);

    /// Kills: known texts are there from the start, and others are not.
    #[counter]
    #[alert(ratio_above = 0, to = panics)]
    fn kills(&self, #[label(cap = 64, known = ["a", "b"])] signal: &str);

    /// Halts, with alerts that see the first event.
    #[counter]
    #[counter(name = "halts_all", labels())]
    #[alert(ratio_above = 0, to = panics, on = halts_all)]
    #[alert(ratio_above = 0, on = halts, matching(signal = ["a", "b"]))]
    #[alert(rate_above = 0, on = halts)]
    fn halts(&self, #[label(cap = 64, known = ["a", "b"])] signal: &str);
}

fn main() {}
