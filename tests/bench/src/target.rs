//! What our rows must reach.

use crate::results::{Record, Run};
use crate::row::Class;
use crate::workload::Workload;

/// Where a target is missed, or met by a hair: what was tried, and where the instructions go.
pub const REASONS: [(&str, &str); 4] = [
    (
        "scrape of histograms, each number new",
        "the limit has no registry to read: of 2.66 million instructions 0.46 read the cells, which the row without a \
         new number counts alone, and the other 2.19 are 1.15 times the limit's 1.90. Four designs were tried: text \
         that is kept and patched in place (2.5 times the limit), one arena of whole prefixes (2.1), the same with its \
         output touched ahead (no gain), and a prefix per series with a template for the lines, which is what there is",
    ),
    (
        "capped text",
        "110 instructions against 84: the table of short texts is found by thread, and its entry names a series, which \
         the limit's entry is. A hash map behind a borrow flag took 173",
    ),
    (
        "gauge",
        "9 instructions against 7, which are where the gauge stands; below a nanosecond a loop takes a cycle more or less \
         for where it lies",
    ),
    (
        "through `Arc<dyn Metrics>`",
        "24 instructions against 16 for a virtual call of the slab; the call itself hides the address of the counter from \
         the loop",
    ),
];

/// How one of our rows must compare.
struct Target {
    workload: Workload,
    how: &'static str,
    /// At most so many times the limit.
    limit: Option<f64>,
    /// And this row's time less that row's more.
    more: Option<(&'static str, &'static str)>,
    /// At least so many times as fast as the fastest peer: from so many threads on. Empty where the limit is
    /// all.
    peer: &'static [(usize, f64)],
}

/// Two times that differ by less are the same.
const NOISE: f64 = 1.03;

/// And where a row must only not be slower, those that differ by less than a clock cycle, in nanoseconds: a
/// loop takes one more or less for where it happens to lie, which shows in the references without work.
const CYCLE: f64 = 0.3;

const TARGETS: [Target; 11] = [
    Target {
        workload: Workload::ClosedLabel,
        how: STATIC,
        limit: Some(1.6),
        more: None,
        peer: &[(1, 1.5), (8, 1.7)],
    },
    Target {
        workload: Workload::ClosedLabel,
        how: DYN,
        limit: Some(1.6),
        more: Some(("virtual call of nothing", "loop and label")),
        peer: &[(1, 1.0)],
    },
    Target { workload: Workload::CappedText, how: STATIC, limit: Some(1.25), more: None, peer: &[(1, 2.5)] },
    Target {
        workload: Workload::Histogram,
        how: STATIC,
        limit: Some(1.4),
        more: None,
        peer: &[(1, 1.6), (8, 2.5)],
    },
    Target { workload: Workload::Gauge, how: STATIC, limit: Some(1.5), more: None, peer: &[(1, 1.0)] },
    Target {
        workload: Workload::ScrapeCounters,
        how: RENDER,
        limit: Some(1.6),
        more: None,
        peer: &[(1, 2.0)],
    },
    Target {
        workload: Workload::ScrapeHistograms,
        how: RENDER,
        limit: Some(1.6),
        more: None,
        peer: &[(1, 1.0)],
    },
    Target { workload: Workload::LogCall, how: LOG, limit: Some(1.1), more: None, peer: &[] },
    Target { workload: Workload::LogLine, how: PREFIXED, limit: None, more: None, peer: &[(1, 2.5)] },
    Target { workload: Workload::LogTimed, how: LOGFMT, limit: None, more: None, peer: &[(1, 2.5)] },
    Target { workload: Workload::LogTimed, how: JSON, limit: None, more: None, peer: &[(1, 2.5)] },
];

/// The leanest peer's bytes per series, when the targets were set.
const LEANEST: f64 = 88.0;

/// Our rows' names.
pub const STATIC: &str = "static dispatch";
pub const DYN: &str = "`Arc<dyn Metrics>`";
pub const RENDER: &str = "`Renderer::render`, text";
pub const LOG: &str = "`Log`";
pub const PREFIXED: &str = "`Layer`, prefixed";
pub const LOGFMT: &str = "`Layer`, logfmt";
pub const JSON: &str = "`Layer`, JSON";

/// A target beside what was found, in each profile.
pub struct Verdict {
    pub work: String,
    /// Found and wanted, beside the limit and beside the fastest peer.
    pub limit: Option<(Vec<f64>, f64)>,
    pub peer: Option<(Vec<f64>, f64)>,
    pub met: Vec<bool>,
}

