//! The catalog as a Markdown page.

use super::code::code;
use super::dashboard::Link;
use super::model::{Catalog, Former, Line, MethodGuard, Metric, MetricLabel, Slo, Values};
use super::unit::percent;
use std::collections::BTreeMap;
use std::fmt::{self, Write};

macro_rules! line {
    ($page:expr, $($text:tt)*) => {{
        // Writing to a `String` cannot fail.
        let _ = writeln!($page.text, $($text)*);
    }};
}

/// Renders the page of a surface.
pub(super) fn page(catalog: &Catalog) -> String {
    let mut page = Page::default();
    page.title(catalog.surface);
    page.surface(catalog, "#");
    page.text
}

/// Renders the page of a service, with a part for each surface. Metrics have the links to their panels.
pub(super) fn page_of(title: &str, catalogs: &[Catalog], links: &[Link]) -> String {
    let mut page = Page { links, ..Page::default() };
    page.title(title);
    line!(page, "\n{}", together(catalogs));
    line!(page, "\n| surface | metrics | series | time series |\n|---|--:|--:|--:|");
    for catalog in catalogs {
        let (series, time_series) = (thousands(catalog.series), thousands(catalog.time_series));
        let (name, count) = (catalog.short_name(), catalog.metrics.len());
        let anchor = name.to_lowercase().replace('.', "");
        line!(page, "| [{}](#{anchor}) | {count} | {series} | {time_series} |", cell(name));
    }
    for catalog in catalogs {
        line!(page, "\n## {}", code(catalog.short_name()));
        page.surface(catalog, "##");
    }
    page.text
}

/// The page so far.
#[derive(Default)]
struct Page<'l> {
    text: String,
    links: &'l [Link],
}

