//! The alert rules and the objectives that read what a view takes away.

use super::family::{Declaration, FamilyView};
use crate::schema::{AlertSchema, Good, Matcher, Quantity, SloSchema};

impl FamilyView {
    /// Returns the alert rules that read what the view takes away, or the series that it merges.
    pub fn alerts(&self, of: Declaration) -> impl Iterator<Item = &'static AlertSchema> {
        of.all().flat_map(move |by| {
            by.instrument().alerts.iter().filter(move |alert| self.changes_alert(alert, by, of))
        })
    }

    /// Returns the objectives whose error ratio the view changes.
    pub fn slos(&self, of: Declaration) -> impl Iterator<Item = &'static SloSchema> {
        let own = of.all().filter(move |by| by.instrument().name == of.instrument().name);
        own.flat_map(move |by| by.instrument().slos.iter().filter(move |slo| self.changes_slo(slo, by)))
    }

    /// Returns whether the view of `of` changes an alert that is declared by `by`.
    fn changes_alert(&self, alert: &AlertSchema, by: Declaration, of: Declaration) -> bool {
        let name = of.instrument().name;
        let denominator = match alert.quantity {
            Quantity::Ratio { to } => to,
            _ => &[],
        };
        let adds = by.instrument().name == name || alert.also.contains(&name);
        let divides = denominator.contains(&name);
        if self.is_off(false) && (adds || divides) {
            return true;
        }
        let without = |matchers: &[Matcher], labels: Declaration| self.takes_away(matchers, labels);
        let keeps_apart = alert.by.iter().any(|label| self.takes_away_label(*label, by));
        let part = adds && (without(alert.matching, by) || denominator.is_empty() && without(alert.of, by));
        // The labels of `of` are those of the first counter in the denominator.
        let first = denominator.first().and_then(|first| by.counter(first));
        let whole = divides && first.is_some_and(|first| without(alert.of, first));
        let series = adds && !self.without.is_empty() && alert.is_per_series();
        let bounds = adds && self.buckets.is_some() && matches!(alert.quantity, Quantity::Quantile(_));
        part || whole || series || bounds || (adds || divides) && keeps_apart
    }

    fn changes_slo(&self, slo: &SloSchema, by: Declaration) -> bool {
        let good = match slo.good {
            Good::Matching(good) => self.takes_away(good, by),
            // Without the bound, no event is good.
            Good::Below(bound) => self.buckets.as_ref().is_some_and(|kept| !kept.bounds.contains(&bound)),
        };
        self.is_off(false) || good || self.takes_away(slo.of, by)
    }

    /// Returns whether a label that these select is taken away.
    fn takes_away(&self, matchers: &[Matcher], labels: Declaration) -> bool {
        matchers.iter().any(|matcher| self.takes_away_label(matcher.label, labels))
    }

    fn takes_away_label(&self, label: usize, labels: Declaration) -> bool {
        let label = labels.instrument().labels.get(label).map(|label| labels.event.key_of(*label));
        label.is_some_and(|key| self.without.contains(&key))
    }
}
