//! The state that a `Log` shares with the thread of its summaries.

use super::check;
use super::policy::Policies;
use crate::contain::contained;
use crate::schema::LogSchema;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A log's policies, and the lines that it lost.
#[derive(Debug, Default)]
pub(super) struct Core {
    pub(super) policies: Policies,
    dropped: AtomicU64,
    /// True if it was reported that lines do not appear.
    reported: AtomicBool,
}

impl Core {
    pub(super) fn with_summary() -> Self {
        Core { policies: Policies::with_summary(), ..Core::default() }
    }

    /// Runs code of the subscriber. A panic is contained, and counts as a lost line.
    pub(super) fn contain(&self, show: impl FnOnce()) {
        if contained(show).is_none() {
            self.count_dropped();
        }
    }

    pub(super) fn count_dropped(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns the number of lost lines.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Warns that lines do not appear, at most once.
    #[cold]
    pub(super) fn warn_muted(&self, line: &LogSchema) {
        self.report_once(|| check::warn(line));
    }

    /// Runs `report` unless a report was made before.
    pub(super) fn report_once(&self, report: impl FnOnce()) {
        if !self.reported.load(Ordering::Relaxed) && !self.reported.swap(true, Ordering::Relaxed) {
            self.contain(report);
        }
    }
}
