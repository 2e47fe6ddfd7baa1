//! The page `telemetry::guide::migrating`: three services as they were with another crate, and as they are
//! now. Both run here on one scenario, and their scrapes differ in what the page says and in nothing else.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(
    clippy::cast_precision_loss,
    clippy::too_many_lines,
    reason = "services write it so with other crates"
)]

mod difference;
mod from_metrics;
mod from_prometheus;
mod from_prometheus_client;
pub mod scrape;

use crate::PAGE;
use difference::{DIFFERENCES, explain};
use std::error::Error;
use std::fmt::Write;
use telemetry::prometheus::Format;

/// The files of a port: as it was, as it is, and half way.
const PORTS: [(&str, [&str; 3]); 3] = [
    (
        "`prometheus`",
        [
            concat!(
                include_str!("ports/from_prometheus/before.rs"),
                include_str!("ports/from_prometheus/before/calls.rs"),
                include_str!("ports/from_prometheus/before/routes.rs")
            ),
            include_str!("ports/from_prometheus/after.rs"),
            include_str!("ports/from_prometheus/half_moved.rs"),
        ],
    ),
    (
        "`prometheus-client`",
        [
            include_str!("ports/from_prometheus_client/before.rs"),
            include_str!("ports/from_prometheus_client/after.rs"),
            include_str!("ports/from_prometheus_client/half_moved.rs"),
        ],
    ),
    (
        "`metrics`",
        [
            include_str!("ports/from_metrics/before.rs"),
            include_str!("ports/from_metrics/after.rs"),
            include_str!("ports/from_metrics/half_moved.rs"),
        ],
    ),
];

/// A port's pages, at the start and after its scenario.
struct Pages {
    before: [String; 2],
    after: [String; 2],
    half_moved: String,
}

fn pages() -> Result<[Pages; 3], Box<dyn Error>> {
    Ok([
        Pages {
            before: from_prometheus::before()?,
            after: from_prometheus::after(Format::Text)?,
            half_moved: from_prometheus::half_moved()?,
        },
        Pages {
            before: from_prometheus_client::before()?,
            after: from_prometheus_client::after()?,
            half_moved: from_prometheus_client::half_moved()?,
        },
        Pages {
            before: from_metrics::before()?,
            after: from_metrics::after(Format::Text)?,
            half_moved: from_metrics::half_moved()?,
        },
    ])
}

#[test]
fn scrapes_differ_in_what_the_page_says_and_in_nothing_else() -> Result<(), Box<dyn Error>> {
    let pages = pages()?;
    let counts = pages.each_ref().map(|pages| explain(&pages.before[1], &pages.after[1]));
    let mut table =
        String::from("| difference | `prometheus` | `prometheus-client` | `metrics` |\n|---|---|---|---|\n");
    for (index, (name, _)) in DIFFERENCES.iter().enumerate() {
        let [prometheus, client, metrics] = counts.map(|counts| counts[index]);
        assert!(prometheus + client + metrics > 0, "no difference any more: {name}");
        writeln!(table, "| {name} | {prometheus} | {client} | {metrics} |")?;
    }
    assert!(
        PAGE.contains(&format!("\n\n{table}\n")),
        "the page does not have this and nothing else:\n{table}"
    );
    Ok(())
}

#[test]
fn nothing_differs_before_the_first_use() -> Result<(), Box<dyn Error>> {
    for pages in pages()? {
        explain(&pages.before[0], &pages.after[0]);
    }
    Ok(())
}

#[test]
fn a_service_that_is_half_moved_has_nothing_twice_and_misses_nothing() -> Result<(), Box<dyn Error>> {
    for pages in pages()? {
        explain(&pages.before[1], &pages.half_moved);
        let own = pages.half_moved.lines().filter(|line| line.starts_with("telemetry_"));
        let raised = own.filter(|line| !line.ends_with(" 0")).collect::<Vec<_>>();
        assert_eq!(raised, Vec::<&str>::new());
    }
    Ok(())
}

#[test]
fn open_metrics_has_the_samples_of_the_text() -> Result<(), Box<dyn Error>> {
    let text = [from_prometheus::after(Format::Text)?, from_metrics::after(Format::Text)?];
    let open = [from_prometheus::after(Format::OpenMetrics)?, from_metrics::after(Format::OpenMetrics)?];
    for ([_, text], [_, open]) in text.iter().zip(&open) {
        let samples = |page| scrape::lines(page).into_iter().filter(|line| !line.starts_with('#'));
        let is_created = |line: &String| line.split(['{', ' ']).next().unwrap().ends_with("_created");
        assert!(samples(text).eq(samples(open).filter(|line| !is_created(line))));
    }
    Ok(())
}

/// Counts lines without blank lines and comments. Here a comment is the help, so it counts.
fn lines_with_help(text: &str) -> usize {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.filter(|line| line.starts_with("///") || !line.starts_with("//")).count()
}

#[test]
fn the_page_counts_metrics_and_lines_right() -> Result<(), Box<dyn Error>> {
    let mut table = String::from("| from | metrics | lines before | lines now |\n|---|---|---|---|\n");
    for ((name, [before, after, _]), pages) in PORTS.into_iter().zip(pages()?) {
        let metrics = pages.before[1].lines().filter(|line| line.starts_with("# TYPE ")).count();
        let [before, after] = [before, after].map(lines_with_help);
        writeln!(table, "| {name} | {metrics} | {before} | {after} |")?;
    }
    assert!(
        PAGE.contains(&format!("\n\n{table}\n")),
        "the page does not have this and nothing else:\n{table}"
    );
    Ok(())
}

/// Returns whether each part of a block, between lines `// ..`, stands in a file, apart from indentation.
fn is_quoted(block: &str, files: &[&str]) -> bool {
    let trimmed =
        |text: &str| text.trim().lines().map(|line| line.trim().to_owned() + "\n").collect::<String>();
    let files: Vec<_> = files.iter().map(|file| trimmed(file)).collect();
    trimmed(block).split("// ..\n").all(|part| files.iter().any(|file| file.contains(&trimmed(part))))
}

#[test]
fn the_page_shows_the_code_of_the_ports() {
    for (name, files) in PORTS {
        let (_, section) = PAGE.split_once(&format!("\n# From {name}\n")).unwrap();
        let (section, _) = section.split_once("\n# ").unwrap();
        let blocks =
            section.split("```rust,ignore\n").skip(1).map(|rest| rest.split_once("```\n").unwrap().0);
        assert!(blocks.clone().count() >= 3, "{name}: before, after, and half moved");
        for block in blocks {
            assert!(is_quoted(block, &files), "not code of the port:\n{block}");
        }
        let (_, half_moved) = files[2].split_once("\n\n").unwrap();
        assert!(section.contains(&format!("```rust,ignore\n{half_moved}```\n")), "{name}: {half_moved}");
    }
}
