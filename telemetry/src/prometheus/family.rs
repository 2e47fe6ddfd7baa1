//! Keeps a family's text between scrapes, and writes those lines anew whose numbers changed.

use super::Format;
use super::lines;
use super::output::Output;
use super::template::{Prefixes, STEP, Template, names};
use crate::registry::{Family, FamilyId, Series, SeriesGroup, Snapshot};

/// What is kept of a family.
pub(super) struct FamilyText {
    id: FamilyId,
    /// The lines before the samples.
    metadata: String,
    /// As many as the family has.
    runs: Vec<RunText>,
}

/// What is kept of a run of series.
struct RunText {
    rows: Vec<u64>,
    /// What the series held the last time.
    words: Vec<u64>,
    /// What is the same in all series.
    template: Template,
    /// The prefixes of the series' lines, one after the other; then room to copy a whole step.
    prefixes: Vec<u8>,
    /// How long they are.
    lengths: Vec<u32>,
    blocks: Vec<Block>,
}

/// Adjacent series, which are written together.
struct Block {
    /// Where their prefixes begin.
    prefixes: usize,
    /// How much room their text may need.
    room: usize,
    /// Their text, if it is of the words that are kept: of those that did not change since the last time.
    text: Vec<u8>,
}

impl FamilyText {
    /// What is kept of a family whose series were not written yet.
    pub(super) fn new(family: Family<'_>, format: Format) -> Self {
        let mut metadata = String::new();
        names(family, format).push_metadata(&mut metadata, family.help());
        FamilyText { id: family.id(), metadata, runs: Vec::new() }
    }

    pub(super) const fn id(&self) -> FamilyId {
        self.id
    }

    /// Appends the family as it is now.
    pub(super) fn write(
        &mut self,
        snapshot: &Snapshot,
        family: Family<'_>,
        format: Format,
        out: &mut Output,
    ) {
        out.push(self.metadata.as_bytes());
        for (at, run) in family.groups().enumerate() {
            match self.runs.get_mut(at) {
                Some(kept) if kept.rows == run.rows() => {}
                Some(kept) => *kept = RunText::new(snapshot, family, run, format),
                None => self.runs.push(RunText::new(snapshot, family, run, format)),
            }
            self.runs[at].write(run, out);
        }
    }
}

impl RunText {
    /// What is kept of a run of which nothing was written yet.
    fn new(snapshot: &Snapshot, family: Family<'_>, run: SeriesGroup<'_>, format: Format) -> Self {
        let all: Vec<String> = run.series().map(|series| labels(snapshot, series)).collect();
        let labelled = all.iter().any(|labels| !labels.is_empty());
        let template = Template::new(family, format, labelled);
        let mut kept = RunText {
            rows: run.rows().to_vec(),
            words: run.words().to_vec(),
            template,
            prefixes: Vec::new(),
            lengths: Vec::new(),
            blocks: Vec::new(),
        };
        for block in all.chunks(kept.template.series_of_block()) {
            let start = kept.prefixes.len();
            for labels in block {
                let start = kept.prefixes.len();
                kept.template.push_prefix(labels, &mut kept.prefixes);
                // The bounds on labels keep it far below 4 GiB.
                kept.lengths.push(u32::try_from(kept.prefixes.len() - start).unwrap_or(u32::MAX));
            }
            let room = kept.template.room(block.len(), kept.prefixes.len() - start);
            kept.blocks.push(Block { prefixes: start, room, text: Vec::new() });
        }
        kept.prefixes.resize(kept.prefixes.len() + STEP, 0);
        kept
    }

    /// Appends the run as it is now; it has the series that are kept.
    ///
    /// What changes is written where it is wanted, and only what did not change since the last time is kept:
    /// the same bytes are not written twice in a run that never rests.
    fn write(&mut self, run: SeriesGroup<'_>, out: &mut Output) {
        let series = self.template.series_of_block();
        let words = series * run.words_per_series();
        let kept = self.words.chunks_mut(words).zip(self.lengths.chunks(series));
        for ((block, (kept, lengths)), now) in self.blocks.iter_mut().zip(kept).zip(run.words().chunks(words))
        {
            let same = kept == now;
            if same && !block.text.is_empty() {
                out.push(&block.text);
                continue;
            }
            let start = out.len();
            let text = out.room(block.room);
            let series = Prefixes { text: &self.prefixes[block.prefixes..], lengths };
            let len = self.template.write(run, now, series, text);
            out.advance(len);
            block.text.clear();
            if same {
                block.text.extend_from_slice(out.since(start));
            } else {
                kept.copy_from_slice(now);
            }
        }
    }
}

/// The registry's labels, then the series' own.
fn labels(snapshot: &Snapshot, series: Series<'_>) -> String {
    let mut labels = String::new();
    for (key, value) in snapshot.constant_labels() {
        lines::push_label(&mut labels, key, value);
    }
    for (key, value) in series.labels() {
        lines::push_label(&mut labels, key, &value);
    }
    labels
}
