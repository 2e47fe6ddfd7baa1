//! Instructions per operation, counted by valgrind: the same however busy the machine is.

use crate::row::{Class, Fallible, Row};
use crate::workload::Workload;
use std::env;
use std::fmt::Write as _;
use std::process::Command;

/// Runs one row alone; valgrind counts what that takes.
pub fn once(workload: Workload, row: usize, operations: usize, rests: usize) -> Fallible<()> {
    let rows = workload.rows();
    let row = rows.get(row).ok_or_else(|| format!("`{}` has {} rows", workload.key(), rows.len()))?;
    let mut run = row.start()?;
    run.run(first_use(workload), |part| part());
    run.rest(rests);
    run.run(operations, |part| part());
    Ok(())
}

/// Whole rounds of the inputs, so that two runs differ by nothing but their number.
fn first_use(workload: Workload) -> usize {
    if workload.is_scrape() { 2 } else { 2 * crate::workload::input::INPUTS }
}

/// The table of the rows that `wanted` names.
pub fn table(workloads: &[Workload], wanted: fn(Class) -> bool) -> Fallible<String> {
    let mut text = String::from("## Instructions per operation\n\n");
    writeln!(
        text,
        "Counted by valgrind, the loop and the fetch of the inputs included. A large `memcpy` counts once per byte.\n"
    )?;
    writeln!(text, "| work | who | how | instructions |\n|---|---|---|--:|")?;
    for workload in workloads.iter().copied().filter(|workload| *workload != Workload::Heap) {
        for (index, row) in workload.rows().iter().enumerate().filter(|(_, row)| wanted(row.class)) {
            let Row { who, how, .. } = row;
            writeln!(text, "| {} | {who} | {how} | {:.1} |", workload.title(), count(workload, index)?)?;
        }
    }
    Ok(text)
}

fn count(workload: Workload, row: usize) -> Fallible<f64> {
    let [few, many] =
        if workload.is_scrape() { [1, 6] } else { [1, 21].map(|rounds| rounds * first_use(workload)) };
    // Both do as often what is between the operations.
    let difference = total(workload, row, many, 0)?.saturating_sub(total(workload, row, few, many - few)?);
    #[expect(clippy::cast_precision_loss, reason = "far below 2⁵³")]
    let count = difference as f64 / (many - few) as f64;
    Ok(count)
}

/// The instructions of a whole run.
fn total(workload: Workload, row: usize, operations: usize, rests: usize) -> Fallible<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"])
        .arg(env::current_exe()?)
        .args(["once", workload.key(), &row.to_string(), &operations.to_string(), &rests.to_string()])
        .output()
        .map_err(|error| format!("valgrind does not run: {error}"))?;
    let log = String::from_utf8_lossy(&output.stderr);
    // `==1234== I   refs:      1,619,406`; what follows it is about the cache.
    let total = log.lines().find_map(|line| line.split_once("refs:"));
    let count = total.and_then(|(_, count)| count.trim().replace(',', "").parse().ok());
    count.ok_or_else(|| format!("valgrind counted nothing:\n{log}").into())
}
