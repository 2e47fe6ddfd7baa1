//! Expressions for histograms. A server keeps a native one as `x`, as `x_bucket`, `x_sum` and `x_count`, or
//! as both: what scrapes it decides, and each expression finds the numbers of either form once.

use super::{Metric, select};
use crate::schema::bound;
use std::borrow::Cow;

impl Metric {
    /// Returns the quantile for each set of values of these labels. A native histogram has two expressions:
    /// of the native series, and of the buckets of all series that have no native form now.
    ///
    /// They are compared separately: a native series without events has no quantile, and hides no other one.
    pub(in crate::catalog) fn quantile(
        self,
        quantile: f64,
        by: &[Cow<'_, str>],
        matchers: &[String],
        window: &str,
    ) -> Vec<String> {
        let with_le: Vec<Cow<'_, str>> = by.iter().cloned().chain(["le".into()]).collect();
        let of =
            |by: &[Cow<'_, str>], rate: &str| format!("histogram_quantile({quantile}, {})", sum(by, rate));
        let buckets = rate(&self.select(matchers), window);
        if !self.is_native() {
            return vec![of(&with_le, &buckets)];
        }
        let native = self.select_native(matchers);
        vec![
            of(by, &rate(&native, window)),
            of(&with_le, &format!("{buckets} unless ignoring (le) {native}")),
        ]
    }

    /// Returns the average for each set of values of these labels.
    pub(in crate::catalog) fn average(self, by: &[Cow<'_, str>], window: &str) -> String {
        let summed = |suffix| sum(by, &rate(&self.select_suffix(suffix, &[]), window));
        let average = format!("{} / {}", summed("sum"), summed("count"));
        if !self.is_native() {
            return average;
        }
        let native = sum(by, &rate(&self.select_native(&[]), window));
        format!("histogram_sum({native}) / histogram_count({native}) or {average}")
    }

    /// Returns the growth of the buckets for a heatmap: one native histogram, or else a series for each `le`.
    pub(in crate::catalog) fn heat(self, matchers: &[String], window: &str) -> String {
        let buckets = format!("sum by (le) (increase({}[{window}]))", self.select(matchers));
        if !self.is_native() {
            return buckets;
        }
        let native = format!("sum(increase({}[{window}]))", self.select_native(matchers));
        format!("{native} or ({buckets} unless on () {native})")
    }

    /// Returns the growth per second of the numbers up to a bound, for each series.
    ///
    /// The buckets are exact, since the bound is one of theirs. A native histogram estimates within a bucket;
    /// without events it has no share, and is left out of the sum.
    pub(in crate::catalog) fn growth_below(self, number: f64, matchers: &[String], window: &str) -> String {
        let le = [matchers, &[format!("le=\"{}\"", bound(number))]].concat();
        let buckets = rate(&self.select(&le), window);
        if !self.is_native() {
            return buckets;
        }
        let native = rate(&self.select_native(matchers), window);
        let below = format!("histogram_fraction(0, {number}, {native}) * histogram_count({native})");
        format!("{buckets} unless ignoring (le) {} or ignoring (le) {below} > 0", self.only_native(matchers))
    }

    /// Returns the growth per second of all numbers, for each series.
    pub(in crate::catalog) fn growth_of_all(self, matchers: &[String], window: &str) -> String {
        let counts = rate(&self.select_suffix("count", matchers), window);
        if !self.is_native() {
            return counts;
        }
        let native = rate(&self.select_native(matchers), window);
        format!("{counts} unless {} or histogram_count({native})", self.only_native(matchers))
    }

    /// Returns the series that have the native form alone now: what a long window still has of their buckets
    /// is from before the server was set so, and knows nothing of what has happened since.
    fn only_native(self, matchers: &[String]) -> String {
        format!("({} unless {})", self.select_native(matchers), self.select_suffix("count", matchers))
    }

    pub(in crate::catalog) fn is_native(self) -> bool {
        self.instrument().native
    }

    fn select_native(self, matchers: &[String]) -> String {
        select(&self.family(), matchers)
    }

    fn select_suffix(self, suffix: &str, matchers: &[String]) -> String {
        select(&format!("{}_{suffix}", self.family()), matchers)
    }
}

fn rate(selected: &str, window: &str) -> String {
    format!("rate({selected}[{window}])")
}

fn sum(by: &[Cow<'_, str>], of: &str) -> String {
    if by.is_empty() { format!("sum({of})") } else { format!("sum by ({}) ({of})", by.join(", ")) }
}
