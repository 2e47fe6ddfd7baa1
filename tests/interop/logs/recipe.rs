//! The recipes, as they stand in the documentation.

use std::fmt::Write as _;

const PAGE: &str = include_str!("../../../telemetry/src/log/recipes.md");

/// The block of code whose fence says this.
pub fn block(fence: &str) -> String {
    let mut lines = PAGE.lines().skip_while(|line| *line != format!("```{fence}"));
    assert!(lines.next().is_some(), "the page has no block `{fence}`");
    lines.take_while(|line| *line != "```").fold(String::new(), |mut block, line| {
        writeln!(block, "{line}").unwrap();
        block
    })
}
