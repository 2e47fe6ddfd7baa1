//! The labels, values and context with which a method is called.

use crate::context::{self, ContextKind, ContextValue};
use crate::label::{LabelSet, LabelValue, NONE, OTHER, Text};
use crate::schema::{ContextSchema, EventSchema, LabelSchema};
use crate::value::{Number, Representation};
use std::sync::LazyLock;
use std::time::Duration;

/// The arguments of one call, in the order of the schema.
#[derive(Clone, Debug)]
pub(super) struct Arguments {
    pub labels: Vec<LabelValue<'static>>,
    pub values: Vec<Option<Number>>,
    pub context: Vec<ContextValue<'static>>,
}

/// The values for each parameter of a method.
pub(super) struct Plan {
    labels: Vec<Choices<LabelValue<'static>>>,
    values: Vec<Choices<Option<Number>>>,
    context: Vec<Choices<ContextValue<'static>>>,
}

/// The values for one parameter. The first is the plain one.
struct Choices<T> {
    all: Vec<T>,
    /// True if each value is combined with the values of other parameters.
    combined: bool,
}

/// The most combinations of closed labels that are called.
const COMBINATIONS_MAX: usize = 1_024;

/// The most combinations of types of open labels that are tried, three types each.
const SORTS_MAX: usize = 3_usize.pow(8);

impl Plan {
    /// Finds the type of text or integer of each open label by calling, since the schema does not have it.
    /// Returns `None` if no call can be made.
    pub fn new(event: &EventSchema, mut call: impl FnMut(&Arguments) -> bool) -> Option<Self> {
        let sorts: Vec<Vec<Vec<LabelValue<'static>>>> = event.labels.iter().map(sorts).collect();
        let lengths: Vec<usize> = sorts.iter().map(Vec::len).collect();
        let combinations = lengths.iter().product::<usize>().min(SORTS_MAX);
        let plan = |at: usize| {
            let chosen = sorts.iter().zip(digits(at, &lengths)).zip(event.labels);
            let labels = chosen.map(|((sorts, sort), label)| Choices {
                all: with_absent(sorts[sort].clone(), label),
                combined: matches!(label.set, LabelSet::Closed(_)),
            });
            let values = event
                .values
                .iter()
                .map(|value| Choices { all: numbers(value.representation, value.optional), combined: false });
            let context =
                event.context.iter().map(|context| Choices { all: contexts(context), combined: false });
            Plan { labels: labels.collect(), values: values.collect(), context: context.collect() }
        };
        let mut plan = (0..combinations).map(plan).find(|plan| call(&plan.plain()))?;
        plan.keep_possible(call);
        Some(plan)
    }

    /// Makes a call with each choice, all other parameters plain, and keeps the possible ones: a `u8` cannot
    /// be 256.
    fn keep_possible(&mut self, mut call: impl FnMut(&Arguments) -> bool) {
        let plain = self.plain();
        for (at, choices) in self.labels.iter_mut().enumerate() {
            choices.all.retain(|choice| {
                let mut arguments = plain.clone();
                arguments.labels[at] = *choice;
                call(&arguments)
            });
        }
        for (at, choices) in self.values.iter_mut().enumerate() {
            choices.all.retain(|choice| {
                let mut arguments = plain.clone();
                arguments.values[at] = *choice;
                call(&arguments)
            });
        }
        for (at, choices) in self.context.iter_mut().enumerate() {
            choices.all.retain(|choice| {
                let mut arguments = plain.clone();
                arguments.context[at] = *choice;
                call(&arguments)
            });
        }
    }

    /// Returns a plan with the first type of each label, for calls through the hook.
    pub fn first(event: &EventSchema) -> Self {
        // Takes the first call for a possible one.
        let plan = Plan::new(event, |_| true);
        debug_assert!(plan.is_some(), "each label has a value");
        plan.unwrap_or(Plan { labels: Vec::new(), values: Vec::new(), context: Vec::new() })
    }

    /// Returns the plain arguments.
    pub fn plain(&self) -> Arguments {
        self.at(&vec![0; self.labels.len()], 0)
    }

    /// Returns the arguments of all calls. The last one is plain.
    pub fn all(&self) -> impl Iterator<Item = Arguments> {
        let lengths = self.labels.iter().map(|choices| choices.all.len());
        let numbers = self.values.iter().map(|choices| choices.all.len());
        let contexts = self.context.iter().map(|choices| choices.all.len());
        let longest = lengths.clone().chain(numbers).chain(contexts).max().unwrap_or(1);
        let combined: Vec<usize> =
            self.labels.iter().map(|choices| if choices.combined { choices.all.len() } else { 1 }).collect();
        let product = combined.iter().fold(1, |product: usize, length| product.saturating_mul(*length));
        let rounds: Vec<(Vec<usize>, usize)> = if product <= COMBINATIONS_MAX {
            (0..product.max(longest)).map(|at| (digits(at % product, &combined), at)).collect()
        } else {
            pairs(&combined, longest)
        };
        let plain = (vec![0; self.labels.len()], 0);
        rounds.into_iter().chain([plain]).map(|(closed, at)| self.at(&closed, at))
    }

    /// Returns the arguments with these indexes of combined labels; all others take turns.
    fn at(&self, closed: &[usize], turn: usize) -> Arguments {
        let labels = self.labels.iter().zip(closed).map(|(choices, own)| {
            let at = if choices.combined { *own } else { turn % choices.all.len() };
            choices.all[at]
        });
        let values = self.values.iter().map(|choices| choices.all[turn % choices.all.len()]);
        let context = self.context.iter().map(|choices| choices.all[turn % choices.all.len()]);
        Arguments { labels: labels.collect(), values: values.collect(), context: context.collect() }
    }
}

