//! Caches the text of a family between scrapes, and rewrites the lines in which a number changed.

use super::exemplars::{self, CachedExemplars};
use super::lines;
use super::output::Output;
use super::style::Style;
use super::template::{self, PREFIX_WIDTH, Prefixes, Template};
use crate::registry::{Exemplar, Family, FamilyId, GroupId, Series, SeriesGroup, Snapshot};
use crate::schema::prometheus_name;
use std::collections::HashMap;

/// The cached text of a family.
pub(super) struct CachedFamily {
    id: FamilyId,
    /// The lines before the samples.
    metadata: String,
    /// True if the lines show exemplars.
    has_exemplars: bool,
    /// In the family's order.
    groups: Vec<CachedGroup>,
}

/// The cached text of a group of series.
struct CachedGroup {
    id: GroupId,
    rows: Vec<u64>,
    /// The values of the series at the last scrape.
    words: Vec<u64>,
    /// The parts of the lines that all series share.
    template: Template,
    /// The prefixes of the series' lines without separators, then [`PREFIX_WIDTH`] bytes of padding.
    prefixes: Vec<u8>,
    /// The lengths of the prefixes.
    lengths: Vec<u32>,
    /// The end of each `_created` line, or nothing if all series count from the group's start.
    starts: Vec<String>,
    exemplars: CachedExemplars,
    blocks: Vec<Block>,
}

/// Neighbouring series that are written together.
struct Block {
    /// The index of their prefixes.
    prefixes: usize,
    /// An upper bound of the length of their text.
    room: usize,
    /// Their text, if no number and no exemplar changed between the last two scrapes; else empty.
    text: Vec<u8>,
}

impl CachedFamily {
    /// Creates an empty cache of a family.
    pub(super) fn new(family: Family<'_>, style: Style) -> Self {
        let mut metadata = String::new();
        template::lines(family, style).push_metadata(&mut metadata, family.help());
        let has_exemplars = exemplars::are_shown(family, style);
        CachedFamily { id: family.id(), metadata, has_exemplars, groups: Vec::new() }
    }

    pub(super) const fn id(&self) -> FamilyId {
        self.id
    }

    /// Appends the family's current text.
    pub(super) fn write(&mut self, snapshot: &Snapshot, family: Family<'_>, style: Style, out: &mut Output) {
        out.push(self.metadata.as_bytes());
        if !self.groups.iter().map(|cached| cached.id).eq(family.groups().map(|group| group.id())) {
            self.match_groups(snapshot, family, style);
        }
        for (cached, group) in self.groups.iter_mut().zip(family.groups()) {
            if cached.rows != group.rows() {
                *cached = CachedGroup::new(snapshot, family, group, style, Some(&cached.template));
            }
            cached.write(group, if self.has_exemplars { group.exemplars() } else { &[] }, out);
        }
    }

    /// Makes a cache for each group that is new, and drops those of groups that are gone.
    fn match_groups(&mut self, snapshot: &Snapshot, family: Family<'_>, style: Style) {
        let known = self.groups.drain(..).map(|cached| (cached.id, cached));
        let mut known: HashMap<GroupId, CachedGroup> = known.collect();
        for group in family.groups() {
            let last = self.groups.last().map(|last| &last.template);
            let cached = known.remove(&group.id());
            let cached = cached.unwrap_or_else(|| CachedGroup::new(snapshot, family, group, style, last));
            self.groups.push(cached);
        }
    }
}

impl CachedGroup {
    /// Creates the cache of a group, without text yet. `other` is the template of another group, if there is
    /// one.
    fn new(
        snapshot: &Snapshot,
        family: Family<'_>,
        group: SeriesGroup<'_>,
        style: Style,
        other: Option<&Template>,
    ) -> Self {
        let all: Vec<String> = group.series().map(|series| labels(snapshot, series)).collect();
        let labelled = all.iter().any(|labels| !labels.is_empty());
        let template = Template::new(family, group, style, labelled, other);
        let starts = if template.has_created() { starts(family, group, style, labelled) } else { Vec::new() };
        let mut cached = CachedGroup {
            id: group.id(),
            rows: group.rows().to_vec(),
            words: group.words().to_vec(),
            template,
            prefixes: Vec::new(),
            lengths: Vec::new(),
            starts,
            exemplars: CachedExemplars::default(),
            blocks: Vec::new(),
        };
        for block in all.chunks(cached.template.series_of_block()) {
            let start = cached.prefixes.len();
            for labels in block {
                let start = cached.prefixes.len();
                cached.template.push_prefix(labels, &mut cached.prefixes);
                let length = u32::try_from(cached.prefixes.len() - start);
                debug_assert!(length.is_ok(), "labels are bounded far below 4 GiB");
                cached.lengths.push(length.unwrap_or(u32::MAX));
            }
            let room = cached.template.room(block.len(), cached.prefixes.len() - start);
            cached.blocks.push(Block { prefixes: start, room, text: Vec::new() });
        }
        cached.prefixes.resize(cached.prefixes.len() + PREFIX_WIDTH, 0);
        cached
    }

    /// Appends the current text of the group, whose series are those of the cache, with these exemplars.
    ///
    /// A block that changed is written directly to the output. A block enters the cache only when it did not
    /// change between two scrapes, so that a group that changes at each scrape is not written twice.
    fn write(&mut self, group: SeriesGroup<'_>, exemplars: &[Exemplar], out: &mut Output) {
        let series = self.template.series_of_block();
        let lines_of_series = self.template.lines_of_series();
        let words = series * group.words_per_series();
        let cached = self.words.chunks_mut(words).zip(self.lengths.chunks(series));
        let cached = cached.zip(self.rows.chunks(series));
        let mut starts = self.starts.chunks(series);
        for ((block, ((cached, lengths), rows)), current) in
            self.blocks.iter_mut().zip(cached).zip(group.words().chunks(words))
        {
            let starts = starts.next().unwrap_or_default();
            let of_block = self.exemplars.of_block(exemplars, rows);
            let same = cached == current && !of_block.is_changed;
            if same && !block.text.is_empty() {
                out.push(&block.text);
                continue;
            }
            let start = out.len();
            let text = out.room(block.room);
            let series = Prefixes { text: &self.prefixes[block.prefixes..], lengths, starts };
            let len = self.template.write(group, current, series, text);
            out.advance(len);
            self.exemplars.append(of_block, lines_of_series, start, out);
            block.text.clear();
            if same {
                block.text.extend_from_slice(out.since(start));
            } else {
                cached.copy_from_slice(current);
            }
        }
        self.exemplars.keep(exemplars);
    }
}

/// Returns the end of each `_created` line, or nothing if all series count from the group's start.
///
/// A series that was removed and came back has a start of its own. The group then has another id or other
/// rows, so the cache is a new one.
fn starts(family: Family<'_>, group: SeriesGroup<'_>, style: Style, labelled: bool) -> Vec<String> {
    if group.series().all(|series| series.start() == group.start()) {
        return Vec::new();
    }
    let lines = template::lines(family, style);
    let created = group.series().filter_map(|series| lines.around_created(labelled, series.start()));
    created.map(|[_, after]| after).collect()
}

/// Renders the registry's constant labels, then those of the series.
fn labels(snapshot: &Snapshot, series: Series<'_>) -> String {
    let mut labels = String::new();
    for (key, value) in snapshot.constant_labels() {
        lines::push_label(&mut labels, key, value);
    }
    for (key, value) in series.labels() {
        lines::push_label(&mut labels, &prometheus_name(key), &value);
    }
    labels
}
