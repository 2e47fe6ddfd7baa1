//! The series of an instrument that exist before their first use.

use super::text::contains;
use super::{AlertSchema, EventSchema, Initial, InstrumentLabel, InstrumentSchema, Kind, LabelSchema};
use crate::label::LabelSet;

/// The most series of a counter or an up-down counter that exist from the start without a word about it.
const SUMS_MAX: u64 = 256;

/// The most series of a histogram that do, each of which is many in Prometheus.
const HISTOGRAMS_MAX: u64 = 16;

/// The most series that a declaration may have from the start.
pub(super) const STATED_MAX: u64 = 10_000;

impl InstrumentSchema {
    /// Returns the most series that exist from the start; 0 if none does.
    const fn start_max(&self) -> u64 {
        match (self.initial, self.kind) {
            (Initial::None, _) => 0,
            (Initial::Zero, _) => STATED_MAX,
            (Initial::ByKind, _) if self.keeps_last() => 0,
            (Initial::ByKind, Kind::Histogram) => HISTOGRAMS_MAX,
            (Initial::ByKind, _) => SUMS_MAX,
        }
    }
}

impl EventSchema {
    /// Returns whether all series of an instrument are exported before their first use: those with closed
    /// labels, if there are not too many.
    pub(crate) const fn is_from_the_start(&self, instrument: usize) -> bool {
        !self.has_open_label(instrument)
            && self.series_of_registration(instrument) <= self.instruments[instrument].start_max()
    }

    /// Returns whether some series of an instrument are exported before their first use. For a counter, and
    /// where the declaration says so, these include the series with known texts of open labels.
    pub(crate) const fn has_start(&self, instrument: usize) -> bool {
        if self.is_from_the_start(instrument) {
            return true;
        }
        let declared = &self.instruments[instrument];
        let series = self.known_series(instrument);
        let knows_texts = matches!(declared.kind, Kind::Counter) || matches!(declared.initial, Initial::Zero);
        knows_texts && series > 0 && series <= declared.start_max()
    }

    /// Returns the number of an instrument's series whose label values are known before the first use.
    pub(super) const fn known_series(&self, instrument: usize) -> u64 {
        let labels = self.instruments[instrument].labels;
        let mut series = 1_u64;
        let mut at = 0;
        while at < labels.len() {
            if let InstrumentLabel::Param(label) = labels[at] {
                series = series.saturating_mul(count_known(&self.labels[label]));
            }
            at += 1;
        }
        series
    }

    /// Returns the first label of an instrument of which no value is known before its first use.
    pub(super) const fn unknown_label(&self, instrument: usize) -> Option<usize> {
        let labels = self.instruments[instrument].labels;
        let mut at = 0;
        while at < labels.len() {
            if let InstrumentLabel::Param(label) = labels[at]
                && count_known(&self.labels[label]) == 0
            {
                return Some(at);
            }
            at += 1;
        }
        None
    }

    const fn has_open_label(&self, instrument: usize) -> bool {
        let labels = self.instruments[instrument].labels;
        let mut at = 0;
        while at < labels.len() {
            if let InstrumentLabel::Param(label) = labels[at]
                && matches!(self.labels[label].set, LabelSet::Open(_))
            {
                return true;
            }
            at += 1;
        }
        false
    }

    /// Returns whether all series that an alert selects exist from the start. For an open label, these are
    /// the series that it selects by known texts.
    pub(crate) const fn alert_is_from_the_start(&self, instrument: usize, alert: &AlertSchema) -> bool {
        let labels = self.instruments[instrument].labels;
        let mut at = 0;
        while at < labels.len() {
            if let InstrumentLabel::Param(label) = labels[at]
                && !selects_known(alert, at, &self.labels[label])
            {
                return false;
            }
            at += 1;
        }
        // The first reading of a total that somebody else keeps has what was before.
        self.has_start(instrument) || self.instruments[instrument].total && !self.has_open_label(instrument)
    }
}

/// Returns the number of label values that are known before the first use: 0 for an open label without known
/// values.
const fn count_known(label: &LabelSchema) -> u64 {
    match label.set {
        LabelSet::Open(domain) if domain.known.is_empty() => 0,
        LabelSet::Open(domain) => domain.known.len() as u64 + label.none.is_some() as u64,
        LabelSet::Closed(_) | LabelSet::Range { .. } => label.cardinality(),
    }
}

/// Returns whether a label is closed, or the alert selects only its known texts.
const fn selects_known(alert: &AlertSchema, at: usize, label: &LabelSchema) -> bool {
    let LabelSet::Open(domain) = label.set else { return true };
    let mut matcher = 0;
    while matcher < alert.matching.len() {
        let selected = &alert.matching[matcher];
        if selected.label == at && !selected.negated && selected.prefixes.is_empty() {
            let values = selected.values;
            let mut value = 0;
            while value < values.len() && contains(domain.known, values[value]) {
                value += 1;
            }
            return value == values.len();
        }
        matcher += 1;
    }
    false
}