/// Returns the digits of a number in a mixed radix.
fn digits(mut number: usize, bases: &[usize]) -> Vec<usize> {
    let digit = |base: &usize| {
        let digit = number % base;
        number /= base;
        digit
    };
    bases.iter().map(digit).collect()
}

/// Returns each choice of each label, then each pair of choices of two labels.
fn pairs(lengths: &[usize], longest: usize) -> Vec<(Vec<usize>, usize)> {
    let each = (0..longest).map(|at| lengths.iter().map(|length| at % length).collect());
    let mut rounds: Vec<Vec<usize>> = each.collect();
    for (first, of) in lengths.iter().enumerate() {
        for (second, with) in lengths.iter().enumerate().skip(first + 1) {
            for (a, b) in (0..*of).flat_map(|a| (0..*with).map(move |b| (a, b))) {
                let mut round = vec![0; lengths.len()];
                (round[first], round[second]) = (a, b);
                rounds.push(round);
            }
        }
    }
    rounds.into_iter().enumerate().map(|(turn, round)| (round, turn)).collect()
}

fn with_absent(mut choices: Vec<LabelValue<'static>>, label: &LabelSchema) -> Vec<LabelValue<'static>> {
    choices.extend(label.none.map(|_| LabelValue::None));
    choices
}

/// Returns the values of a label, for each possible type.
fn sorts(label: &LabelSchema) -> Vec<Vec<LabelValue<'static>>> {
    match label.set {
        LabelSet::Closed(values) => {
            vec![(0_u32..).zip(values).map(|(at, _)| LabelValue::Closed(at)).collect()]
        }
        LabelSet::Range { start, end } => {
            let numbers = [start, end, start.saturating_sub(1), end.saturating_add(1), i64::MIN, i64::MAX];
            let unsigned = numbers.iter().filter_map(|number| u64::try_from(*number).ok());
            vec![unsigned.map(LabelValue::U64).collect(), numbers.map(LabelValue::I64).to_vec()]
        }
        LabelSet::Open(domain) => {
            let texts = ["a"].iter().chain(domain.known).chain([&domain.other]).chain(TEXTS).copied();
            let texts = texts.chain([LONG.as_str(), WIDE.as_str()]);
            vec![
                texts.map(|text| LabelValue::Text(Text::whole(text))).collect(),
                [1, 0, u64::from(u8::MAX), u64::MAX].map(LabelValue::U64).to_vec(),
                [1, 0, -1, i64::from(i8::MIN), i64::MIN, i64::MAX].map(LabelValue::I64).to_vec(),
            ]
        }
    }
    .into_iter()
    .filter(|sort: &Vec<_>| !sort.is_empty())
    .collect()
}

/// Texts that formats may write wrongly.
const TEXTS: &[&str] = &[
    "",
    " ",
    "\"",
    "\\",
    "\\n",
    "a\nb",
    "a\r\nb",
    "\n",
    "a=b c=d",
    "a,b",
    "{a}",
    "a|b@c:d#e",
    "\0",
    "\u{7f}",
    "\u{85}",
    "\u{2028}",
    "\u{202e}",
    "\u{feff}",
    "\u{1b}[31m",
    "ü",
    "%s",
    "NaN",
    OTHER,
    NONE,
];

/// A text that is longer than any label.
static LONG: LazyLock<String> = LazyLock::new(|| "x".repeat(5_000));

/// A long text of wide characters: nearly every byte offset lies within a character.
static WIDE: LazyLock<String> = LazyLock::new(|| "\u{1f980}".repeat(2_000));

/// Returns the values of a context parameter.
fn contexts(context: &ContextSchema) -> Vec<ContextValue<'static>> {
    let mut values: Vec<ContextValue<'static>> = match context.kind {
        ContextKind::Text => context::TEXTS.map(ContextValue::Text).to_vec(),
        ContextKind::Bool => vec![ContextValue::Bool(true), ContextValue::Bool(false)],
        ContextKind::Number(representation) => {
            numbers(representation, false).into_iter().flatten().map(ContextValue::Number).collect()
        }
    };
    if context.optional {
        values.push(ContextValue::None);
    }
    values
}

/// Returns the numbers for a value, at the edges of its type.
fn numbers(representation: Representation, optional: bool) -> Vec<Option<Number>> {
    let mut numbers: Vec<Option<Number>> = match representation {
        Representation::U64 => {
            let widths = [u64::from(u8::MAX), u64::from(u16::MAX), u64::from(u32::MAX), u64::MAX];
            [1, 0].into_iter().chain(widths).map(|n| Some(n.into())).collect()
        }
        Representation::I64 => {
            let widths = [i64::from(i8::MIN), i64::from(i16::MIN), i64::from(i32::MIN), i64::MIN];
            let each = widths.into_iter().flat_map(|least| [least, !least]);
            [1, 0, -1].into_iter().chain(each).map(|n| Some(n.into())).collect()
        }
        Representation::F64 => {
            let edges = [0.0, -0.0, -1.0, 0.1, f64::MIN, f64::MAX, f64::from(f32::MAX), f64::MIN_POSITIVE];
            let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
            [1.0].into_iter().chain(edges).chain(odd).map(|n| Some(n.into())).collect()
        }
        Representation::Duration => {
            let edges = [Duration::from_secs(1), Duration::ZERO, Duration::from_nanos(1), Duration::MAX];
            edges.map(|duration| Some(duration.into())).to_vec()
        }
        Representation::Time => {
            let times = [1_764_408_854_500_000_000, 0, -1, i64::MIN, i64::MAX];
            times.map(|nanos| Some(Number::Time(nanos))).to_vec()
        }
    };
    if optional {
        numbers.push(None);
    }
    numbers
}
