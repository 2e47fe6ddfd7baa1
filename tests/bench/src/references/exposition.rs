//! The text of a scrape: copied, its numbers written, and both.

use super::{WHO, bucket};
use crate::row::{Class, Row, render};
use crate::workload::input::{self, BUCKETS};
use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

pub fn counters() -> Vec<Row> {
    rows(counters_exposition)
}

pub fn histograms() -> Vec<Row> {
    rows(histograms_exposition)
}

fn counters_exposition() -> Exposition {
    let mut exposition = Exposition::default();
    exposition.head("bench_items_total", "Items by path.", "counter");
    for (path, value) in input::counted() {
        exposition.line(format_args!("bench_items_total{{path=\"{path}\"}} "), Value::Integer(value));
    }
    exposition
}

fn histograms_exposition() -> Exposition {
    let name = "bench_took_seconds";
    let mut exposition = Exposition::default();
    exposition.head(name, "Time by path.", "histogram");
    let observed: Vec<_> = input::observed().collect();
    for series in observed.chunks(input::OBSERVATIONS) {
        let path = series[0].0;
        let values = series.iter().map(|(_, value)| *value);
        for (index, bound) in BUCKETS.iter().enumerate() {
            let count = values.clone().filter(|value| bucket::linear(*value) <= index).count();
            exposition.line(
                format_args!("{name}_bucket{{path=\"{path}\",le=\"{bound}\"}} "),
                Value::Integer(count as u64),
            );
        }
        let count = Value::Integer(series.len() as u64);
        exposition.line(format_args!("{name}_bucket{{path=\"{path}\",le=\"+Inf\"}} "), count);
        exposition.line(format_args!("{name}_sum{{path=\"{path}\"}} "), Value::Float(values.sum()));
        exposition.line(format_args!("{name}_count{{path=\"{path}\"}} "), count);
    }
    exposition
}

fn rows(make: fn() -> Exposition) -> Vec<Row> {
    let row = |how, class, operation: fn(&Exposition, &mut Vec<u8>)| {
        Row::new(WHO, how, class, move || {
            let exposition = Arc::new(make());
            Ok(move || {
                let (exposition, counted) = (exposition.clone(), exposition.clone());
                render(move |buffer: &mut Vec<u8>| {
                    buffer.clear();
                    operation(&exposition, buffer);
                    buffer.len()
                })
                .between(move || counted.lines.iter().for_each(Line::count))
            })
        })
    };
    vec![
        row("`memcpy` of the text", Class::Reference, |exposition, buffer| {
            buffer.extend_from_slice(&exposition.text);
        }),
        row("numbers alone", Class::Reference, |exposition, buffer| {
            for line in &exposition.lines {
                line.write_value(buffer);
            }
        }),
        row("copied prefixes and written numbers", Class::Limit, |exposition, buffer| {
            exposition.write(buffer);
        }),
    ]
}

#[derive(Clone, Copy)]
enum Value {
    Integer(u64),
    Float(f64),
}

#[derive(Default)]
struct Exposition {
    /// All of it.
    text: Vec<u8>,
    /// What stands before each line's number.
    prefixes: Vec<u8>,
    lines: Vec<Line>,
}

struct Line {
    prefix: Range<usize>,
    /// What the number grows by between two scrapes.
    step: Value,
    /// The number, or its bits.
    cell: AtomicU64,
}

impl Exposition {
    fn head(&mut self, name: &str, help: &str, kind: &str) {
        let head = format!("# HELP {name} {help}\n# TYPE {name} {kind}\n");
        self.text.extend_from_slice(head.as_bytes());
        self.prefixes.extend_from_slice(head.as_bytes());
    }

    fn write(&self, buffer: &mut Vec<u8>) {
        for line in &self.lines {
            buffer.extend_from_slice(&self.prefixes[line.prefix.clone()]);
            line.write_value(buffer);
            buffer.push(b'\n');
        }
    }

    fn line(&mut self, prefix: std::fmt::Arguments<'_>, value: Value) {
        // The head goes with the first line.
        let start = self.lines.last().map_or(0, |line| line.prefix.end);
        let mut text = String::new();
        _ = text.write_fmt(prefix);
        self.prefixes.extend_from_slice(text.as_bytes());
        let line = Line { prefix: start..self.prefixes.len(), step: value, cell: AtomicU64::new(0) };
        self.text.extend_from_slice(text.as_bytes());
        line.count();
        line.write_value(&mut self.text);
        self.text.push(b'\n');
        self.lines.push(line);
    }
}

impl Line {
    fn count(&self) {
        let bits = self.cell.load(Relaxed);
        let sum = match self.step {
            Value::Integer(step) => bits + step,
            Value::Float(step) => (f64::from_bits(bits) + step).to_bits(),
        };
        self.cell.store(sum, Relaxed);
    }

    fn write_value(&self, buffer: &mut Vec<u8>) {
        let bits = self.cell.load(Relaxed);
        match self.step {
            Value::Integer(_) => buffer.extend_from_slice(itoa::Buffer::new().format(bits).as_bytes()),
            Value::Float(_) => {
                buffer.extend_from_slice(zmij::Buffer::new().format_finite(f64::from_bits(bits)).as_bytes());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_and_numbers_are_the_text() {
        for exposition in [counters_exposition(), histograms_exposition()] {
            let mut buffer = Vec::new();
            exposition.write(&mut buffer);
            assert_eq!(String::from_utf8(buffer), String::from_utf8(exposition.text));
        }
    }
}
