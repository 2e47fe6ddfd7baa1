//! A dashboard for Grafana.

mod json;
mod panel;

use super::promql::{self, Metric};
use super::slo;
use crate::schema::{Schema, prometheus_name};
use crate::surface::Surface;
use json::{Dashboard, GridPos, Item, Panel, Variable};
use std::collections::BTreeSet;

/// Renders a Grafana dashboard of the surface, in JSON, to [import] or provision.
///
/// Instruments whose names begin with the same word share a row. Each has a panel for its kind:
///
/// | kind | panel |
/// |---|---|
/// | counter | the growth per second, by label |
/// | gauge | the value of each series |
/// | up-down counter | the sum over all processes, by label |
/// | histogram | a heatmap of the buckets, and the quantiles 0.5, 0.9 and 0.99 |
/// | objective | the part of its error budget that is left |
/// | alert | the compared quantity, unless another panel has it; the threshold is a dashed line |
///
/// The panels of counters and histograms ask for [exemplars](crate::registry::Builder::exemplars), which lead
/// to traces. The panels of a native histogram show the native form if the server keeps it, and else the
/// buckets. Units, legends and descriptions come from the declaration. A panel with more than 50 series shows
/// the 20 largest. Three variables select the data source, `job` (only jobs that export the surface) and
/// `instance`. Panels keep their `id` and the dashboard its `uid` while names stay the same, so links stay
/// valid and a new version replaces the old one.
///
/// [import]: https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/import-dashboards/
///
/// # Examples
///
/// ```
/// use telemetry::{catalog, metrics};
///
/// #[metrics(namespace = "mailer")]
/// pub trait Metrics {
///     /// Mails handed to the server.
///     #[counter]
///     fn sent(&self, urgent: bool);
/// }
///
/// let dashboard = catalog::grafana_dashboard::<dyn Metrics>();
/// assert!(dashboard.contains("sum by (urgent) (rate(mailer_sent_total{"));
/// ```
#[must_use]
pub fn grafana_dashboard<S: Surface + ?Sized>() -> String {
    render(&dashboard(S::SCHEMA))
}

/// Renders a dashboard as text.
fn render(dashboard: &Dashboard) -> String {
    let json = serde_json::to_string_pretty(dashboard);
    debug_assert!(json.is_ok(), "text and finite numbers are JSON");
    json.unwrap_or_default() + "\n"
}

fn dashboard(schema: &'static Schema) -> Dashboard {
    Dashboard {
        uid: format!("telemetry-{:016x}", hash(&[schema.package, schema.name, schema.namespace])),
        title: title(schema),
        description: format!(
            "Made from the declaration of `{}`: change it there. {}",
            schema.name, schema.help
        ),
        tags: ["telemetry", schema.namespace].into_iter().filter(|tag| !tag.is_empty()).collect(),
        panels: items(budgets(&[schema]), groups(schema)),
        templating: variables(&[schema]).into(),
        ..Dashboard::default()
    }
}

/// A link to a panel.
#[derive(Debug)]
pub(super) struct Link {
    /// The family in Prometheus that the panel shows.
    pub(super) family: String,
    pub(super) title: String,
    pub(super) url: String,
}

