//! The part of Grafana's dashboard model that we write. Fields have the order of the file.
//!
//! The names are those of [`@grafana/schema`](https://www.npmjs.com/package/@grafana/schema); a test checks
//! the output against its types.

use serde::Serialize;

/// The version of the model in Grafana 12.1 and later. Earlier versions read it too, since nothing new is
/// used.
const SCHEMA_VERSION: u32 = 42;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Dashboard {
    pub(super) uid: String,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) tags: Vec<&'static str>,
    pub(super) schema_version: u32,
    pub(super) editable: bool,
    /// 1: the cursor is visible in all panels.
    pub(super) graph_tooltip: u32,
    pub(super) time: Time,
    pub(super) refresh: &'static str,
    pub(super) templating: Templating,
    pub(super) panels: Vec<Item>,
}

impl Default for Dashboard {
    fn default() -> Self {
        Dashboard {
            uid: String::new(),
            title: String::new(),
            description: String::new(),
            tags: Vec::new(),
            schema_version: SCHEMA_VERSION,
            editable: true,
            graph_tooltip: 1,
            time: Time { from: "now-1h", to: "now" },
            refresh: "30s",
            templating: Templating { list: Vec::new() },
            panels: Vec::new(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Time {
    from: &'static str,
    to: &'static str,
}

#[derive(Serialize)]
pub(super) struct Templating {
    list: Vec<Variable>,
}

impl From<Vec<Variable>> for Templating {
    fn from(list: Vec<Variable>) -> Self {
        Templating { list }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Variable {
    name: &'static str,
    label: &'static str,
    r#type: &'static str,
    query: Query,
    #[serde(skip_serializing_if = "Option::is_none")]
    datasource: Option<DataSource>,
    /// 1: when the dashboard is loaded; 2: with the time range.
    refresh: u32,
    multi: bool,
    include_all: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    all_value: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<Current>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Query {
    Type(&'static str),
    #[serde(rename_all = "camelCase")]
    Labels {
        /// 1: the values of a label.
        qry_type: u32,
        query: String,
        ref_id: &'static str,
    },
}

#[derive(Serialize)]
struct Current {
    text: [&'static str; 1],
    value: [&'static str; 1],
}

impl Variable {
    /// Creates the variable for the Prometheus data source.
    pub(super) fn data_source() -> Self {
        Variable {
            name: "datasource",
            label: "Data source",
            r#type: "datasource",
            query: Query::Type("prometheus"),
            datasource: None,
            refresh: 1,
            multi: false,
            include_all: false,
            all_value: None,
            current: None,
        }
    }

    /// Creates a variable for the values of a label in series with these matchers. Initially all are
    /// selected.
    pub(super) fn label(name: &'static str, matchers: &[String]) -> Self {
        let query = format!("label_values({{{}}}, {name})", matchers.join(","));
        Variable {
            name,
            label: name,
            r#type: "query",
            query: Query::Labels {
                qry_type: 1,
                query,
                ref_id: "PrometheusVariableQueryEditor-VariableQuery",
            },
            datasource: Some(DataSource::default()),
            refresh: 2,
            multi: true,
            include_all: true,
            all_value: Some(".*"),
            current: Some(Current { text: ["All"], value: ["$__all"] }),
        }
    }
}

/// The data source that the variable names.
#[derive(Serialize)]
pub(super) struct DataSource {
    r#type: &'static str,
    uid: &'static str,
}

impl Default for DataSource {
    fn default() -> Self {
        DataSource { r#type: "prometheus", uid: "${datasource}" }
    }
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Item {
    Row(Row),
    Panel(Box<Panel>),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Row {
    id: u32,
    r#type: &'static str,
    title: String,
    collapsed: bool,
    grid_pos: GridPos,
    panels: [(); 0],
}

impl Row {
    pub(super) const fn new(id: u32, title: String, grid_pos: GridPos) -> Self {
        Row { id, r#type: "row", title, collapsed: false, grid_pos, panels: [] }
    }
}

#[derive(Default, Serialize)]
pub(super) struct GridPos {
    pub(super) h: u32,
    pub(super) w: u32,
    pub(super) x: u32,
    pub(super) y: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Panel {
    /// The family in Prometheus that it shows.
    #[serde(skip)]
    pub(super) family: String,
    pub(super) id: u32,
    pub(super) r#type: &'static str,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) grid_pos: GridPos,
    pub(super) datasource: DataSource,
    pub(super) field_config: FieldConfig,
    pub(super) options: Options,
    pub(super) targets: Vec<Target>,
}

impl Panel {
    /// Returns the panel's key, unique within its surface.
    pub(super) fn key(&self) -> &str {
        &self.title
    }
}

#[derive(Serialize)]
pub(super) struct FieldConfig {
    pub(super) defaults: Defaults,
    pub(super) overrides: [(); 0],
}

#[derive(Serialize)]
pub(super) struct Defaults {
    pub(super) unit: &'static str,
    pub(super) custom: Custom,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) thresholds: Option<Thresholds>,
}

/// The drawing of a line. A heatmap has none of these fields.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Custom {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fill_opacity: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) show_points: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) thresholds_style: Option<ThresholdsStyle>,
}

#[derive(Serialize)]
pub(super) struct ThresholdsStyle {
    pub(super) mode: &'static str,
}

#[derive(Serialize)]
pub(super) struct Thresholds {
    pub(super) mode: &'static str,
    pub(super) steps: Vec<Step>,
}

#[derive(Serialize)]
pub(super) struct Step {
    pub(super) color: &'static str,
    /// `None` for the lowest one.
    pub(super) value: Option<f64>,
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Options {
    #[serde(rename_all = "camelCase")]
    TimeSeries { legend: Legend, tooltip: Tooltip },
    #[serde(rename_all = "camelCase")]
    Heatmap {
        calculate: bool,
        cell_gap: u32,
        color: HeatmapColor,
        exemplars: Exemplars,
        filter_values: FilterValues,
        legend: Show,
        show_value: &'static str,
        tooltip: HeatmapTooltip,
        y_axis: YAxis,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Legend {
    #[serde(rename = "showLegend")]
    pub(super) shown: bool,
    pub(super) display_mode: &'static str,
    pub(super) placement: &'static str,
    pub(super) calcs: [&'static str; 0],
}

#[derive(Serialize)]
pub(super) struct Tooltip {
    pub(super) mode: &'static str,
    pub(super) sort: &'static str,
}

#[derive(Serialize)]
pub(super) struct HeatmapColor {
    pub(super) mode: &'static str,
    pub(super) scheme: &'static str,
    pub(super) scale: &'static str,
    pub(super) exponent: f64,
    pub(super) fill: &'static str,
    pub(super) reverse: bool,
    pub(super) steps: u32,
}

#[derive(Serialize)]
pub(super) struct Exemplars {
    pub(super) color: &'static str,
}

/// The filter of a heatmap: cells below this value are left out.
#[derive(Serialize)]
pub(super) struct FilterValues {
    pub(super) le: f64,
}

#[derive(Serialize)]
pub(super) struct Show {
    pub(super) show: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HeatmapTooltip {
    pub(super) mode: &'static str,
    pub(super) y_histogram: bool,
}

#[derive(Serialize)]
pub(super) struct YAxis {
    pub(super) unit: &'static str,
}

/// A query.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Target {
    pub(super) ref_id: String,
    pub(super) datasource: DataSource,
    pub(super) expr: String,
    pub(super) legend_format: String,
    pub(super) range: bool,
    /// Shows the exemplars of the series as points, which lead to their traces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) exemplar: Option<bool>,
    pub(super) format: &'static str,
}
