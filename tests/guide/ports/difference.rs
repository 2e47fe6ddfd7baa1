//! The differences between an old scrape and a new one that a user has to know: the page has a row for each.

use crate::ports::scrape;

/// A kind of difference between two sets of lines.
pub enum Difference {
    /// A line that is written in another way. The function returns the form that both ways have.
    Written(fn(&str) -> Option<String>),
    /// Lines of the old scrape alone.
    Gone(fn(&str) -> bool),
    /// Lines of the new scrape alone.
    Added(fn(&str) -> bool),
}

/// All differences, as the page names them. The metrics of the registry itself are not among them.
pub const DIFFERENCES: [(&str, Difference); 6] = [
    ("bounds that are whole, very large or very small: `1.0`, `1e+06`, `1e-06`", Difference::Written(bound)),
    ("HELP and TYPE of an `Info`, which is a gauge", Difference::Written(info)),
    ("TYPE of a summary, which is a histogram", Difference::Written(summary)),
    ("its quantiles", Difference::Gone(|line| line.starts_with("db_pool_wait{quantile=\""))),
    ("its buckets", Difference::Added(|line| line.starts_with("db_pool_wait_bucket{"))),
    (
        "series without one of the labels: the label is empty (`none = \"\"`)",
        Difference::Written(without_empty),
    ),
];

fn bound(line: &str) -> Option<String> {
    let (start, rest) = line.split_once("le=\"")?;
    let (bound, rest) = rest.split_once('"')?;
    let bound: f64 = bound.parse().ok()?;
    Some(format!("{start}le=\"{bound}\"{rest}"))
}

fn info(line: &str) -> Option<String> {
    let name = line.strip_prefix("# TYPE ").and_then(|rest| rest.strip_suffix(" info"));
    if let Some(name) = name {
        return Some(format!("# TYPE {name}_info gauge"));
    }
    let (name, help) = line.strip_prefix("# HELP ")?.split_once(' ')?;
    let name = name.strip_suffix("_info").unwrap_or(name);
    Some(format!("# HELP {name}_info {help}"))
}

fn summary(line: &str) -> Option<String> {
    Some(line.strip_suffix(" summary")?.to_owned() + " histogram")
}

fn without_empty(line: &str) -> Option<String> {
    let (name, rest) = line.split_once('{')?;
    let (labels, value) = rest.rsplit_once('}')?;
    let labels: Vec<_> = labels.split_inclusive("\",").filter(|label| !label.contains("=\"\"")).collect();
    Some(format!("{name}{{{}}}{value}", labels.concat().trim_end_matches(',')))
}

/// Counts the lines that differ, by kind of difference. Panics if others do.
pub fn explain(old: &str, new: &str) -> [usize; DIFFERENCES.len()] {
    let (old, new) = (scrape::lines(old), scrape::lines(new));
    let is_own = |line: &&String| {
        line.trim_start_matches("# HELP ").trim_start_matches("# TYPE ").starts_with("telemetry_")
    };
    assert!(new.iter().any(|line| is_own(&line)), "the registry counts what it leaves out");
    let mut gone: Vec<_> = old.difference(&new).cloned().collect();
    let mut added: Vec<_> = new.difference(&old).filter(|line| !is_own(line)).cloned().collect();

    let mut counts = [0; DIFFERENCES.len()];
    for (count, (_, difference)) in counts.iter_mut().zip(&DIFFERENCES) {
        let all = gone.len() + added.len();
        *count = match difference {
            Difference::Written(form) => {
                let both = |line: &String| form(line).unwrap_or_else(|| line.clone());
                gone.retain(|line| {
                    let same =
                        added.iter().position(|other| form(line).is_some() && both(other) == both(line));
                    same.map(|index| added.swap_remove(index)).is_none()
                });
                (all - gone.len() - added.len()) / 2
            }
            Difference::Gone(belongs) => {
                gone.retain(|line| !belongs(line));
                all - gone.len() - added.len()
            }
            Difference::Added(belongs) => {
                added.retain(|line| !belongs(line));
                all - gone.len() - added.len()
            }
        };
    }
    assert!(gone.is_empty() && added.is_empty(), "gone: {gone:#?}\nadded: {added:#?}");
    counts
}
