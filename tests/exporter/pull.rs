//! An exporter that is asked for text, and keeps the lines of series that did not change.

use std::collections::HashMap;
use std::fmt::Write;
use telemetry::Registry;
use telemetry::registry::{
    ExpositionFault, Family, FamilyId, Point, RejectedExposition, SeriesGroup, Snapshot,
};

/// Series whose lines are kept together.
pub const BLOCK: usize = 32;

/// A text exporter.
pub struct Pull {
    registry: Registry,
    snapshot: Snapshot,
    kept: HashMap<(FamilyId, usize), Kept>,
    written: usize,
}

/// The text of a group of series.
#[derive(Default)]
struct Kept {
    rows: Vec<u64>,
    words: Vec<u64>,
    labels: Vec<String>,
    blocks: Vec<String>,
}

impl Pull {
    pub fn new(registry: &Registry) -> Self {
        Pull { registry: registry.clone(), snapshot: Snapshot::default(), kept: HashMap::new(), written: 0 }
    }

    /// Returns how many blocks were written since the last call.
    pub fn take_written(&mut self) -> usize {
        std::mem::take(&mut self.written)
    }

    /// Returns the registry's text, then that of other crates.
    pub fn render(&mut self) -> String {
        self.registry.collect(&mut self.snapshot);
        let mut text = String::new();
        // The registry's own counters change with each collection.
        for family in self.snapshot.families().filter(|family| family.namespace() != "telemetry") {
            for (at, group) in family.groups().enumerate() {
                let kept = self.kept.entry((family.id(), at)).or_default();
                self.written += kept.update(family, group, self.registry.constant_labels());
                kept.blocks.iter().for_each(|block| text += block);
            }
        }
        text + &external(&self.registry)
    }
}

impl Kept {
    /// Writes the blocks that changed. Returns their number.
    fn update(&mut self, family: Family<'_>, group: SeriesGroup<'_>, constant: &[(String, String)]) -> usize {
        let is_new = self.rows != group.rows();
        if is_new {
            self.rows = group.rows().to_vec();
            self.labels = group.series().map(|series| labels(constant, series.labels())).collect();
            self.blocks = vec![String::new(); self.rows.len().div_ceil(BLOCK)];
        }
        let width = BLOCK * group.words_per_series();
        let mut written = 0;
        for (at, (block, words)) in self.blocks.iter_mut().zip(group.words().chunks(width)).enumerate() {
            let start = at * width;
            if !is_new && self.words[start..start + words.len()] == *words {
                continue;
            }
            block.clear();
            let mut labels = self.labels[at * BLOCK..].iter();
            group.points(words, |point| push(block, family, labels.next().unwrap(), point));
            written += 1;
        }
        self.words = group.words().to_vec();
        written
    }
}

fn labels<'a>(
    constant: &'a [(String, String)],
    own: impl Iterator<Item = (&'static str, std::borrow::Cow<'a, str>)>,
) -> String {
    let constant = constant.iter().map(|(key, value)| format!("{key}={value:?}"));
    let own = own.map(|(key, value)| format!("{key}={value:?}"));
    constant.chain(own).collect::<Vec<_>>().join(",")
}

fn push(text: &mut String, family: Family<'_>, labels: &str, point: Point<'_>) {
    let name = format!("{}_{}{{{labels}}}", family.namespace(), family.name());
    match point {
        Point::Sum(number) | Point::Gauge(number) => writeln!(text, "{name} {number}").unwrap(),
        Point::Histogram(histogram) => {
            writeln!(text, "{name} count {} sum {}", histogram.count(), histogram.sum).unwrap();
        }
        point => panic!("a new kind of point: {point:?}"),
    }
}

/// The text of other crates, without sources whose first name a surface has.
fn external(registry: &Registry) -> String {
    let texts = registry.expositions().unwrap_or_default();
    let mut kept = String::new();
    let mut rejected = Vec::new();
    for (source, text) in texts.iter().enumerate() {
        let Some(text) = text else { continue };
        let family = text.split([' ', '{']).next().unwrap_or_default();
        if registry.has_sample_name(family) {
            rejected.push(RejectedExposition {
                source,
                fault: Some(ExpositionFault::Clash),
                family: family.to_owned(),
                message: "a surface has this name".to_owned(),
            });
        } else {
            kept += text;
        }
    }
    registry.report_rejected("pull", rejected, &texts);
    kept
}
