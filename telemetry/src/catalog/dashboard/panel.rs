//! The panels of one instrument, by its kind, and of its alerts.

use super::json::{
    Custom, DataSource, Defaults, Exemplars, FieldConfig, FilterValues, GridPos, HeatmapColor,
    HeatmapTooltip, Legend, Options, Panel, Show, Step, Target, Thresholds, ThresholdsStyle, Tooltip, YAxis,
};
use crate::catalog::promql::{Metric, declarations};
use crate::catalog::rules::limit;
use crate::catalog::slo::Slo;
use crate::catalog::unit::{self, display};
use crate::schema::{AlertSchema, Condition, Kind, Quantity};
use std::borrow::Cow;

/// The matchers of the dashboard's variables, which select processes.
fn scope() -> [String; 2] {
    [r#"job=~"$job""#.to_owned(), r#"instance=~"$instance""#.to_owned()]
}

/// Grafana's window for a rate: at least four scrapes.
const WINDOW: &str = "$__rate_interval";

/// A panel with more than `MANY` series shows the `SHOWN` largest.
const MANY: u64 = 50;
const SHOWN: u64 = 20;

const QUANTILES: [f64; 3] = [0.5, 0.9, 0.99];

/// An alert, and the declaration that has it.
#[derive(Clone, Copy)]
struct Alert {
    metric: Metric,
    schema: &'static AlertSchema,
}

impl Alert {
    /// Returns true if the metric's own panel can show the threshold.
    fn is_plain(&self) -> bool {
        self.schema.quantity == Quantity::Level
            && self.schema.is_per_series()
            && self.schema.matching.is_empty()
            && self.metric.instrument().kind != Kind::UpDownCounter
    }
}

pub(super) fn panels(metric: Metric) -> Vec<Panel> {
    let all = alerts(metric);
    let (plain, own): (Vec<Alert>, Vec<Alert>) = all.into_iter().partition(Alert::is_plain);
    let mut panels = match metric.instrument().kind {
        Kind::Counter => vec![rate(metric)],
        Kind::Gauge => vec![value(metric, &plain)],
        Kind::UpDownCounter => vec![sum(metric)],
        Kind::Histogram => vec![heatmap(metric), quantiles(metric)],
    };
    // Alerts that compare one quantity with several thresholds share a panel.
    let mut shared: Vec<(String, Vec<Alert>)> = Vec::new();
    for alert in own {
        let compared = alert.metric.compared(alert.schema, &scope()).join(" or ");
        match shared.iter_mut().find(|(other, _)| *other == compared) {
            Some((_, alerts)) => alerts.push(alert),
            None => shared.push((compared, vec![alert])),
        }
    }
    panels.extend(shared.into_iter().filter_map(|(compared, alerts)| of_alerts(compared, &alerts)));
    panels
}

/// Returns the alerts of all declarations of the instrument.
fn alerts(metric: Metric) -> Vec<Alert> {
    let family = metric.family();
    let feeding = declarations(metric.schema).filter(|other| other.family() == family);
    let alerts = feeding
        .flat_map(|metric| metric.instrument().alerts.iter().map(move |schema| Alert { metric, schema }));
    alerts.collect()
}

fn rate(metric: Metric) -> Panel {
    let growth = format!("rate({}[{WINDOW}])", metric.select(&scope()));
    let expression = by_label(metric, &growth);
    let unit = display(metric.instrument().unit).grafana_rate;
    let target = target(expression, legend(&metric.keys(), metric));
    // A total that somebody else keeps has none.
    let target = if metric.instrument().total { target } else { with_exemplars(target) };
    lines(metric, unit, &[], vec![target])
}

fn value(metric: Metric, alerts: &[Alert]) -> Panel {
    let mut keys = metric.keys();
    keys.push("instance".into());
    let mut expression = metric.select(&scope());
    if metric.event.series(metric.index) > MANY {
        expression = format!("topk({SHOWN}, {expression})");
    }
    let unit = display(metric.instrument().unit).grafana;
    lines(metric, unit, alerts, vec![target(expression, legend(&keys, metric))])
}

fn sum(metric: Metric) -> Panel {
    let expression = by_label(metric, &metric.select(&scope()));
    let unit = display(metric.instrument().unit).grafana;
    lines(metric, unit, &[], vec![target(expression, legend(&metric.keys(), metric))])
}

fn quantiles(metric: Metric) -> Panel {
    let [half, most, slowest] = QUANTILES.map(|quantile| {
        let expression = metric.quantile(quantile, &[], &scope(), WINDOW).join(" or ");
        target(expression, unit::percent(quantile))
    });
    // All have the same exemplars.
    let targets = [half, most, with_exemplars(slowest)];
    let unit = display(metric.instrument().unit).grafana;
    Panel {
        title: format!("{} quantiles", words(metric.instrument().name)),
        ..lines(metric, unit, &[], targets.into())
    }
}

/// Returns the sum for each label set.
fn by_label(metric: Metric, selected: &str) -> String {
    let keys = metric.keys();
    if keys.is_empty() {
        return format!("sum({selected})");
    }
    let sum = format!("sum by ({}) ({selected})", keys.join(", "));
    if metric.event.series(metric.index) > MANY { format!("topk({SHOWN}, {sum})") } else { sum }
}

fn of_alerts(compared: String, alerts: &[Alert]) -> Option<Panel> {
    let Alert { metric, schema } = *alerts.first()?;
    let unit = unit::grafana(schema.quantity, metric.instrument().unit);
    let keys = if schema.is_per_series() { metric.keys() } else { metric.kept(schema) };
    let what = match schema.quantity {
        Quantity::Level => "alert".to_owned(),
        Quantity::Average => format!("average over {}", schema.over),
        Quantity::Age => "age".to_owned(),
        Quantity::Rate => format!("rate over {}", schema.over),
        Quantity::Ratio { .. } => format!("ratio over {}", schema.over),
        Quantity::Quantile(quantile) => format!("{} over {}", unit::percent(quantile), schema.over),
    };
    let target = target(compared, legend(&keys, metric));
    let title = format!("{}: {what}", schema.name);
    Some(Panel { title, ..lines(metric, unit, alerts, vec![target]) })
}

/// Returns the panel of an objective: the part of its error budget that is left.
pub(super) fn budget(slo: Slo) -> Panel {
    let left = slo.budget_left(r#"job=~"$job""#);
    let title = format!("{}: error budget left", words(slo.schema.name));
    let target = target(left, "{{job}}".to_owned());
    Panel { title, ..lines(slo.metric, "percentunit", &[], vec![target]) }
}

/// Returns `name` in words, such as `Queue depth`.
pub(super) fn words(name: &str) -> String {
    let mut chars = name.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).map(|c| if c == '_' { ' ' } else { c }).collect()
}

fn legend(keys: &[Cow<'_, str>], metric: Metric) -> String {
    if keys.is_empty() {
        return words(metric.instrument().name);
    }
    keys.iter().map(|key| format!("{{{{{key}}}}}")).collect::<Vec<_>>().join(" · ")
}

fn target(expr: String, legend_format: String) -> Target {
    let ref_id = String::new();
    let datasource = DataSource::default();
    Target { ref_id, datasource, expr, legend_format, range: true, exemplar: None, format: "time_series" }
}

/// Shows the exemplars too. Without any, the panel is the same.
fn with_exemplars(target: Target) -> Target {
    Target { exemplar: Some(true), ..target }
}

fn lines(metric: Metric, unit: &'static str, alerts: &[Alert], targets: Vec<Target>) -> Panel {
    let custom = Custom {
        fill_opacity: Some(8),
        show_points: Some("never"),
        thresholds_style: (!alerts.is_empty()).then_some(ThresholdsStyle { mode: "dashed" }),
    };
    let legend = Legend { shown: true, display_mode: "list", placement: "bottom", calcs: [] };
    let options = Options::TimeSeries { legend, tooltip: Tooltip { mode: "multi", sort: "desc" } };
    let thresholds = (!alerts.is_empty()).then(|| thresholds(alerts));
    panel(metric, "timeseries", alerts, Defaults { unit, custom, thresholds }, options, targets)
}

fn heatmap(metric: Metric) -> Panel {
    let expression = metric.heat(&scope(), WINDOW);
    let target = Target { format: "heatmap", ..with_exemplars(target(expression, "{{le}}".to_owned())) };
    let options = Options::Heatmap {
        calculate: false,
        cell_gap: 1,
        color: HeatmapColor {
            mode: "scheme",
            scheme: "Oranges",
            scale: "exponential",
            exponent: 0.5,
            fill: "dark-orange",
            reverse: false,
            steps: 64,
        },
        exemplars: Exemplars { color: "rgba(255,0,255,0.7)" },
        filter_values: FilterValues { le: 1e-9 },
        legend: Show { show: true },
        show_value: "never",
        tooltip: HeatmapTooltip { mode: "single", y_histogram: true },
        y_axis: YAxis { unit: display(metric.instrument().unit).grafana },
    };
    // Colours stand for counts; the axis has the unit.
    let defaults = Defaults { unit: "short", custom: Custom::default(), thresholds: None };
    panel(metric, "heatmap", &[], defaults, options, vec![target])
}

fn panel(
    metric: Metric,
    kind: &'static str,
    alerts: &[Alert],
    defaults: Defaults,
    options: Options,
    mut targets: Vec<Target>,
) -> Panel {
    for (target, letter) in targets.iter_mut().zip('A'..) {
        target.ref_id = letter.to_string();
    }
    Panel {
        family: metric.family(),
        id: 0,
        r#type: kind,
        title: words(metric.instrument().name),
        description: description(metric, alerts),
        grid_pos: GridPos::default(),
        datasource: DataSource::default(),
        field_config: FieldConfig { defaults, overrides: [] },
        options,
        targets,
    }
}

/// Returns the description in Markdown: the help text, the declaring method, and the conditions of the
/// alerts.
fn description(metric: Metric, alerts: &[Alert]) -> String {
    let help = metric.instrument().help;
    let declared = metric.declared();
    let mut paragraphs = vec![format!("{help}\n\n`{}`, declared by `{declared}`.", metric.sample())];
    let fires =
        |alert: &Alert| format!("`{}` fires {}.", alert.schema.name, limit(alert.metric, alert.schema));
    paragraphs.extend(alerts.iter().map(fires));
    paragraphs.join("\n\n")
}

/// Returns the colours of values: green without an alert, red past the last threshold of a side, orange
/// between two.
fn thresholds(alerts: &[Alert]) -> Thresholds {
    let below = bounds(alerts, |condition| matches!(condition, Condition::Below(_)));
    let above = bounds(alerts, |condition| matches!(condition, Condition::Above(_)));
    let mut steps = vec![Step { color: if below.is_empty() { "green" } else { "red" }, value: None }];
    for (at, value) in below.iter().enumerate() {
        let color = if at + 1 == below.len() { "green" } else { "orange" };
        steps.push(Step { color, value: Some(*value) });
    }
    for (at, value) in above.iter().enumerate() {
        let color = if at + 1 == above.len() { "red" } else { "orange" };
        steps.push(Step { color, value: Some(*value) });
    }
    Thresholds { mode: "absolute", steps }
}

/// Returns the sorted, distinct thresholds of the conditions on one side.
fn bounds(alerts: &[Alert], is_of_side: fn(&Condition) -> bool) -> Vec<f64> {
    let conditions = alerts.iter().map(|alert| alert.schema.condition).filter(is_of_side);
    let mut bounds: Vec<f64> = conditions.map(Condition::threshold).collect();
    bounds.sort_by(f64::total_cmp);
    bounds.dedup();
    bounds
}
