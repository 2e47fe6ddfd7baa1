//! What is measured.

pub mod input;

use crate::row::{Class, Row};
use crate::{exporting, ours, peers, references, sinks};

/// An operation that every row of a table does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workload {
    Counter,
    ClosedLabel,
    CappedText,
    Gauge,
    Histogram,
    ScrapeCounters,
    ScrapeHistograms,
    LogCall,
    LogLine,
    LogTimed,
    Heap,
}

impl Workload {
    pub const ALL: [Self; 11] = [
        Self::Counter,
        Self::ClosedLabel,
        Self::CappedText,
        Self::Gauge,
        Self::Histogram,
        Self::ScrapeCounters,
        Self::ScrapeHistograms,
        Self::LogCall,
        Self::LogLine,
        Self::LogTimed,
        Self::Heap,
    ];

    /// As on the command line.
    pub fn key(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::ClosedLabel => "closed",
            Self::CappedText => "text",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::ScrapeCounters => "scrape-counters",
            Self::ScrapeHistograms => "scrape-histograms",
            Self::LogCall => "log-call",
            Self::LogLine => "log-line",
            Self::LogTimed => "log-timed",
            Self::Heap => "heap",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Counter => "Counter, no label",
            Self::ClosedLabel => "Counter, closed label of 4 values",
            Self::CappedText => "Counter, capped string label, 64 values of 20 bytes",
            Self::Gauge => "Gauge, set",
            Self::Histogram => "Histogram, 12 buckets, closed label of 4 values",
            Self::ScrapeCounters => "Scrape of 10,000 counters with one string label",
            Self::ScrapeHistograms => "Scrape of 1,000 histograms with 12 buckets and one string label",
            Self::LogCall => "Log event of four fields, to `tracing_subscriber::fmt`",
            Self::LogLine => "Log line of four fields, without time",
            Self::LogTimed => "Log line of four fields, with time and level",
            Self::Heap => "Heap per counter series with one capped string label",
        }
    }

    /// Whether it is measured on many threads too, on the same series.
    pub fn is_contended(self) -> bool {
        matches!(self, Self::ClosedLabel | Self::Histogram)
    }

    pub fn is_scrape(self) -> bool {
        matches!(self, Self::ScrapeCounters | Self::ScrapeHistograms)
    }

    /// All rows, in no order that matters.
    pub fn rows(self) -> Vec<Row> {
        let mut rows = references::rows(self);
        rows.extend(ours::rows(self));
        rows.extend(peers::rows(self));
        rows.extend(exporting::rows(self));
        rows.extend(sinks::rows(self));
        debug_assert!(rows.iter().filter(|row| row.class == Class::Limit).count() <= 1);
        rows
    }
}
