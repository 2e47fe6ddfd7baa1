//! The results as Markdown.

use crate::peers::ABSENT;
use crate::results::{Latency, Record, Run};
use crate::row::Class;
use crate::target::{self, Verdict};
use crate::workload::Workload;
use std::fmt::Write as _;

/// All of one or more profiles' runs.
pub fn render(runs: &[Run]) -> String {
    let mut text = String::new();
    // Writing to a `String` does not fail.
    _ = write(&mut text, runs);
    text
}

fn write(to: &mut String, runs: &[Run]) -> std::fmt::Result {
    let Some(first) = runs.first() else { return Ok(()) };
    let profiles = runs.iter().map(|run| format!("`{}`", run.profile)).collect::<Vec<_>>().join(" and ");
    writeln!(to, "Measured on {}; {}: {profiles}.\n", first.machine, profile_word(runs.len()))?;
    disturbed(to, runs)?;
    targets(to, runs)?;
    for head in sections(first) {
        section(to, runs, head)?;
    }
    latency(to, runs)?;
    writeln!(to, "## Why not better\n")?;
    for (what, why) in target::REASONS {
        writeln!(to, "- {what}: {why}.")?;
    }
    writeln!(to, "\n## Not here\n")?;
    for (who, why) in ABSENT {
        writeln!(to, "- {who}: {why}.")?;
    }
    Ok(())
}

/// How much of it can be trusted.
fn disturbed(to: &mut String, runs: &[Run]) -> std::fmt::Result {
    let shares = runs.iter().flat_map(|run| &run.records).map(|record| record.clean);
    let least = shares.fold(1.0, f64::min) * 100.0;
    writeln!(
        to,
        "Rounds in which a row was disturbed do not count, if a third of them was not; at worst {least:.0} % were not.\n"
    )
}

fn profile_word(count: usize) -> &'static str {
    if count == 1 { "profile" } else { "profiles" }
}

/// The first record of each table.
fn sections(run: &Run) -> Vec<&Record> {
    let mut heads: Vec<&Record> = Vec::new();
    for record in &run.records {
        let known = heads.iter().any(|head| is_same_section(head, record));
        if !known {
            heads.push(record);
        }
    }
    heads
}

fn is_same_section(left: &Record, right: &Record) -> bool {
    (left.workload, left.threads) == (right.workload, right.threads)
        && (left.workload != Workload::Heap || left.size == right.size)
}

fn targets(to: &mut String, runs: &[Run]) -> std::fmt::Result {
    let verdicts = target::verdicts(runs);
    if verdicts.is_empty() {
        return Ok(());
    }
    let profiles = runs.iter().map(|run| run.profile.as_str()).collect::<Vec<_>>().join(" / ");
    writeln!(to, "## Targets\n")?;
    writeln!(
        to,
        "Ratios of medians, {profiles}. What must not be slower may be so by 3 %, on one thread by a clock cycle (0.3 ns): \
         a loop takes one more or less for where it happens to lie.\n"
    )?;
    writeln!(to, "| work | times the limit | at most | times as fast as the fastest peer | at least | |")?;
    writeln!(to, "|---|--:|--:|--:|--:|---|")?;
    for Verdict { work, limit, peer, met } in verdicts {
        write!(to, "| {work} |")?;
        for cell in [limit, peer] {
            match cell {
                Some((found, wanted)) => write!(to, " {} | {wanted:.2} |", slashed(&found))?,
                None => write!(to, " | |")?,
            }
        }
        writeln!(to, " {} |", verdict(&met, runs))?;
    }
    let allocating = target::allocating(runs);
    let found = if allocating.is_empty() { "none".into() } else { allocating.join("; ") };
    writeln!(to, "\nAllocations of ours per record after the first use, and per repeated scrape: {found}.\n")
}

fn slashed(values: &[f64]) -> String {
    values.iter().map(|value| format!("{value:.2}")).collect::<Vec<_>>().join(" / ")
}

fn verdict(met: &[bool], runs: &[Run]) -> String {
    let missed: Vec<&str> =
        runs.iter().zip(met).filter(|(_, met)| !**met).map(|(run, _)| run.profile.as_str()).collect();
    match missed.len() {
        0 => "met".into(),
        all if all == runs.len() => "**not met**".into(),
        _ => format!("**not met in `{}`**", missed.join("`, `")),
    }
}

/// A row of a table: what each profile found.
struct Line<'a> {
    record: &'a Record,
    cells: Vec<Option<&'a Record>>,
}

impl Line<'_> {
    fn best(&self) -> f64 {
        self.cells.iter().flatten().map(|record| record.median).fold(f64::INFINITY, f64::min)
    }
}

