//! What a run found, as lines that another run can read: the two profiles are two programs.

use crate::row::{Class, Fallible};
use crate::workload::Workload;
use std::fmt::{self, Display};
use std::str::FromStr;

/// One profile's run.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub profile: String,
    pub machine: String,
    pub records: Vec<Record>,
    pub latencies: Vec<Latency>,
}

/// One run of each profile: where there were more, each row as in the pass in which it was fastest, since
/// whole passes can fall into a busy minute of the machine. Of latencies the worst is the point: they stay
/// those of the first pass.
pub fn merge(passes: Vec<Run>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for pass in passes {
        match runs.iter_mut().find(|run| run.profile == pass.profile) {
            None => runs.push(pass),
            Some(run) => run.improve(pass),
        }
    }
    runs
}

impl Run {
    fn improve(&mut self, pass: Self) {
        for record in pass.records {
            let same = |known: &&mut Record| {
                known.name() == record.name()
                    && (known.workload, known.threads) == (record.workload, record.threads)
                    && (known.workload != Workload::Heap || known.size == record.size)
            };
            match self.records.iter_mut().find(same) {
                // A number beats none.
                Some(known) if record.median < known.median || known.median.is_nan() => *known = record,
                Some(_) => {}
                None => self.records.push(record),
            }
        }
    }
}

/// What was found of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    pub workload: Workload,
    pub threads: usize,
    pub who: String,
    pub how: String,
    pub class: Class,
    /// Nanoseconds per operation and thread, or bytes per series.
    pub median: f64,
    /// The same at its best.
    pub min: f64,
    /// Per operation once everything has been used, or per series.
    pub allocations: f64,
    /// The bytes of the text that was made, or the series that were.
    pub size: usize,
    /// The share of the rounds in which every thread had its core to itself.
    pub clean: f64,
}

impl Record {
    pub fn name(&self) -> String {
        format!("{}, {}", self.who, self.how)
    }
}

/// How long single calls took, in nanoseconds, the clock included.
#[derive(Clone, Debug, PartialEq)]
pub struct Latency {
    pub call: String,
    pub scraped: bool,
    pub p50: u64,
    pub p99: u64,
    pub p999: u64,
    pub max: u64,
}

impl Display for Run {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(to, "profile\t{}\nmachine\t{}", self.profile, self.machine)?;
        for Record { workload, threads, who, how, class, median, min, allocations, size, clean } in
            &self.records
        {
            let (workload, class) = (workload.key(), class.name());
            writeln!(
                to,
                "row\t{workload}\t{threads}\t{who}\t{how}\t{class}\t{median}\t{min}\t{allocations}\t{size}\t{clean}"
            )?;
        }
        for Latency { call, scraped, p50, p99, p999, max } in &self.latencies {
            writeln!(to, "latency\t{call}\t{scraped}\t{p50}\t{p99}\t{p999}\t{max}")?;
        }
        Ok(())
    }
}

impl FromStr for Run {
    type Err = Box<dyn std::error::Error + Send + Sync>;

    fn from_str(text: &str) -> Fallible<Self> {
        let mut run =
            Run { profile: String::new(), machine: String::new(), records: vec![], latencies: vec![] };
        for line in text.lines() {
            let mut fields = Fields(line.split('\t'));
            match fields.text()? {
                "profile" => fields.text()?.clone_into(&mut run.profile),
                "machine" => fields.text()?.clone_into(&mut run.machine),
                "row" => run.records.push(fields.record()?),
                "latency" => run.latencies.push(fields.latency()?),
                kind => {
                    return Err(format!("a line of a kind that this program does not write: `{kind}`").into());
                }
            }
        }
        Ok(run)
    }
}

struct Fields<'a>(std::str::Split<'a, char>);

impl<'a> Fields<'a> {
    fn text(&mut self) -> Fallible<&'a str> {
        self.0.next().ok_or_else(|| "a line ends too early".into())
    }

    fn parse<T: FromStr<Err: std::error::Error + Send + Sync + 'static>>(&mut self) -> Fallible<T> {
        Ok(self.text()?.parse()?)
    }

    fn record(&mut self) -> Fallible<Record> {
        Ok(Record {
            workload: self.text()?.parse()?,
            threads: self.parse()?,
            who: self.parse()?,
            how: self.parse()?,
            class: self.text()?.parse()?,
            median: self.parse()?,
            min: self.parse()?,
            allocations: self.parse()?,
            size: self.parse()?,
            clean: self.parse()?,
        })
    }

    fn latency(&mut self) -> Fallible<Latency> {
        Ok(Latency {
            call: self.parse()?,
            scraped: self.parse()?,
            p50: self.parse()?,
            p99: self.parse()?,
            p999: self.parse()?,
            max: self.parse()?,
        })
    }
}

impl FromStr for Workload {
    type Err = String;

    fn from_str(key: &str) -> Result<Self, String> {
        let keys = Self::ALL.map(Self::key).join(", ");
        let known = Self::ALL.into_iter().find(|workload| workload.key() == key);
        known.ok_or_else(|| format!("no workload is called `{key}`: {keys} are"))
    }
}

impl FromStr for Class {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|(_, known)| *known == name);
        known.map(|(class, _)| class).ok_or_else(|| format!("no class is called `{name}`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_reads_what_it_wrote_and_keeps_the_faster_pass() {
        let record = Record {
            workload: Workload::Histogram,
            threads: 2,
            who: "who".into(),
            how: "how".into(),
            class: Class::Fast,
            median: 1.25,
            min: 0.5,
            allocations: 0.0,
            size: 7,
            clean: 0.5,
        };
        let latency = Latency { call: "call".into(), scraped: true, p50: 1, p99: 2, p999: 3, max: 4 };
        let run = Run {
            profile: "fat".into(),
            machine: "here".into(),
            records: vec![record],
            latencies: vec![latency],
        };
        assert_eq!(run.to_string().parse::<Run>().ok(), Some(run.clone()));

        let mut faster = run.clone();
        faster.records[0].median = 1.0;
        let other = Run { profile: "release".into(), ..run.clone() };
        assert_eq!(merge(vec![run, other.clone(), faster.clone()]), [faster, other]);
    }
}
