//! What a back end tells, in one form for all of them.

use std::collections::BTreeMap;

/// An instrument's family name, and its labels.
pub type Series = (&'static str, BTreeMap<String, String>);

/// What a series holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Total {
    Sum(f64),
    Gauge(f64),
    Histogram { count: u64, sum: f64 },
}

/// Every series that something was recorded in. One that holds nothing is not told apart from one that is
/// not there: who keeps series shows some at 0 from the start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Readings(BTreeMap<Series, Total>);

impl Readings {
    pub fn sum(&mut self, name: &'static str, labels: &[(&str, &str)], number: f64) {
        self.add(series(name, labels), Total::Sum(number));
    }

    /// As the numbers come: the last one stays.
    pub fn gauge(&mut self, name: &'static str, labels: &[(&str, &str)], number: f64) {
        self.add(series(name, labels), Total::Gauge(number));
    }

    pub fn sample(&mut self, name: &'static str, labels: &[(&str, &str)], number: f64) {
        self.add(series(name, labels), Total::Histogram { count: 1, sum: number });
    }

    pub fn add(&mut self, series: Series, total: Total) {
        if matches!(total, Total::Sum(0.0) | Total::Histogram { count: 0, .. }) {
            return;
        }
        let Some(known) = self.0.get_mut(&series) else {
            self.0.insert(series, total);
            return;
        };
        match (&mut *known, total) {
            (Total::Sum(known), Total::Sum(more)) => *known += more,
            (Total::Gauge(known), Total::Gauge(last)) => *known = last,
            (Total::Histogram { count, sum }, Total::Histogram { count: more, sum: of_more }) => {
                *count += more;
                *sum += of_more;
            }
            (known, other) => panic!("{series:?} is {known:?} and {other:?}"),
        }
        if *known == Total::Sum(0.0) {
            self.0.remove(&series);
        }
    }

    /// As a format that maps label text tells it: what becomes one series adds up. A text that becomes empty
    /// is a label that is not there.
    pub fn mapped(self, map: fn(&str) -> String) -> Self {
        let mut readings = Readings::default();
        for ((name, labels), total) in self.0 {
            let labels = labels.into_iter().map(|(key, text)| (key, map(&text)));
            readings.add((name, labels.filter(|(_, text)| !text.is_empty()).collect()), total);
        }
        readings
    }

    /// Without labels; without gauges, which do not add up.
    pub fn by_instrument(self) -> Self {
        let mut readings = Readings::default();
        for ((name, _), total) in self.0 {
            if !matches!(total, Total::Gauge(_)) {
                readings.add((name, BTreeMap::new()), total);
            }
        }
        readings
    }

    /// How many instruments have a series.
    pub fn instruments(&self) -> usize {
        self.0.keys().map(|(name, _)| *name).collect::<std::collections::BTreeSet<_>>().len()
    }
}

/// Empty texts are labels that are not there, in every back end's eyes alike.
pub fn series(name: &'static str, labels: &[(&str, &str)]) -> Series {
    let labels = labels.iter().filter(|(_, text)| !text.is_empty());
    (name, labels.map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect())
}