/// The fastest peer that needs no manual flush, at its best of all profiles.
pub fn fastest<'a>(runs: &'a [Run], like: &Record) -> Option<&'a Record> {
    let rivals = runs.iter().flat_map(|run| &run.records);
    rivals
        .filter(|record| record.class.is_rival() && is_beside(record, like))
        .min_by(|left, right| left.median.total_cmp(&right.median))
}

/// The reference of a run that ours are compared with.
pub fn limit<'a>(run: &'a Run, like: &Record) -> Option<&'a Record> {
    run.records.iter().find(|record| record.class == Class::Limit && is_beside(record, like))
}

fn is_beside(record: &Record, other: &Record) -> bool {
    (record.workload, record.threads) == (other.workload, other.threads)
        && (record.workload != Workload::Heap || record.size == other.size)
}

pub fn verdicts(runs: &[Run]) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for ours in ours(runs) {
        if ours.workload == Workload::Heap {
            verdicts.push(heap(runs, ours));
        } else if let Some(target) =
            TARGETS.iter().find(|target| (target.workload, target.how) == (ours.workload, ours.how.as_str()))
        {
            verdicts.extend(speed(runs, ours, target));
        }
    }
    verdicts
}

/// Our rows, as the first run has them.
fn ours(runs: &[Run]) -> impl Iterator<Item = &Record> {
    runs.iter().take(1).flat_map(|run| &run.records).filter(|record| record.class == Class::Ours)
}

fn speed(runs: &[Run], like: &Record, target: &Target) -> Option<Verdict> {
    let same = |run: &'_ Run, how: &str| {
        run.records
            .iter()
            .find(|record| is_beside(record, like) && record.how == how)
            .map(|record| record.median)
    };
    let mut limits = Vec::new();
    let mut allowed = Vec::new();
    let mut peers = Vec::new();
    let mut reached = Vec::new();
    let wanted =
        target.peer.iter().rev().find(|(threads, _)| *threads <= like.threads).map(|(_, wanted)| *wanted);
    for run in runs {
        let found = same(run, target.how)?;
        let limit = limit(run, like)?.median;
        let more = target.more.map(|(with, without)| Some((same(run, with)? - same(run, without)?).max(0.0)));
        limits.push(found / limit);
        allowed.push(target.limit.unwrap_or(f64::INFINITY) + more.flatten().unwrap_or(0.0) / limit);
        let Some(wanted) = wanted else {
            reached.push(true);
            continue;
        };
        let fastest = fastest(runs, like)?.median;
        peers.push(fastest / found);
        let is_as_fast = found <= fastest * NOISE || (like.threads == 1 && found <= fastest + CYCLE);
        reached.push(if wanted > 1.0 { fastest / found * NOISE >= wanted } else { is_as_fast });
    }
    let met = limits
        .iter()
        .zip(&allowed)
        .zip(reached)
        .map(|((limit, allowed), reached)| *limit <= *allowed && reached)
        .collect();
    let strictest = allowed.into_iter().fold(f64::INFINITY, f64::min);
    let threads = if like.threads == 1 { String::new() } else { format!(", {} threads", like.threads) };
    Some(Verdict {
        work: format!("{}, {}{threads}", like.workload.title(), like.how),
        limit: target.limit.is_some().then_some((limits, strictest)),
        peer: wanted.map(|wanted| (peers, wanted)),
        met,
    })
}

fn heap(runs: &[Run], like: &Record) -> Verdict {
    let leanest = fastest(runs, like).map_or(LEANEST, |peer| peer.median.min(LEANEST));
    let found: Vec<f64> = runs
        .iter()
        .flat_map(|run| {
            run.records.iter().filter(|record| record.class == Class::Ours && is_beside(record, like))
        })
        .map(|record| record.median)
        .collect();
    let met = found.iter().map(|bytes| *bytes < leanest).collect();
    let ratios = found.iter().map(|bytes| leanest / bytes).collect();
    Verdict {
        work: format!("{}, {} series", like.workload.title(), like.size),
        limit: None,
        peer: Some((ratios, 1.0)),
        met,
    }
}

/// Our rows that allocate in steady state, of which there must be none.
pub fn allocating(runs: &[Run]) -> Vec<String> {
    let records = runs.iter().flat_map(|run| &run.records);
    records
        .filter(|record| {
            record.class == Class::Ours && record.workload != Workload::Heap && record.allocations > 0.0
        })
        .map(|record| format!("{}, {}: {}", record.workload.title(), record.how, record.allocations))
        .collect()
}