fn section(to: &mut String, runs: &[Run], head: &Record) -> std::fmt::Result {
    let mut lines = lines(runs, head);
    lines.sort_by(|left, right| left.best().total_cmp(&right.best()));
    let limit = lines.iter().find(|line| line.record.class == Class::Limit).map(Line::best);
    let peer = lines.iter().filter(|line| line.record.class.is_rival()).map(Line::best).reduce(f64::min);
    title(to, head)?;
    let mut columns = vec!["who".into(), "how".into(), "class".into()];
    columns.extend(runs.iter().flat_map(|run| [run.profile.clone(), "min".into()]));
    columns.extend(["/ limit", "/ fastest peer", "allocations"].map(String::from));
    columns.extend(head.workload.is_scrape().then(|| "bytes".into()));
    writeln!(to, "{}", row(&columns))?;
    writeln!(to, "|---|---|---|{}", "--:|".repeat(columns.len() - 3))?;
    for line in &lines {
        let Line { record, cells } = line;
        let who =
            if record.class == Class::Ours { format!("**{}**", record.who) } else { record.who.clone() };
        let mut texts = vec![who, record.how.clone(), record.class.name().into()];
        for found in cells {
            let times = [found.map(|record| record.median), found.map(|record| record.min)];
            texts.extend(times.map(|time| time.map(|time| number(head, time)).unwrap_or_default()));
        }
        let ratio = |beside: Option<f64>| beside.map(|beside| format!("{:.2}", line.best() / beside));
        texts.extend([limit, peer].map(|beside| ratio(beside).unwrap_or_default()));
        texts.push(short(record.allocations));
        texts.extend(head.workload.is_scrape().then(|| record.size.to_string()));
        writeln!(to, "{}", row(&texts))?;
    }
    writeln!(to)
}

fn row(cells: &[String]) -> String {
    format!("| {} |", cells.join(" | "))
}

fn title(to: &mut String, head: &Record) -> std::fmt::Result {
    let threads = if head.threads == 1 { String::new() } else { format!(", {} threads", head.threads) };
    writeln!(to, "## {}{threads}\n", head.workload.title())?;
    match head.workload {
        Workload::Heap => {
            writeln!(
                to,
                "Bytes per series with {} series, one thread; `min`: nanoseconds to make one.\n",
                head.size
            )
        }
        workload if workload.is_scrape() => {
            writeln!(to, "Microseconds: median and least. Allocations per repeated scrape.\n")
        }
        _ => writeln!(
            to,
            "Nanoseconds per operation and thread: median and least. Allocations per operation.\n"
        ),
    }
}

fn lines<'a>(runs: &'a [Run], head: &Record) -> Vec<Line<'a>> {
    let of =
        |run: &'a Run| run.records.iter().filter(|record| is_same_section(head, record)).collect::<Vec<_>>();
    let found: Vec<Vec<&Record>> = runs.iter().map(of).collect();
    let first = found.first().cloned().unwrap_or_default();
    first
        .into_iter()
        .map(|record| Line {
            record,
            cells: found
                .iter()
                .map(|records| records.iter().find(|other| other.name() == record.name()).copied())
                .collect(),
        })
        .collect()
}

fn number(head: &Record, value: f64) -> String {
    if head.workload.is_scrape() { short(value / 1_000.0) } else { short(value) }
}

/// Three digits or so.
fn short(value: f64) -> String {
    match value {
        nothing if nothing.is_nan() => "?".into(),
        0.0 => "0".into(),
        small if small < 10.0 => format!("{small:.2}"),
        middle if middle < 1_000.0 => format!("{middle:.1}"),
        large => format!("{large:.0}"),
    }
}

fn latency(to: &mut String, runs: &[Run]) -> std::fmt::Result {
    if runs.iter().all(|run| run.latencies.is_empty()) {
        return Ok(());
    }
    writeln!(to, "## Latency of single calls of ours\n")?;
    writeln!(
        to,
        "Nanoseconds, the clock's own two readings included; with a scraper that renders without a pause.\n"
    )?;
    writeln!(to, "| call | scraped | profile | p50 | p99 | p99.9 | max |\n|---|---|---|--:|--:|--:|--:|")?;
    for run in runs {
        for Latency { call, scraped, p50, p99, p999, max } in &run.latencies {
            let scraped = if *scraped { "yes" } else { "no" };
            writeln!(to, "| {call} | {scraped} | {} | {p50} | {p99} | {p999} | {max} |", run.profile)?;
        }
    }
    writeln!(to)
}
