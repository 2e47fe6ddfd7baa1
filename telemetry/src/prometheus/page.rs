//! Writes the page for people: the catalog and the current values, as one HTML document.
//!
//! It needs no script and no other file. All text is escaped, including labels; [`SERIES`] bounds its size.

mod format;
mod html;
mod style;

use crate::label::LabelSet;
use crate::registry::{Family, HistogramPoint, Point, Series, Snapshot, View};
use crate::schema::{AlertSchema, Condition, EventSchema, Kind, LabelSchema, Schema, Unit};
use crate::value::Number;
use format::{duration, estimate, exact, grouped, magnitude};
use html::Html;
use std::mem;
use std::time::Duration;

/// The most series of a metric that are shown; the largest are preferred.
pub(super) const SERIES: usize = 12;

/// The most values of a closed label that are listed.
const VALUES: usize = 16;

/// The content security policy: the browser applies the page's styles and does nothing else.
pub(super) const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
                                  form-action 'none'; frame-ancestors 'none'";

/// Clears the buffer and writes the page, which links to the exposition at `metrics`.
pub(super) fn write(snapshot: &Snapshot, metrics: &str, out: &mut Vec<u8>) {
    let surfaces = surfaces(snapshot);
    let mut html = Html::into(mem::take(out));
    html.raw("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">");
    html.raw("<meta name=\"viewport\" content=\"width=device-width\"><title>");
    html.text(title(&surfaces)).raw(" metrics</title><style>").raw(style::SHEET).raw("</style></head><body>");
    head(&surfaces, snapshot, metrics, &mut html);
    html.raw("<div class=\"all\">");
    index(&surfaces, &mut html);
    html.raw("<main>");
    for surface in &surfaces {
        surface_section(surface, &mut html);
    }
    views(snapshot, &mut html);
    html.raw("</main></div></body></html>\n");
    *out = html.into_bytes();
}

/// Lists the views: nothing else shows a metric that is off.
fn views(snapshot: &Snapshot, html: &mut Html) {
    let mut views = snapshot.views().peekable();
    if views.peek().is_none() {
        return;
    }
    html.raw("<section><h2>Views</h2><p class=\"about\">");
    html.raw("What the operator of this program changes of its metrics.</p><ul class=\"views\">");
    for view in views {
        html.raw("<li>").text(&view.to_string()).raw("</li>");
    }
    html.raw("</ul></section>");
}

/// A surface and its families.
struct ShownSurface<'a> {
    schema: &'static Schema,
    families: Vec<Family<'a>>,
}

/// Returns all surfaces in order, with the registry's own last.
fn surfaces(snapshot: &Snapshot) -> Vec<ShownSurface<'_>> {
    let mut surfaces: Vec<ShownSurface<'_>> = Vec::new();
    for family in snapshot.families() {
        let schema = family.surface();
        match surfaces.last_mut() {
            Some(last) if std::ptr::eq(last.schema, schema) => last.families.push(family),
            _ => surfaces.push(ShownSurface { schema, families: vec![family] }),
        }
    }
    if surfaces.len() > 1 {
        surfaces.rotate_left(1);
    }
    surfaces
}

fn title(surfaces: &[ShownSurface<'_>]) -> &'static str {
    let schema = surfaces.first().map(|surface| surface.schema);
    schema
        .map(|schema| if schema.package.is_empty() { schema.name } else { schema.package })
        .unwrap_or_default()
}

fn head(surfaces: &[ShownSurface<'_>], snapshot: &Snapshot, metrics: &str, html: &mut Html) {
    let families: Vec<&Family<'_>> = surfaces.iter().flat_map(|surface| &surface.families).collect();
    let series: usize = families.iter().map(|family| family.series().count()).sum();
    let since = families.first().and_then(|family| family.start().elapsed().ok()).unwrap_or_default();
    html.raw("<header class=\"top\"><h1>").text(title(surfaces)).raw("</h1>");
    if let Some(version) = surfaces.first().map(|surface| surface.schema.version) {
        html.raw("<span class=\"version\">").text(version).raw("</span>");
    }
    html.raw("<p>").text(&grouped(families.len() as u64)).raw(" metrics, ").text(&grouped(series as u64));
    html.raw(" series, counting for ").text(&duration(Duration::from_secs(since.as_secs()))).raw("</p>");
    for (key, value) in snapshot.constant_labels() {
        html.raw("<span class=\"constant\">").text(key).raw(" <b>").text(value).raw("</b></span>");
    }
    html.raw("<a class=\"scrape\" href=\"").text(metrics).raw("\">").text(metrics).raw("</a></header>");
}

fn index(surfaces: &[ShownSurface<'_>], html: &mut Html) {
    html.raw("<nav>");
    for surface in surfaces {
        html.raw("<h2>").text(heading(surface.schema)).raw("</h2><ul>");
        for family in &surface.families {
            let empty = if family.series().next().is_none() { " class=\"empty\"" } else { "" };
            html.raw("<li").raw(empty).raw("><a href=\"#").text(&family_name(family)).raw("\">");
            html.text(family.name()).raw("</a></li>");
        }
        html.raw("</ul>");
    }
    html.raw("</nav>");
}

fn heading(schema: &Schema) -> &'static str {
    if schema.namespace.is_empty() { schema.name } else { schema.namespace }
}

fn surface_section(surface: &ShownSurface<'_>, html: &mut Html) {
    let ShownSurface { schema, families } = surface;
    html.raw("<section><h2>")
        .text(heading(schema))
        .raw("</h2><p class=\"about\">")
        .text(schema.help)
        .raw("</p>");
    for group in groups(families) {
        html.raw("<div class=\"cards\">");
        for family in group {
            card(family, html);
        }
        html.raw("</div>");
    }
    html.raw("</section>");
}

/// Groups neighbouring families whose present names begin with the same word. Single families between them
/// form one group.
fn groups<'f, 'a>(families: &'f [Family<'a>]) -> Vec<&'f [Family<'a>]> {
    let mut groups: Vec<&[Family<'_>]> = Vec::new();
    let mut is_single = false;
    let mut start = 0;
    for group in families.chunk_by(|a, b| first_word(a) == first_word(b)) {
        let end = start + group.len();
        match groups.last_mut() {
            Some(last) if is_single && group.len() == 1 => *last = &families[start - last.len()..end],
            _ => groups.push(group),
        }
        is_single = group.len() == 1;
        start = end;
    }
    groups
}

fn first_word<'a>(family: &Family<'a>) -> &'a str {
    family.instrument().name.split('_').next().unwrap_or_default()
}