impl Page<'_> {
    fn title(&mut self, of: &str) {
        line!(self, "# Metrics of {}", code(of));
        line!(self, "\n<!-- Made from the declaration, and held to it by a test: do not edit. -->");
    }

    /// Adds a surface below its heading, which has this level.
    fn surface(&mut self, catalog: &Catalog, above: &str) {
        self.head(catalog);
        self.overview(catalog);
        let mut section = "";
        for metric in &catalog.metrics {
            if metric.section != section {
                section = metric.section;
                line!(self, "\n{above}# {section}");
            }
            let level = if section.is_empty() { "#" } else { "##" };
            line!(self, "\n{above}{level} {}", code(&metric.names.family));
            self.metric(metric);
        }
        self.slos(&catalog.slos, above);
        self.lines(&catalog.lines, above);
    }

    fn head(&mut self, catalog: &Catalog) {
        let Catalog { package, .. } = catalog;
        if !catalog.help.is_empty() {
            line!(self, "\n{}", catalog.help);
        }
        let of =
            if package.is_empty() { String::new() } else { format!(" of the package {}", code(package)) };
        line!(self, "\nDeclared in {}{of}. {}", code(&file(&catalog.source.file)), budget(catalog));
        if !catalog.owner.is_empty() {
            line!(self, "\nOwner: {}.", code(catalog.owner));
        }
        if !catalog.registration_labels.is_empty() {
            line!(
                self,
                "\n{} given when the surface is registered. All series of such a label set end after its last \
                 handle is dropped: gauges and up-down counters with the next reading, counters and histograms \
                 after their final value was readable for 5 minutes, unless set otherwise.",
                given(&catalog.registration_labels)
            );
        }
    }

    fn overview(&mut self, catalog: &Catalog) {
        line!(self, "\n| metric | kind | unit | labels | series | time series | stability |");
        line!(self, "|---|---|---|---|--:|--:|---|");
        for metric in &catalog.metrics {
            let labels: Vec<String> = metric.labels.iter().map(|label| cell(label.key)).collect();
            let Metric { kind, unit, stability, .. } = metric;
            let name = cell(&metric.names.family);
            let labels = labels.join(", ");
            let series = thousands(metric.series);
            let time_series = thousands(metric.time_series);
            let anchor = &metric.names.family;
            line!(
                self,
                "| [{name}](#{anchor}) | {} | {unit} | {labels} | {series} | {time_series} | {stability} |",
                words(kind)
            );
        }
    }

    fn metric(&mut self, metric: &Metric) {
        line!(self, "\n{}", metric.help);
        line!(self, "\n| | |\n|---|---|");
        self.nature(metric);
        self.health(metric);
        self.names(metric);
        self.recording(metric);
        self.labels(metric);
    }

    fn nature(&mut self, metric: &Metric) {
        line!(self, "| kind | {}, {} |", words(metric.kind), metric.stability);
        if !metric.deprecated.is_empty() {
            line!(self, "| deprecated | it goes in version {} |", metric.deprecated);
        }
        if metric.total {
            line!(self, "| total | kept by somebody else, and shown as given; a fall is a reset |");
        }
        if metric.observed {
            line!(
                self,
                "| observed | each collection sets it anew, and a series that it does not set is absent |"
            );
        }
        match metric.initial {
            "" => {}
            "0" => line!(self, "| before the first use | 0 for all values that are known |"),
            _ => line!(self, "| before the first use | no series |"),
        }
        if !metric.unit.is_empty() {
            line!(self, "| unit | {} ({} in UCUM) |", metric.unit, cell(metric.ucum));
        }
    }

    fn names(&mut self, metric: &Metric) {
        line!(self, "| Prometheus | {} |", list(&metric.names.prometheus));
        line!(self, "| OTLP, statsd | {} |", cell(&metric.names.dotted));
        for query in &metric.queries {
            line!(self, "| query | {} |", cell(query));
        }
        if let Some(was) = &metric.was {
            line!(self, "| was | {} |", former(was, &metric.names.dotted));
        }
    }

    fn recording(&mut self, metric: &Metric) {
        line!(self, "| recorded by | {} |", methods(metric));
        for method in &metric.methods {
            if let Some(of) = &method.guard {
                line!(self, "| guard | {} |", guard(of, method.method, metric));
            }
        }
        if !metric.removals.is_empty() {
            line!(self, "| removed by | {} |", removals(metric));
        }
        if !metric.buckets.is_empty() {
            let bounds: Vec<String> = metric.buckets.iter().map(f64::to_string).collect();
            let signed = if metric.signed { "; negative numbers too" } else { "" };
            line!(self, "| buckets up to | {}{signed} |", bounds.join(", "));
        }
        if metric.native {
            let name = cell(&metric.names.family);
            line!(self, "| native | {name}, in a Prometheus that scrapes native histograms |");
        }
        for lint in &metric.lints {
            let (name, complaint) = lint.split_once(' ').unwrap_or((lint, ""));
            line!(self, "| promtool | {}: {} |", cell(name), escape(complaint));
        }
    }

    fn labels(&mut self, metric: &Metric) {
        if !metric.labels.is_empty() {
            line!(self, "\n| label | values |\n|---|---|");
        }
        for label in &metric.labels {
            let past = if metric.kind == "gauge" || metric.total { Past::Rejected } else { Past::Other };
            let mut text = values(label, past, metric.observed);
            if !label.help.is_empty() {
                text = format!("{}<br>{text}", escape(label.help));
            }
            line!(self, "| {} | {text} |", cell(label.key));
        }
    }

    /// Adds what a reader in trouble asks for first: what is healthy, and where it is seen.
    fn health(&mut self, metric: &Metric) {
        for range in &metric.healthy {
            line!(self, "| healthy | {} |", escape(range));
        }
        for objective in &metric.objectives {
            line!(self, "| objective | {} |", escape(objective));
        }
        let links = self.links.iter().filter(|link| link.family == metric.names.family);
        let links: Vec<String> = links.map(|Link { title, url, .. }| format!("[{title}]({url})")).collect();
        if !links.is_empty() {
            line!(self, "| dashboard | {} |", escape(&links.join(", ")));
        }
    }

    fn slos(&mut self, slos: &[Slo], above: &str) {
        if slos.is_empty() {
            return;
        }
        line!(self, "\n{above}# Service level objectives");
        line!(self, "\n| objective | good | of | over | error ratio |\n|---|---|---|---|---|");
        for slo in slos {
            let of = if slo.of.is_empty() { String::new() } else { format!(" with {}", cell(&slo.of)) };
            let (name, share, good) = (cell(slo.name), percent(slo.objective), cell(&slo.good));
            let (family, window, recorded) = (cell(&slo.family), slo.window, cell(&slo.recorded));
            line!(self, "| {name}: {share} | {good} | {family}{of} | {window} | {recorded} |");
        }
    }

    fn lines(&mut self, lines: &[Line], above: &str) {
        if lines.is_empty() {
            return;
        }
        line!(self, "\n{above}# Log lines");
        line!(self, "\n| line | written by | level, target | when |\n|---|---|---|---|");
        for line in lines {
            let fields: String =
                line.fields.iter().chain(&line.context).flat_map(|key| [" ", key, "=…"]).collect();
            let example = format!("[metrics] {}={}{fields}", line.key, line.name);
            let mut when = if line.policy.is_empty() { "each call".to_owned() } else { cell(&line.policy) };
            if let Some(decimals) = line.decimals {
                let _ = write!(when, "; numbers to {decimals} decimals");
            }
            let method = cell(line.method);
            let target = cell(line.target);
            line!(self, "| {} | {method} | {}, {target} | {when} |", cell(&example), line.level);
        }
    }
}

