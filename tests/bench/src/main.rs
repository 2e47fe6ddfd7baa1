//! The registry and the log beside their peers and beside what the machine allows.

mod exporting;
mod heap;
mod instructions;
mod latency;
mod machine;
mod opaque;
mod ours;
mod peers;
mod references;
mod results;
mod rounds;
mod row;
mod sinks;
mod table;
mod target;
mod workload;

use results::{Record, Run};
use rounds::{Outcome, Plan};
use row::{Class, Fallible, Row};
use std::env;
use std::fs;
use std::process::ExitCode;
use std::time::Duration;
use workload::{Workload, input};

const HELP: &str = "\
telemetry-bench [OPTIONS]                        measures, and prints the tables
telemetry-bench [OPTIONS] tables FILE...         prints the tables of runs that were saved: of the passes of one
                                                 profile each row's fastest
telemetry-bench [OPTIONS] instructions [all]     counts instructions with valgrind: ours and references, or all
telemetry-bench list                             the rows of each workload
telemetry-bench once WORKLOAD ROW OPERATIONS RESTS
                 runs one row alone, and so often more what is between its operations

  --only WORKLOAD,...  of: counter closed text text-48 text-100 text-256 text-many texts texts-zipf gauge
                       histogram native scrape-counters scrape-histograms
                       log-call log-line log-timed heap latency
  --threads N          of the contended workloads; as many as there are cores, unless said
  --rounds N           30 unless said
  --slice MS           milliseconds that a row runs in a round; 1 unless said
  --profile NAME       what this program was built as, for the tables
  --save FILE          writes the results there instead of printing tables
";

struct Options {
    plan: Plan,
    workloads: Vec<Workload>,
    latency: bool,
    profile: String,
    save: Option<String>,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("telemetry-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Fallible<()> {
    let mut arguments = env::args().skip(1);
    let mut options = Options {
        plan: Plan { rounds: 30, slice: Duration::from_millis(1), threads: machine::cores() },
        workloads: Workload::ALL.to_vec(),
        latency: true,
        profile: "this build".into(),
        save: None,
    };
    let mut words = Vec::new();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("`{argument}` needs a value"));
        match argument.as_str() {
            "--only" => only(&mut options, &value()?)?,
            "--threads" => options.plan.threads = value()?.parse()?,
            "--rounds" => options.plan.rounds = value()?.parse()?,
            "--slice" => options.plan.slice = Duration::from_millis(value()?.parse()?),
            "--profile" => options.profile = value()?,
            "--save" => options.save = Some(value()?),
            "--help" | "-h" => {
                print!("{HELP}");
                return Ok(());
            }
            option if option.starts_with('-') => {
                return Err(format!("no option is `{option}`\n\n{HELP}").into());
            }
            _ => words.push(argument),
        }
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => measure(&options)?,
        ["tables", files @ ..] => {
            let runs: Fallible<Vec<Run>> =
                files.iter().map(|file| fs::read_to_string(file)?.parse()).collect();
            print!("{}", table::render(&results::merge(runs?)));
        }
        ["instructions"] => {
            let wanted = |class| matches!(class, Class::Ours | Class::Limit | Class::Reference);
            print!("{}", instructions::table(&options.workloads, wanted)?);
        }
        ["instructions", "all"] => print!("{}", instructions::table(&options.workloads, |_| true)?),
        ["list"] => list(),
        ["once", workload, row, operations, rests] => {
            instructions::once(workload.parse()?, row.parse()?, operations.parse()?, rests.parse()?)?;
        }
        _ => return Err(format!("`{}` is no command\n\n{HELP}", words.join(" ")).into()),
    }
    Ok(())
}

fn only(options: &mut Options, keys: &str) -> Fallible<()> {
    options.latency = keys.split(',').any(|key| key == "latency");
    let keys = keys.split(',').filter(|key| *key != "latency");
    options.workloads = keys.map(|key| Ok(key.parse()?)).collect::<Fallible<_>>()?;
    Ok(())
}

fn list() {
    for workload in Workload::ALL {
        println!("{}: {}", workload.key(), workload.title());
        for (index, row) in workload.rows().iter().enumerate() {
            println!("{index:6} {}, {} ({})", row.who, row.how, row.class.name());
        }
    }
}

fn measure(options: &Options) -> Fallible<()> {
    let mut run = Run {
        profile: options.profile.clone(),
        machine: machine::description(),
        records: vec![],
        latencies: vec![],
    };
    for workload in options.workloads.iter().copied() {
        if workload == Workload::Heap {
            run.records.extend(heap()?);
            continue;
        }
        run.records.extend(speed(workload, Plan { threads: 1, ..options.plan })?);
        if workload.is_contended() && options.plan.threads > 1 {
            run.records.extend(speed(workload, options.plan)?);
        }
    }
    if options.latency {
        eprintln!("latency of single calls");
        run.latencies = latency::measure()?;
    }
    match &options.save {
        Some(file) => fs::write(file, run.to_string())?,
        None => print!("{}", table::render(&[run])),
    }
    Ok(())
}

fn speed(workload: Workload, plan: Plan) -> Fallible<Vec<Record>> {
    eprintln!("{}, {} thread(s)", workload.title(), plan.threads);
    let rows = workload.rows();
    let outcomes = rounds::run(workload, &rows, plan)?;
    Ok(rows
        .iter()
        .zip(outcomes)
        .map(|(row, outcome)| record(workload, plan.threads, row, &outcome))
        .collect())
}

fn heap() -> Fallible<Vec<Record>> {
    eprintln!("{}", Workload::Heap.title());
    let mut records = Vec::new();
    for series in input::SERIES {
        for row in Workload::Heap.rows() {
            records.push(record(Workload::Heap, 1, &row, &rounds::memory(&row, series)?));
        }
    }
    Ok(records)
}

fn record(workload: Workload, threads: usize, row: &Row, outcome: &Outcome) -> Record {
    let Row { who, how, class, .. } = row;
    let Outcome { median, min, allocations, size, clean } = *outcome;
    let (who, how) = ((*who).into(), (*how).into());
    Record { workload, threads, who, how, class: *class, median, min, allocations, size, clean }
}