/// Returns links to the panels of a service's dashboard, in a Grafana with this URL.
pub(super) fn links(title: &str, schemas: &[&'static Schema], grafana: &str) -> Vec<Link> {
    let Dashboard { uid, panels, .. } = dashboard_of(title, schemas);
    let panels = panels.into_iter().filter_map(|item| match item {
        Item::Panel(panel) => Some(panel),
        Item::Row(_) => None,
    });
    // Grafana finds a panel by its number alone in all versions.
    let link = |panel: Box<Panel>| {
        let url = format!("{}/d/{uid}?viewPanel={}", grafana.trim_end_matches('/'), panel.id);
        Link { family: panel.family, title: panel.title, url }
    };
    panels.map(link).collect()
}

/// Renders the dashboard of a service.
pub(super) fn of_service(title: &str, schemas: &[&'static Schema]) -> String {
    render(&dashboard_of(title, schemas))
}

/// Returns the dashboard of a service. A surface has rows of its own.
fn dashboard_of(title: &str, schemas: &[&'static Schema]) -> Dashboard {
    let groups = schemas.iter().flat_map(|schema| {
        let groups = groups(schema);
        let alone = groups.len() == 1;
        groups.into_iter().map(move |(row, metrics)| {
            let surface = panel::words(schema.short_name());
            let row = if alone { surface } else { format!("{surface}: {row}") };
            (row, metrics)
        })
    });
    let names: Vec<String> = schemas.iter().map(|schema| format!("`{}`", schema.name)).collect();
    let namespaces: BTreeSet<&str> = schemas.iter().map(|schema| schema.namespace).collect();
    let tags = ["telemetry"].into_iter().chain(namespaces.into_iter().filter(|tag| !tag.is_empty()));
    Dashboard {
        uid: format!("telemetry-{:016x}", hash(&["service", title])),
        title: title.to_owned(),
        description: format!("Made from the declarations of {}: change them there.", names.join(", ")),
        tags: tags.collect(),
        panels: items(budgets(schemas), groups.collect()),
        templating: variables(schemas).into(),
        ..Dashboard::default()
    }
}

fn title(schema: &Schema) -> String {
    let name = if schema.namespace.is_empty() { schema.package } else { schema.namespace };
    if name.is_empty() { schema.name.to_owned() } else { format!("{name} {}", schema.name.to_lowercase()) }
}

/// Returns the variables. They offer all jobs and processes that export one of the surfaces.
fn variables(schemas: &[&'static Schema]) -> Vec<Variable> {
    let mut exported: Vec<String> = Vec::new();
    for name in schemas.iter().flat_map(|schema| exported_by(schema)) {
        if !exported.contains(&name) {
            exported.push(name);
        }
    }
    let name = format!("__name__=~{}", promql::quoted(&exported.join("|")));
    vec![
        Variable::data_source(),
        Variable::label("job", std::slice::from_ref(&name)),
        Variable::label("instance", &[name, r#"job=~"$job""#.to_owned()]),
    ]
}

/// Returns patterns of the names of a surface's samples.
fn exported_by(schema: &'static Schema) -> Vec<String> {
    if schema.namespace.is_empty() {
        promql::metrics(schema).flat_map(Metric::samples).collect()
    } else {
        vec![format!("{}_.+", prometheus_name(schema.namespace))]
    }
}

fn budgets(schemas: &[&'static Schema]) -> Vec<Panel> {
    schemas.iter().flat_map(|schema| slo::slos(schema)).map(panel::budget).collect()
}

/// Returns the rows and their panels, with positions: the error budgets first.
fn items(budgets: Vec<Panel>, groups: Vec<(String, Vec<Metric>)>) -> Vec<Item> {
    let mut layout = Layout::default();
    let mut items = Vec::new();
    if !budgets.is_empty() {
        let title = "Error budgets".to_owned();
        let id = layout.id(&["row", &title]);
        items.push(Item::Row(json::Row::new(id, title, layout.line(1))));
    }
    for mut panel in budgets {
        panel.id = layout.id(&["panel", panel.key()]);
        panel.grid_pos = layout.next();
        items.push(Item::Panel(Box::new(panel)));
    }
    for (title, metrics) in groups {
        let id = layout.id(&["row", &title]);
        let row = Item::Row(json::Row::new(id, title, layout.line(1)));
        items.push(row);
        for metric in metrics {
            let panels = panel::panels(metric);
            if panels.len() > 1 {
                layout.begin_line();
            }
            for mut panel in panels {
                panel.id = layout.id(&["panel", panel.key()]);
                panel.grid_pos = layout.next();
                items.push(Item::Panel(Box::new(panel)));
            }
        }
    }
    items
}

/// Groups instruments by the sections of the declaration, or else by the first word of their names.
fn groups(schema: &'static Schema) -> Vec<(String, Vec<Metric>)> {
    let metrics: Vec<Metric> = promql::metrics(schema).collect();
    if metrics.iter().any(|metric| !metric.section().is_empty()) {
        return by_section(&metrics);
    }
    by_first_word(&metrics)
}

fn by_section(metrics: &[Metric]) -> Vec<(String, Vec<Metric>)> {
    let mut groups: Vec<(String, Vec<Metric>)> = Vec::new();
    for metric in metrics {
        let title = Some(metric.section()).filter(|title| !title.is_empty()).unwrap_or("All");
        match groups.last_mut() {
            Some((last, group)) if last == title => group.push(*metric),
            _ => groups.push((title.to_owned(), vec![*metric])),
        }
    }
    groups
}

/// Instruments that share their first word with no other come last.
fn by_first_word(metrics: &[Metric]) -> Vec<(String, Vec<Metric>)> {
    let mut groups: Vec<(String, Vec<Metric>)> = Vec::new();
    let mut others = Vec::new();
    for metric in metrics {
        let first = first_word(metric);
        if metrics.iter().filter(|other| first_word(other) == first).count() == 1 {
            others.push(*metric);
            continue;
        }
        match groups.iter_mut().find(|(name, _)| name == first) {
            Some((_, group)) => group.push(*metric),
            None => groups.push((first.to_owned(), vec![*metric])),
        }
    }
    if !others.is_empty() {
        groups.push((if groups.is_empty() { "all" } else { "other" }.to_owned(), others));
    }
    groups.into_iter().map(|(name, group)| (panel::words(&name), group)).collect()
}

fn first_word(metric: &Metric) -> &'static str {
    metric.instrument().name.split('_').next().unwrap_or_default()
}

/// The next free position in Grafana's grid of 24 columns, and the ids in use.
#[derive(Default)]
struct Layout {
    x: u32,
    y: u32,
    ids: BTreeSet<u32>,
}

/// Width and height of a panel: two fit in a line.
const PANEL: (u32, u32) = (12, 8);

impl Layout {
    fn begin_line(&mut self) {
        if self.x > 0 {
            (self.x, self.y) = (0, self.y + PANEL.1);
        }
    }

    /// Returns the position of an item with the whole width.
    fn line(&mut self, height: u32) -> GridPos {
        self.begin_line();
        let at = GridPos { h: height, w: 24, x: 0, y: self.y };
        self.y += height;
        at
    }

    /// Returns the position of the next panel.
    fn next(&mut self) -> GridPos {
        let at = GridPos { h: PANEL.1, w: PANEL.0, x: self.x, y: self.y };
        self.x += PANEL.0;
        if self.x == 24 {
            self.begin_line();
        }
        at
    }

    /// Returns an id that depends only on the name, unless the id is in use.
    fn id(&mut self, name: &[&str]) -> u32 {
        #[allow(clippy::cast_possible_truncation, reason = "31 bits of the hash")]
        let mut id = (hash(name) & 0x7fff_ffff) as u32;
        while id == 0 || !self.ids.insert(id) {
            id = (id + 1) & 0x7fff_ffff;
        }
        id
    }
}

/// Returns the [FNV-1a](https://datatracker.ietf.org/doc/draft-eastlake-fnv/) hash, which is the same in all
/// versions.
fn hash(parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::hash;

    #[test]
    fn the_hash_is_fnv() {
        // The published hash of "foobar", continued with our terminator of a part.
        let published = 0x8594_4171_f739_67e8_u64;
        assert_eq!(hash(&["foobar"]), published.wrapping_mul(0x0100_0000_01b3));
    }
}