fn budget(catalog: &Catalog) -> String {
    let of = catalog.max_series.map(|max| format!(", of a budget of {}", thousands(max)));
    let cost = cost(catalog.time_series, catalog.scrape_bytes);
    format!("It can make up to {} series{}{cost}", thousands(catalog.series), of.unwrap_or_default())
}

/// Returns the cost of several surfaces.
fn together(catalogs: &[Catalog]) -> String {
    let sum = |of: fn(&Catalog) -> u64| catalogs.iter().map(of).fold(0, u64::saturating_add);
    let cost = cost(sum(|catalog| catalog.time_series), sum(|catalog| catalog.scrape_bytes));
    format!("They can make up to {} series{cost}", thousands(sum(|catalog| catalog.series)))
}

fn cost(time_series: u64, scrape_bytes: u64) -> String {
    let of_many = thousands(time_series.saturating_mul(1000));
    let (time_series, size) = (thousands(time_series), bytes(scrape_bytes));
    format!(
        ", which are {time_series} time series in Prometheus: a scrape of some {size} before compression, and \
         {of_many} time series of a thousand processes."
    )
}

fn former(was: &Former, dotted: &str) -> String {
    let until = if was.until.is_empty() { String::new() } else { format!(", until {}", was.until) };
    let is_other = was.names.dotted != dotted;
    let dotted = if is_other { format!(" and {}", cell(&was.names.dotted)) } else { String::new() };
    format!("{}{dotted}, exported too{until}", list(&was.names.prometheus))
}

/// Returns the methods that record in a metric, with the values they record.
fn methods(metric: &Metric) -> String {
    let methods = metric.methods.iter().map(|method| {
        let of = if method.optional { ", where there is one" } else { "" };
        let number = method.value.parse::<f64>().is_ok();
        let value = match method.value.as_str() {
            value if method.in_flight => {
                let start = method.guard.as_ref().map_or("", |guard| guard.start);
                format!("{value} from {} to the guard's end", cell(start))
            }
            "1" if metric.kind == "counter" => "each call".to_owned(),
            value if number => value.to_owned(),
            value => cell(value),
        };
        let constants: Vec<String> =
            method.constants.iter().map(|(key, value)| cell(&format!("{key}={value}"))).collect();
        let under =
            if constants.is_empty() { String::new() } else { format!(" as {}", constants.join(", ")) };
        format!("{}: {value}{of}{under}", cell(method.method))
    });
    methods.collect::<Vec<_>>().join("; ")
}

/// Returns the guard of a method, and what it gives a metric at its end: the elapsed time and labels.
fn guard(guard: &MethodGuard, method: &str, metric: &Metric) -> String {
    let elapsed = guard.elapsed.map(|value| format!(", measures {}", cell(value))).unwrap_or_default();
    let ends: Vec<_> = guard
        .end_labels
        .iter()
        .filter(|key| metric.labels.iter().any(|label| label.key == **key))
        .map(|key| cell(key))
        .collect();
    let ends =
        if ends.is_empty() { String::new() } else { format!(", known at the end {}", ends.join(", ")) };
    format!("{} starts it, {} records it at its end{elapsed}{ends}", cell(guard.start), cell(method))
}