fn family_name(family: &Family<'_>) -> String {
    family.names().family
}

fn card(family: &Family<'_>, html: &mut Html) {
    let names = family.names();
    let name = &names.family;
    let kind = family.kind();
    // A histogram has several, of which none is its name.
    let suffix = if let [suffix] = names.sample_suffixes { suffix } else { "" };
    html.raw("<article class=\"").raw(class(kind)).raw("\" id=\"").text(name).raw("\"><header><h3>");
    html.text(name).raw("<span class=\"suffix\">").raw(suffix).raw("</span></h3><span class=\"kind\">");
    html.raw(word(kind)).raw("</span>");
    if family.unit() != Unit::None {
        html.raw("<span class=\"unit\">").raw(family.unit().suffix()).raw("</span>");
    }
    html.raw("</header>");
    if let Some(view) = family.view() {
        html.raw("<p class=\"view\">view: ").text(&view.to_string()).raw("</p>");
    }
    for paragraph in family.help().split("\n\n") {
        html.raw("<p>").text(paragraph).raw("</p>");
    }
    let removed = family.view().map(View::removed_labels).unwrap_or_default();
    let is_there = |label: &&LabelSchema| removed.iter().all(|key| key != label.key);
    let labels: Vec<&LabelSchema> = labels(family).filter(is_there).collect();
    if !labels.is_empty() {
        html.raw("<dl>");
        for label in labels {
            label_set(label, html);
        }
        html.raw("</dl>");
    }
    if !family.instrument().alerts.is_empty() {
        html.raw("<ul class=\"alerts\">");
        for alert in family.instrument().alerts {
            html.raw("<li>").text(alert.name);
            html.raw(if alert.severity.is_empty() { "" } else { " · " }).text(alert.severity).raw("</li>");
        }
        html.raw("</ul>");
    }
    table(family, html);
    html.raw("</article>");
}

const fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        Kind::UpDownCounter => "updown",
        Kind::Histogram => "histogram",
    }
}

const fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::UpDownCounter => "up-down counter",
        kind => class(kind),
    }
}

