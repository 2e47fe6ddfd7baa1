//! The series of an instrument that exist before their first use.

use super::text::contains;
use super::{AlertSchema, EventSchema, InstrumentLabel, Kind, LabelSchema};
use crate::label::LabelSet;

/// The most series that an instrument has from the start.
const START_MAX: u64 = 256;

impl EventSchema {
    /// Returns whether all series of an instrument are exported before their first use: those of a sum with
    /// closed labels, if there are not too many.
    pub(crate) const fn is_from_the_start(&self, instrument: usize) -> bool {
        !matches!(self.instruments[instrument].kind, Kind::Gauge)
            && !self.has_open_label(instrument)
            && self.series_of_registration(instrument) <= START_MAX
    }

    /// Returns whether some series of an instrument are exported before their first use. For a counter, these
    /// include the series with known texts of open labels.
    pub(crate) const fn has_start(&self, instrument: usize) -> bool {
        if self.is_from_the_start(instrument) {
            return true;
        }
        let declared = &self.instruments[instrument];
        let mut series = 1_u64;
        let mut at = 0;
        while at < declared.labels.len() {
            if let InstrumentLabel::Param(label) = declared.labels[at] {
                series = series.saturating_mul(count_known(&self.labels[label]));
            }
            at += 1;
        }
        matches!(declared.kind, Kind::Counter) && series > 0 && series <= START_MAX
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
        self.has_start(instrument)
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
        if alert.matching[matcher].label == at {
            let values = alert.matching[matcher].values;
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