/// Returns the methods that remove series of a metric, and what a reader sees then.
fn removals(metric: &Metric) -> String {
    let methods = metric
        .removals
        .iter()
        .map(|removal| format!("{}: all series with its {}", cell(removal.method), list(&removal.labels)));
    let seen = match metric.kind {
        "gauge" => "they are gone with the next reading",
        _ => "their final value stays readable for 5 minutes, unless set otherwise, then they are gone",
    };
    format!("{}; {seen}", methods.collect::<Vec<_>>().join("; "))
}

/// Returns the labels that are given at registration, with the verb.
fn given(labels: &[&str]) -> String {
    format!("{} {}", list(labels), if labels.len() == 1 { "is" } else { "are" })
}

/// The fate of a call whose label value has no series of its own.
#[derive(Clone, Copy)]
enum Past {
    Other,
    Rejected,
}

impl Past {
    fn of(self, other: &str) -> String {
        match self {
            Past::Other => cell(other),
            Past::Rejected => "refused".to_owned(),
        }
    }
}

fn values(label: &MetricLabel, past: Past, observed: bool) -> String {
    let mut text = match &label.values {
        Values::Closed { values } if label.value_help.is_empty() => list(values),
        Values::Closed { values } => meanings(values, &label.value_help),
        Values::Range { start, end, other } => format!("{start} to {end}, all else {}", past.of(other)),
        Values::Open { cap, known, other, max_len } => {
            let cap = thousands(u64::from(*cap));
            let other = past.of(other);
            let when = if observed { " in a collection" } else { "" };
            let mut text = format!("any, {cap} kept apart{when}, then {other}; up to {max_len} bytes");
            if !observed && !known.is_empty() {
                let _ = write!(text, "; from the start {}", list(known));
            }
            text
        }
    };
    if let Some(none) = label.none {
        let absent = if none.is_empty() { "without the label".to_owned() } else { cell(none) };
        let _ = write!(text, "; absent {absent}");
    }
    text
}

/// Returns values, a line each, with what they mean.
fn meanings(values: &[&str], help: &BTreeMap<&str, &str>) -> String {
    let line = |value: &&str| match help.get(value) {
        Some(help) => format!("{}: {}", cell(value), escape(help)),
        None => cell(value),
    };
    values.iter().map(line).collect::<Vec<_>>().join("<br>")
}

/// Returns a kind in words.
fn words(kind: &str) -> String {
    kind.replace("up_down", "up-down").replace('_', " ")
}

/// Returns a path within its package: the absolute path of a dependency depends on the machine.
fn file(path: &str) -> String {
    let absolute = path.starts_with('/') || path.get(1..3) == Some(":/");
    match path.rfind("/src/") {
        Some(at) if absolute => path[at + 1..].to_owned(),
        _ => path.to_owned(),
    }
}

fn list<T: AsRef<str>>(texts: &[T]) -> String {
    texts.iter().map(|text| cell(text.as_ref())).collect::<Vec<_>>().join(", ")
}

/// Returns a text as code for a table, where a bar ends the cell even within code.
fn cell(text: &str) -> String {
    escape(&code(text))
}

fn escape(text: &str) -> String {
    text.replace('|', "\\|")
}

/// Returns a number of bytes to two digits, since it is an estimate.
fn bytes(number: u64) -> String {
    let (scaled, unit) = match number {
        0..1_000 => (number, "bytes"),
        1_000..1_000_000 => (number / 100, "kB"),
        _ => (number / 100_000, "MB"),
    };
    match unit {
        "bytes" => format!("{} bytes", scaled.div_ceil(10) * 10),
        unit if scaled < 100 => format!("{}.{} {unit}", scaled / 10, scaled % 10),
        unit => format!("{} {unit}", thousands(two_digits(scaled / 10))),
    }
}

/// Rounds a whole number to its first two digits.
fn two_digits(number: u64) -> u64 {
    let mut scale = 1;
    while number / scale >= 100 {
        scale *= 10;
    }
    (number + scale / 2) / scale * scale
}

/// Returns a number with commas between thousands.
fn thousands(number: u64) -> impl fmt::Display {
    fmt::from_fn(move |f| {
        let digits = number.to_string();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                f.write_char(',')?;
            }
            f.write_char(digit)?;
        }
        Ok(())
    })
}
