//! A dashboard for Grafana.

mod json;
mod panel;

use super::promql::{self, Metric};
use crate::schema::Schema;
use crate::surface::Surface;
use json::{Dashboard, GridPos, Item, Variable};
use std::collections::BTreeSet;

/// The surface as a dashboard of Grafana, in JSON, to be [imported] or provisioned.
///
/// Instruments whose names begin with the same word stand in one row; each has a panel by its kind:
///
/// | kind | panel |
/// |---|---|
/// | counter | its growth a second, by label |
/// | gauge | the value of each series |
/// | up-down counter | the sum over all processes, by label |
/// | histogram | a heatmap of the buckets; the quantiles 0.5, 0.9 and 0.99 |
/// | alert | what it compares, unless that is a value that is shown already; the threshold is a dashed line |
///
/// Units, legends and descriptions come from the declaration. Of a panel with more than 50 series the 20
/// largest are shown. Three variables stand on top: the data source, `job` and `instance`; jobs are those that
/// export the surface. Panels keep their `id`, and the dashboard its `uid`, as long as names stay, so that
/// links hold and a new version takes the place of the old one.
///
/// [imported]: https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/import-dashboards/
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
    let dashboard = dashboard(S::SCHEMA);
    // Made of text and finite numbers: that cannot fail.
    serde_json::to_string_pretty(&dashboard).unwrap_or_default() + "\n"
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
        panels: items(schema),
        templating: variables(schema).into(),
        ..Dashboard::default()
    }
}

fn title(schema: &Schema) -> String {
    let name = if schema.namespace.is_empty() { schema.package } else { schema.namespace };
    if name.is_empty() { schema.name.to_owned() } else { format!("{name} {}", schema.name.to_lowercase()) }
}

/// Those whose jobs and processes are offered: all that export the surface.
fn variables(schema: &'static Schema) -> Vec<Variable> {
    let exported = if schema.namespace.is_empty() {
        let samples: Vec<String> = promql::metrics(schema).map(Metric::sample).collect();
        samples.join("|")
    } else {
        format!("{}_.+", schema.namespace)
    };
    let name = format!("__name__=~{}", promql::quoted(&exported));
    vec![
        Variable::data_source(),
        Variable::label("job", std::slice::from_ref(&name)),
        Variable::label("instance", &[name, r#"job=~"$job""#.to_owned()]),
    ]
}

/// Rows and their panels, each at its place.
fn items(schema: &'static Schema) -> Vec<Item> {
    let mut place = Place::default();
    let mut items = Vec::new();
    for (title, metrics) in groups(schema) {
        let id = place.id(&["row", &title]);
        let row = Item::Row(json::Row::new(id, title, place.line(1)));
        items.push(row);
        for metric in metrics {
            let panels = panel::panels(metric);
            if panels.len() > 1 {
                place.begin_line();
            }
            for mut panel in panels {
                panel.id = place.id(&["panel", panel.key()]);
                panel.grid_pos = place.next();
                items.push(Item::Panel(Box::new(panel)));
            }
        }
    }
    items
}

/// Instruments by the first word of their names, if it has several; the others come last.
fn groups(schema: &'static Schema) -> Vec<(String, Vec<Metric>)> {
    let word = |metric: &Metric| metric.instrument().name.split('_').next().unwrap_or_default();
    let metrics: Vec<Metric> = promql::metrics(schema).collect();
    let mut groups: Vec<(String, Vec<Metric>)> = Vec::new();
    let mut others = Vec::new();
    for metric in &metrics {
        let first = word(metric);
        if metrics.iter().filter(|other| word(other) == first).count() == 1 {
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

/// The next free place in Grafana's grid of 24 columns, and the ids that are taken.
#[derive(Default)]
struct Place {
    x: u32,
    y: u32,
    ids: BTreeSet<u32>,
}

/// Two panels stand in a line.
const PANEL: (u32, u32) = (12, 8);

impl Place {
    fn begin_line(&mut self) {
        if self.x > 0 {
            (self.x, self.y) = (0, self.y + PANEL.1);
        }
    }

    /// The whole width.
    fn line(&mut self, height: u32) -> GridPos {
        self.begin_line();
        let at = GridPos { h: height, w: 24, x: 0, y: self.y };
        self.y += height;
        at
    }

    fn next(&mut self) -> GridPos {
        let at = GridPos { h: PANEL.1, w: PANEL.0, x: self.x, y: self.y };
        self.x += PANEL.0;
        if self.x == 24 {
            self.begin_line();
        }
        at
    }

    /// An id that depends on the name alone, unless another has it.
    fn id(&mut self, name: &[&str]) -> u32 {
        #[allow(clippy::cast_possible_truncation, reason = "31 bits of the hash")]
        let mut id = (hash(name) & 0x7fff_ffff) as u32;
        while id == 0 || !self.ids.insert(id) {
            id = (id + 1) & 0x7fff_ffff;
        }
        id
    }
}

/// [FNV-1a](https://datatracker.ietf.org/doc/draft-eastlake-fnv/), which never changes.
fn hash(parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::hash;

    #[test]
    fn the_hash_is_fnv() {
        // The published one of "foobar", and the same with our end of a part.
        let published = 0x8594_4171_f739_67e8_u64;
        assert_eq!(hash(&["foobar"]), published.wrapping_mul(0x0100_0000_01b3));
    }
}
