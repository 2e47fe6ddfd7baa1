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

    /// As a format that maps label text, by key, tells it: what becomes one series adds up. A text that
    /// becomes nothing is a label that is not there.
    pub fn mapped(self, map: fn(&str, &str) -> Option<String>) -> Self {
        let mut readings = Readings::default();
        for ((name, labels), total) in self.0 {
            let mapped = |(key, text): (String, String)| map(&key, &text).map(|text| (key, text));
            readings.add((name, labels.into_iter().filter_map(mapped).collect()), total);
        }
        readings
    }

    /// As those tell it that read a registry: what was renamed is there under both names.
    pub fn under_both_names(mut self, renamed: &[(&'static str, &'static str)]) -> Self {
        for (now, former) in renamed {
            let of_now = self.0.iter().filter(|((name, _), _)| name == now);
            let of_former: Vec<_> =
                of_now.map(|((_, labels), total)| ((*former, labels.clone()), *total)).collect();
            self.0.extend(of_former);
        }
        self
    }

    /// As a format tells it that has no sum for this histogram.
    pub fn without_sum(mut self, histogram: &str) -> Self {
        for ((name, _), total) in &mut self.0 {
            match total {
                Total::Histogram { sum, .. } if *name == histogram => *sum = 0.0,
                _ => {}
            }
        }
        self
    }

    /// As a format tells it that does not have this instrument.
    pub fn without(mut self, instrument: &str) -> Self {
        self.0.retain(|(name, _), _| *name != instrument);
        self
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

pub fn series(name: &'static str, labels: &[(&str, &str)]) -> Series {
    (name, labels.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect())
}