/// Returns the labels whose values vary, as the first event with the instrument declares them.
fn labels(family: &Family<'_>) -> impl Iterator<Item = &'static LabelSchema> {
    let instrument = family.instrument();
    let declares =
        |event: &&&'static EventSchema| event.instruments.iter().any(|one| std::ptr::eq(one, instrument));
    let event = family.surface().events.iter().find(declares);
    instrument.labels.iter().filter_map(move |label| event?.label_of(*label))
}

/// Writes a label's key and its possible values.
fn label_set(label: &LabelSchema, html: &mut Html) {
    html.raw("<dt>").text(label.key).raw("</dt><dd>");
    match label.set {
        LabelSet::Closed(values) => {
            html.text(&values[..values.len().min(VALUES)].join(", "));
            if values.len() > VALUES {
                html.text(&format!(", and {} more", values.len() - VALUES));
            }
        }
        LabelSet::Range { start, end } => {
            html.text(&format!("{start} to {end}"));
        }
        LabelSet::Open(domain) => {
            html.text(&format!("open, {} at the most", grouped(domain.cap.into())));
        }
    }
    if let Some(none) = label.none {
        html.raw(", or ").text(if none.is_empty() { "no label" } else { none });
    }
    html.raw("</dd>");
}

fn table(family: &Family<'_>, html: &mut Html) {
    let mut series: Vec<Series<'_>> = family.series().collect();
    if series.is_empty() {
        html.raw("<p class=\"none\">nothing recorded yet</p>");
        return;
    }
    let all = series.len();
    if all > SERIES {
        series.sort_by(|a, b| magnitude(&b.point()).total_cmp(&magnitude(&a.point())));
        series.truncate(SERIES);
    }
    if let ([one], Kind::Counter | Kind::Gauge | Kind::UpDownCounter) = (series.as_slice(), family.kind())
        && one.labels().next().is_none()
    {
        return single(family, one, html);
    }
    let most = series.iter().map(|series| magnitude(&series.point())).fold(0.0, f64::max);
    html.raw("<table><thead><tr>");
    for (key, _) in series[0].labels() {
        html.raw("<th>").text(key).raw("</th>");
    }
    let columns: &[&str] = match family.kind() {
        Kind::Histogram => &["count", "mean", "≈ 50 %", "≈ 99 %", ""],
        _ => &["value", ""],
    };
    for column in columns {
        html.raw("<th class=\"n\">").raw(column).raw("</th>");
    }
    html.raw("</tr></thead><tbody>");
    for series in &series {
        row(family, series, most, html);
    }
    html.raw("</tbody></table>");
    if all > SERIES {
        let more = grouped((all - SERIES) as u64);
        html.raw("<p class=\"more\">the largest; ").text(&more).raw(" more are in the scrape</p>");
    }
}

/// Writes a number without labels, which needs no table.
fn single(family: &Family<'_>, series: &Series<'_>, html: &mut Html) {
    if let Point::Sum(number) | Point::Gauge(number) = series.point() {
        html.raw("<p class=\"big").raw(class_of(family, number)).raw("\" title=\"").text(&exact(number));
        html.raw("\">").text(&format::number(number, family.unit())).raw("</p>");
    }
}

/// Returns the style of a number: that of a firing alert, of a zero, or none.
fn class_of(family: &Family<'_>, number: Number) -> &'static str {
    if family.instrument().alerts.iter().any(|alert| fires(alert, number.as_f64())) {
        " hot"
    } else if number.is_zero() {
        " zero"
    } else {
        ""
    }
}

fn row(family: &Family<'_>, series: &Series<'_>, most: f64, html: &mut Html) {
    html.raw("<tr>");
    for (_, value) in series.labels() {
        // Isolated, so that text of the other direction does not affect its neighbours.
        html.raw("<td><bdi>").breakable(&value).raw("</bdi></td>");
    }
    let unit = family.unit();
    match series.point() {
        Point::Sum(sum) | Point::Gauge(sum) => {
            html.raw("<td class=\"n").raw(class_of(family, sum)).raw("\"");
            html.raw(" title=\"").text(&exact(sum)).raw("\">").text(&format::number(sum, unit)).raw("</td>");
            bar(sum.as_f64().abs(), most, html);
        }
        Point::Histogram(point) => histogram(family, &point, html),
    }
    html.raw("</tr>");
}

/// Returns whether an alert on the plain value would fire, if the value lasted.
fn fires(alert: &AlertSchema, value: f64) -> bool {
    alert.is_per_series()
        && alert.matching.is_empty()
        && match alert.condition {
            Condition::Above(threshold) => value > threshold,
            Condition::Below(threshold) => value < threshold,
        }
}

fn bar(value: f64, most: f64, html: &mut Html) {
    let percent =
        if most > 0.0 && value.is_finite() { (value / most * 100.0).clamp(0.0, 100.0) } else { 0.0 };
    html.raw("<td class=\"bar\"><i style=\"width:").text(&format!("{percent:.1}")).raw("%\"></i></td>");
}

fn histogram(family: &Family<'_>, point: &HistogramPoint<'_>, html: &mut Html) {
    const NONE: &str = "–";
    let count = point.count();
    let unit = family.unit();
    #[allow(clippy::cast_precision_loss, reason = "shown in few digits")]
    let mean = point.sum / count as f64;
    let of = |quantile| estimate(family.bounds(), point.counts, quantile, unit);
    let cells = match count {
        0 => [grouped(0), NONE.to_owned(), NONE.to_owned(), NONE.to_owned()],
        _ => [grouped(count), format::float(mean, unit), of(0.5), of(0.99)],
    };
    for cell in cells {
        html.raw("<td class=\"n\">").text(&cell).raw("</td>");
    }
    spark(point.counts, html);
}

/// Draws the buckets as columns; the last is that above all bounds.
fn spark(counts: &[u64], html: &mut Html) {
    let most = counts.iter().copied().max().unwrap_or_default().max(1);
    html.raw("<td class=\"spark\"><svg viewBox=\"0 0 ").text(&(counts.len() * 10).to_string());
    html.raw(" 24\" preserveAspectRatio=\"none\"><path d=\"");
    for (at, count) in counts.iter().enumerate() {
        #[allow(clippy::cast_precision_loss, reason = "a picture")]
        let height = if *count == 0 { 0.6 } else { (*count as f64 / most as f64 * 22.0).max(1.5) };
        html.text(&format!("M{} 24v-{height:.1}h8v{height:.1}z", at * 10 + 1));
    }
    html.raw("\"/></svg></td>");
}
