//! Service level objectives as rules: error ratios that Prometheus records, and alerts on how fast they
//! use up the error budget.

use super::promql::{Metric, declarations};
use crate::schema::{Good, Kind, Schema, SloSchema, prometheus_name};

/// The windows over which the error ratio is recorded, beside that of the objective.
const WINDOWS: [&str; 7] = ["5m", "30m", "1h", "2h", "6h", "1d", "3d"];

/// A condition of the [SRE workbook]'s multi-window, multi-burn-rate alerts: budget is used up `rate`
/// times as fast as the objective allows, over the long window, and over the short one still.
///
/// [SRE workbook]: https://sre.google/workbook/alerting-on-slos/
struct Burn {
    severity: &'static str,
    rate: f64,
    long: &'static str,
    short: &'static str,
}

/// The workbook's table for 30 days: 2 % of the budget in an hour, 5 % in 6 hours, 10 % in a day or in
/// 3 days.
const BURNS: [Burn; 4] = [
    Burn { severity: "page", rate: 14.4, long: "1h", short: "5m" },
    Burn { severity: "page", rate: 6.0, long: "6h", short: "30m" },
    Burn { severity: "ticket", rate: 3.0, long: "1d", short: "2h" },
    Burn { severity: "ticket", rate: 1.0, long: "3d", short: "6h" },
];

/// An objective, and the declaration that has it.
#[derive(Clone, Copy)]
pub(super) struct Slo {
    pub(super) metric: Metric,
    pub(super) schema: &'static SloSchema,
}

/// Returns all objectives, in declaration order.
pub(super) fn slos(schema: &'static Schema) -> impl Iterator<Item = Slo> {
    declarations(schema)
        .flat_map(|metric| metric.instrument().slos.iter().map(move |schema| Slo { metric, schema }))
}

impl Slo {
    /// Returns its name with the namespace in front.
    pub(super) fn full_name(self) -> String {
        match prometheus_name(self.metric.schema.namespace).as_ref() {
            "" => self.schema.name.to_owned(),
            namespace => format!("{namespace}_{}", self.schema.name),
        }
    }

    /// Returns the name under which the error ratio over a window is recorded, as Prometheus names recorded
    /// series: `level:metric:operations`.
    pub(super) fn record(self, window: &str) -> String {
        format!("job:{}_errors:ratio_rate{window}", self.full_name())
    }

    /// Returns the share of events that may be bad. Rounds it, since 1 - 0.999 is not 0.001 in floating
    /// point.
    pub(super) fn budget(self) -> f64 {
        ((1.0 - self.schema.objective) * 1e12).round() / 1e12
    }

    /// Returns the windows that are recorded: those of the burn rates, and that of the objective.
    pub(super) fn windows(self) -> impl Iterator<Item = &'static str> {
        let own = self.schema.window;
        WINDOWS.into_iter().chain((!WINDOWS.contains(&own)).then_some(own))
    }

    /// Returns the error ratio over a window. Without an event it has no value; with good events that never
    /// occurred, and so have no series, it is 1.
    pub(super) fn errors(self, window: &str) -> String {
        let metric = self.metric;
        let of = metric.matchers(self.schema.of);
        let rate = |matchers: &[String]| format!("rate({}[{window}])", metric.select(matchers));
        let (good, all) = match self.schema.good {
            Good::Matching(good) => (rate(&[of.clone(), metric.matchers(good)].concat()), rate(&of)),
            Good::Below(number) => {
                debug_assert!(metric.instrument().kind == Kind::Histogram, "only a histogram has bounds");
                (metric.growth_below(number, &of, window), metric.growth_of_all(&of, window))
            }
        };
        let good = format!("sum by (job) ({good})");
        let all = format!("sum by (job) ({all})");
        format!("1 - ({good} or 0 * {all}) / {all}")
    }

    /// Returns the conditions of the alert of a severity; nothing if none of them can ever hold, because the
    /// budget is so large that errors cannot use it up so fast.
    pub(super) fn burns(self, severity: &str) -> Option<String> {
        let budget = self.budget();
        let of = BURNS.iter().filter(|burn| burn.severity == severity && burn.rate * budget < 1.0);
        let conditions = of.map(|burn| {
            let over = |window: &str| format!("{} > {} * {budget}", self.record(window), burn.rate);
            format!("({} and {})", over(burn.long), over(burn.short))
        });
        let conditions: Vec<String> = conditions.collect();
        (!conditions.is_empty()).then(|| conditions.join(" or "))
    }

    /// Returns the good events for people, such as ``status not `5xx` `` or `up to 0.25`.
    pub(super) fn good(self) -> String {
        match self.schema.good {
            Good::Matching(good) => self.metric.selected(good),
            Good::Below(number) => format!("up to {number}"),
        }
    }

    /// Returns the expression for the part of the error budget that is left.
    pub(super) fn budget_left(self, scope: &str) -> String {
        format!("1 - {}{{{scope}}} / {}", self.record(self.schema.window), self.budget())
    }
}
