//! What is measured.

pub mod input;

use crate::row::{Class, Row};
use crate::{exporting, ours, peers, references, sinks};

/// The texts of a workload that shows where their length, their number or a second label costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Texts {
    Of48,
    Of100,
    Of256,
    Many,
    Two,
    TwoZipf,
}

/// An operation that every row of a table does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workload {
    Counter,
    ClosedLabel,
    CappedText,
    Texts(Texts),
    Gauge,
    Histogram,
    NativeHistogram,
    ScrapeCounters,
    ScrapeHistograms,
    LogCall,
    LogLine,
    LogTimed,
    Heap,
}

impl Workload {
    pub const ALL: [Self; 18] = [
        Self::Counter,
        Self::ClosedLabel,
        Self::CappedText,
        Self::Texts(Texts::Of48),
        Self::Texts(Texts::Of100),
        Self::Texts(Texts::Of256),
        Self::Texts(Texts::Many),
        Self::Texts(Texts::Two),
        Self::Texts(Texts::TwoZipf),
        Self::Gauge,
        Self::Histogram,
        Self::NativeHistogram,
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
            Self::Texts(Texts::Of48) => "text-48",
            Self::Texts(Texts::Of100) => "text-100",
            Self::Texts(Texts::Of256) => "text-256",
            Self::Texts(Texts::Many) => "text-many",
            Self::Texts(Texts::Two) => "texts",
            Self::Texts(Texts::TwoZipf) => "texts-zipf",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::NativeHistogram => "native",
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
            Self::Texts(Texts::Of48) => "Counter, capped string label, 64 values of 48 bytes",
            Self::Texts(Texts::Of100) => "Counter, capped string label, 64 values of 100 bytes",
            Self::Texts(Texts::Of256) => "Counter, capped string label, 64 values of 256 bytes",
            Self::Texts(Texts::Many) => "Counter, capped string label, 1,000 values of 20 bytes",
            Self::Texts(Texts::Two) => "Counter, two capped string labels, 1,000 and 16 values, evenly",
            Self::Texts(Texts::TwoZipf) => {
                "Counter, two capped string labels, 1,000 and 16 values, by Zipf's law"
            }
            Self::Gauge => "Gauge, set",
            Self::Histogram => "Histogram, 12 buckets, closed label of 4 values",
            Self::NativeHistogram => "Native histogram of up to 160 buckets, closed label of 4 values",
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
