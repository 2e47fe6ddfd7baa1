//! The model of a declaration. It holds the user's tokens until they are expanded.

mod alert;

pub use alert::{Alert, AlertLabel, Matcher, Slo};

use super::family::Spelling;
use crate::grammar::{Kind, STABILITIES, Stability, Unit};
use crate::name;
use crate::set::Set;
use crate::ty::{self, Sort};
use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use std::collections::BTreeSet;
use syn::{Attribute, Expr, Ident, ItemTrait, LitInt, LitStr, TraitItem, TraitItemFn, Type};

/// The trait.
pub struct Surface<'a> {
    pub item: &'a ItemTrait,
    /// The path of the library.
    pub krate: TokenStream,
    pub namespace: Option<Namespace>,
    pub max_series: Option<LitInt>,
    /// The labels that are given at registration. All are labels, or unknown.
    pub labels: &'a [Param<'a>],
    /// The series before the first use of an instrument that does not state them.
    pub initial: Option<Initial>,
    /// Who answers for the surface.
    pub owner: Option<LitStr>,
    /// The stability of an instrument that does not state its own.
    pub stability: Option<&'static Stability>,
    /// The suffixes of an instrument that does not state its own.
    pub suffixes: Option<bool>,
    /// The `cfg` of the mock.
    pub mock_cfg: Option<TokenStream>,
    /// The doc comment, its paragraphs.
    pub help: Vec<String>,
    pub events: Vec<Event<'a>>,
    /// The items that stay in the trait unchanged: helpers with a body, and items that are not methods.
    pub others: Vec<&'a TraitItem>,
}

/// The first words of all names of a surface.
pub enum Namespace {
    Literal(LitStr),
    /// A constant, which the compiler evaluates.
    Constant(Expr),
}

/// A metric method.
pub struct Event<'a> {
    pub method: &'a TraitItemFn,
    /// The attributes that reach every generated piece.
    pub cfgs: Vec<&'a Attribute>,
    /// The attributes that stay on the trait's method: all that are not ours.
    pub attrs: Vec<&'a Attribute>,
    /// The heading in front of the doc comment: the section of the documents that begins with the method.
    pub section: Option<String>,
    /// The doc comment, its paragraphs.
    pub help: Vec<String>,
    /// The labels of the whole surface, which are given at registration.
    pub registration: &'a [Param<'a>],
    pub params: Vec<Param<'a>>,
    pub instruments: Vec<Instrument>,
    /// The log line of the calls that no case takes.
    pub log: Log,
    /// The other `#[log]`s, all with `when`. The first that matches a call decides about its line.
    pub log_cases: Vec<Log>,
    pub guard: Option<Guard>,
    /// Set if a call ends series.
    pub removal: Option<Removal>,
    /// True if it has a log line and no instrument.
    pub line_only: bool,
    /// True if the signature is one that can be implemented: else the method stands in the trait and nowhere
    /// else.
    pub sound: bool,
    /// True if it is generic, so that a trait for `dyn` cannot have it.
    pub generic: bool,
}

/// The instruments of which a call ends series.
pub struct Removal {
    /// Their names, each once.
    pub instruments: Vec<Ident>,
}

/// The guard of a method: what starts it and what it measures.
pub struct Guard {
    /// The method that starts it.
    pub start: Ident,
    /// The index of the parameter that it measures.
    pub elapsed: Option<usize>,
    /// True if `#[guard]` is missing, about which there is an error.
    pub missing: bool,
}

/// The owner of a name that a guard needs.
pub enum GuardClash<'a> {
    /// A method of the trait has the name of the one that starts the guard.
    Method,
    /// The guard of an earlier event is started by a method of this name.
    Start(&'a Event<'a>),
    /// The guard of an earlier event has a type of this name.
    Type(&'a Event<'a>),
}

/// A parameter but `self`, or a label that is given at registration.
pub struct Param<'a> {
    pub ident: Ident,
    pub ty: &'a Type,
    pub role: Role,
    /// The doc comment of a label that is given at registration.
    pub docs: Vec<&'a Attribute>,
    /// Set if a guard takes it at its end.
    pub end: Option<End>,
}

/// The end of a guard gives a parameter its value.
pub struct End {
    /// The attribute's name.
    pub span: Span,
    /// The value if the guard is dropped.
    pub default: Option<Expr>,
    /// True if there is an error about it, which may have meant a default.
    pub broken: bool,
}

/// The role of a parameter.
pub enum Role {
    Label(Label),
    Value(Value),
    /// Known to log and mock only.
    Context,
    /// None of these: there is an error about it.
    Unknown,
}

/// A label parameter.
#[derive(Clone, Default)]
pub struct Label {
    /// The key that `name = ...` states.
    pub name: Option<LitStr>,
    pub set: Set,
    /// The text that `none = ...` states.
    pub none: Option<LitStr>,
    /// True if the type is an `Option`, as far as its name tells.
    pub optional: bool,
}

/// A value parameter.
pub struct Value {
    /// The type without its `Option`.
    pub inner: Type,
    pub optional: bool,
    /// The sort of the type, as far as its name tells.
    pub sort: Sort,
}

/// One instrument that a method feeds.
pub struct Instrument {
    /// The attribute's name.
    pub span: Span,
    pub kind: &'static Kind,
    pub name: Name,
    pub measure: Measure,
    pub labels: Vec<InstrumentLabel>,
    pub unit: Option<&'static Unit>,
    pub buckets: Buckets,
    pub signed: bool,
    /// The word that says that there are exponential buckets too.
    pub native: Option<Span>,
    pub initial: Option<Initial>,
    /// The word that says that somebody else keeps the total.
    pub total: Option<Span>,
    /// The word that says that each collection asks for its numbers.
    pub observed: Option<Span>,
    pub help: Option<LitStr>,
    /// False if Prometheus has the name as it is written. The surface's, if the instrument has none.
    pub suffixes: Option<bool>,
    pub stability: Option<&'static Stability>,
    pub was: Option<Was>,
    /// The version in which it goes.
    pub deprecated: Option<LitStr>,
    pub alerts: Vec<Alert>,
    pub slos: Vec<Slo>,
}

/// An instrument's name.
pub struct Name {
    pub text: String,
    pub span: Span,
    /// True if `name = ...` says it: only then may two events feed one instrument.
    pub explicit: bool,
}

/// The series of an instrument that exist before its first use.
#[derive(Clone, Copy)]
pub struct Initial {
    pub span: Span,
    /// True for series at 0, false for none.
    pub is_zero: bool,
}

/// The former name of an instrument in Prometheus, exported next to its own until a version.
pub struct Was {
    pub name: LitStr,
    pub until: Option<LitStr>,
}

/// Which number an instrument takes.
pub enum Measure {
    /// There is an error about it.
    Unknown,
    Calls,
    /// The parameter with this index.
    Param(usize),
    Constant(Expr),
    /// One from the start of a guard to its end.
    InFlight,
}

/// One label of an instrument.
pub enum InstrumentLabel {
    /// The label of the surface with this index. These come first.
    Registration(usize),
    /// The parameter with this index.
    Param(usize),
    Constant {
        key: Key,
        value: LitStr,
    },
}

/// The key of a constant label: `result`, or `http.result`.
pub struct Key {
    pub text: String,
    pub tokens: TokenStream,
}

/// A histogram's bounds.
pub enum Buckets {
    None,
    Literal(Vec<(f64, Expr)>),
    /// Something that the compiler evaluates.
    Expr(Expr),
}

/// A log line of a method.
#[derive(Default)]
pub struct Log {
    /// The name. In the event's `log` it is that of all its lines.
    pub name: Option<LitStr>,
    pub off: bool,
    /// The variant of `tracing`'s level.
    pub level: Option<&'static str>,
    pub target: Option<LitStr>,
    pub every: Option<LitInt>,
    pub or_above: Option<Expr>,
    pub or_at_least: Option<Expr>,
    pub or_below: Option<Expr>,
    pub skip_zero: bool,
    /// The decimals of the numbers on the line.
    pub decimals: Option<LitInt>,
    /// The parameter that the policies look at.
    pub on: Option<usize>,
    /// The calls that it is for; empty for all.
    pub when: Vec<Matcher>,
}

impl Name {
    /// Returns the name as an argument of the declaration writes it: with `_` in place of each dot.
    pub fn word(&self) -> String {
        name::in_prometheus(&self.text)
    }
}

impl Event<'_> {
    /// Returns the method's name, without `r#`.
    pub fn name(&self) -> String {
        syn::ext::IdentExt::unraw(&self.method.sig.ident).to_string()
    }

    /// Returns the name in its log lines: that of `#[log("...")]`, else the method's.
    pub fn line_name(&self) -> String {
        self.log.name.as_ref().map_or_else(|| self.name(), LitStr::value)
    }

    /// Returns its `#[log]`s in the order in which a call looks for its own.
    pub fn logs(&self) -> impl Iterator<Item = &Log> {
        self.log_cases.iter().chain([&self.log])
    }

    /// Returns true if its log lines are a gauge's: those of a method that feeds nothing else.
    pub fn is_gauge(&self) -> bool {
        !self.instruments.is_empty()
            && self.instruments.iter().all(|instrument| instrument.kind.variant == "Gauge")
    }

    /// Returns the label parameters, each with its index among all parameters.
    pub fn labels(&self) -> impl Iterator<Item = (usize, &Param<'_>, &Label)> {
        self.params.iter().enumerate().filter_map(|(index, param)| match &param.role {
            Role::Label(label) => Some((index, param, label)),
            Role::Value(_) | Role::Context | Role::Unknown => None,
        })
    }

    /// Returns the value parameters, each with its index among all parameters.
    pub fn values(&self) -> impl Iterator<Item = (usize, &Param<'_>, &Value)> {
        self.params.iter().enumerate().filter_map(|(index, param)| match &param.role {
            Role::Value(value) => Some((index, param, value)),
            Role::Label(_) | Role::Context | Role::Unknown => None,
        })
    }

    /// Returns the context parameters.
    pub fn context(&self) -> impl Iterator<Item = &Param<'_>> {
        self.params.iter().filter(|param| matches!(param.role, Role::Context))
    }

    /// Returns true if a label that is given at registration is known to have this key.
    pub fn has_registration_key(&self, key: &str) -> bool {
        let is_known = |param: &&Param<'_>| matches!(param.role, Role::Label(_)) && !param.key_from_type();
        self.registration.iter().filter(is_known).any(|param| name::is_same_key(&param.key(), key))
    }

    /// Returns true if an instrument counts the method's guards.
    pub fn has_in_flight(&self) -> bool {
        self.instruments.iter().any(Instrument::is_in_flight)
    }

    /// Returns the parameter that a guard measures, if it is this one.
    pub fn is_elapsed(&self, param: usize) -> bool {
        self.guard.as_ref().is_some_and(|guard| guard.elapsed == Some(param))
    }

    /// Returns true if there is an error about a parameter, so that it may not be `Copy`.
    pub fn has_unknown(&self) -> bool {
        self.params.iter().any(|param| matches!(param.role, Role::Unknown))
    }

    /// Returns the index of one of the event's own parameters.
    pub fn index_of(&self, param: &Param<'_>) -> usize {
        self.params.iter().position(|own| std::ptr::eq(own, param)).unwrap_or_default()
    }

    /// Returns the index of a parameter among those of its role: of a label among the labels.
    pub fn argument_index(&self, param: usize) -> usize {
        let role = |param: &Param<'_>| std::mem::discriminant(&param.role);
        let of = self.params.get(param).map(role);
        self.params[..param].iter().filter(|earlier| Some(role(earlier)) == of).count()
    }
}

impl Guard {
    /// Returns the name of the method that starts it, without `r#`.
    pub fn start(&self) -> String {
        syn::ext::IdentExt::unraw(&self.start).to_string()
    }

    /// Returns the name of its type: `MetricsJobGuard` for `start_job` of `Metrics`.
    pub fn type_name(&self, surface: &Ident) -> String {
        let start = self.start();
        let operation = name::pascal_case(start.strip_prefix("start_").unwrap_or(&start));
        format!("{surface}{operation}Guard")
    }
}

impl Param<'_> {
    /// Returns the parameter's name, without `r#`.
    pub fn name(&self) -> String {
        syn::ext::IdentExt::unraw(&self.ident).to_string()
    }

    /// Returns the label's key as far as the declaration states it: the type may state another.
    pub fn key(&self) -> String {
        match &self.role {
            Role::Label(Label { name: Some(name), .. }) => name.value(),
            _ => self.name(),
        }
    }

    /// Returns true if an absent value is the empty text.
    pub fn has_empty_none(&self) -> bool {
        matches!(&self.role, Role::Label(Label { none: Some(none), .. }) if none.value().is_empty())
    }

    /// Returns true if the label's key can come from its type.
    pub fn key_from_type(&self) -> bool {
        self.has_own_type() && matches!(&self.role, Role::Label(Label { name: None, .. }))
    }

    /// Returns true if the type of a label or of context has something to say that its name does not tell:
    /// `bool` has not.
    pub fn has_own_type(&self) -> bool {
        match &self.role {
            Role::Label(Label { set: Set::Type | Set::With(_), .. }) => ty::sort(self.ty) != Sort::Bool,
            Role::Context => ty::sort(ty::option(self.ty).unwrap_or(self.ty)) == Sort::Other,
            _ => false,
        }
    }
}

impl Surface<'_> {
    /// Returns all instruments, each with its event, in declaration order.
    pub fn instruments(&self) -> impl Iterator<Item = (&Event<'_>, usize, &Instrument)> {
        self.events.iter().flat_map(|event| {
            event.instruments.iter().enumerate().map(move |(index, instrument)| (event, index, instrument))
        })
    }

    /// Returns the first event that feeds this instrument, and the instrument's index there; nothing if this
    /// event is the first. Events share an instrument by saying the same name.
    pub fn fed_first(&self, event: &Event<'_>, instrument: &Instrument) -> Option<(&Event<'_>, usize)> {
        let same = |other: &Instrument| {
            other.name.explicit && instrument.name.explicit && other.name.text == instrument.name.text
        };
        let mut instruments = self.instruments();
        let (first, index, found) = instruments.find(|(_, _, other)| same(other))?;
        let earlier = !std::ptr::eq(found, instrument) && !first.alternative_to(event);
        earlier.then_some((first, index))
    }

    /// Returns the group that shares the event's inline caps: the index of the first method that it is
    /// connected to by instruments that several feed.
    pub fn group_of(&self, event: &Event<'_>) -> usize {
        fn explicit<'e>(event: &'e Event<'_>) -> impl Iterator<Item = &'e str> {
            event.instruments.iter().filter(|one| one.name.explicit).map(|one| one.name.text.as_str())
        }
        let own = self.events.iter().position(|other| std::ptr::eq(other, event)).unwrap_or_default();
        if let Some((of, ..)) = self.removed(event).next() {
            return self.group_of(of);
        }
        let mut names: BTreeSet<&str> = explicit(event).collect();
        let mut members = BTreeSet::from([own]);
        loop {
            let joins = |(at, event): &(usize, &Event<'_>)| {
                !members.contains(at) && explicit(event).any(|name| names.contains(name))
            };
            let more = self.events.iter().enumerate().filter(|_| !names.is_empty()).find(joins);
            let Some((at, event)) = more else { break };
            names.extend(explicit(event));
            members.insert(at);
        }
        members.first().copied().unwrap_or(own)
    }

    /// Returns the instruments of which a call of the event ends series, each with the event that feeds it
    /// and its index there. One that several events feed comes several times.
    pub fn removed<'s>(
        &'s self,
        event: &'s Event<'_>,
    ) -> impl Iterator<Item = (&'s Event<'s>, usize, &'s Instrument)> {
        let named = event.removal.iter().flat_map(|removal| &removal.instruments);
        named.flat_map(|name| self.instruments().filter(move |(.., one)| *name == one.name.word()))
    }

    /// Returns what has a name of the event's guard already.
    pub fn guard_clash(&self, event: &Event<'_>) -> Option<GuardClash<'_>> {
        let guard = event.guard.as_ref()?;
        let (start, ty) = (guard.start(), guard.type_name(&self.item.ident));
        let helpers = self.others.iter().filter_map(|item| match item {
            TraitItem::Fn(method) => Some(syn::ext::IdentExt::unraw(&method.sig.ident).to_string()),
            _ => None,
        });
        let hooks = ["event", "guard_edge", "clone"].map(str::to_owned);
        let mut methods = self.events.iter().map(Event::name).chain(helpers).chain(hooks);
        if methods.any(|method| method == start) {
            return Some(GuardClash::Method);
        }
        let earlier = self.events.iter().take_while(|other| !std::ptr::eq(*other, event));
        let mut earlier = earlier.filter(|other| !other.alternative_to(event));
        earlier.find_map(|other| {
            let guard = other.guard.as_ref()?;
            if guard.start() == start {
                return Some(GuardClash::Start(other));
            }
            (guard.type_name(&self.item.ident) == ty).then_some(GuardClash::Type(other))
        })
    }

    /// Returns true if two events feed this instrument.
    pub fn is_shared(&self, instrument: &Instrument) -> bool {
        let mut instruments = self.instruments();
        instrument.name.explicit
            && instruments.any(|(_, _, other)| {
                other.name.explicit
                    && other.name.text == instrument.name.text
                    && !std::ptr::eq(other, instrument)
            })
    }

    /// Returns true if a name gets unit and `_total` in Prometheus unless its instrument says otherwise.
    pub fn has_suffixes(&self) -> bool {
        self.suffixes.unwrap_or(true)
    }

    /// Returns what exists of an instrument before its first use, if it is stated.
    pub fn initial(&self, instrument: &Instrument) -> Option<Initial> {
        instrument.initial.or(self.initial).filter(|_| instrument.observed.or(instrument.total).is_none())
    }

    /// Returns the stability of an instrument.
    pub fn stability(&self, instrument: &Instrument) -> &'static Stability {
        instrument.stability.or(self.stability).unwrap_or(&STABILITIES[0])
    }

    /// Returns what an instrument's names are made of.
    pub fn spell<T>(&self, instrument: &Instrument, with: impl FnOnce(Spelling<'_>) -> T) -> T {
        let namespace = self.namespace.as_ref().map(Namespace::text).unwrap_or_default();
        let was = instrument.was.as_ref().map(|was| was.name.value());
        with(Spelling {
            namespace: &namespace,
            name: &instrument.name.text,
            unit: instrument.unit.map_or("", |unit| unit.name),
            samples: instrument.kind.samples,
            suffixes: instrument.has_suffixes(),
            was: was.as_deref(),
        })
    }
}

impl Namespace {
    /// Returns the text. The macro does not know a constant's: the constant's name stands for it, which no
    /// name begins with.
    pub fn text(&self) -> String {
        match self {
            Namespace::Literal(text) => text.value(),
            Namespace::Constant(path) => path.to_token_stream().to_string().replace(' ', ""),
        }
    }
}

impl ToTokens for Namespace {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Namespace::Literal(text) => text.to_tokens(tokens),
            Namespace::Constant(path) => path.to_tokens(tokens),
        }
    }
}

impl Surface<'_> {
    /// Returns the counter of this name, and an event that feeds it.
    pub fn counter(&self, name: &Ident) -> Option<(&Event<'_>, &Instrument)> {
        let word = syn::ext::IdentExt::unraw(name).to_string();
        let found = self.instruments().find(|(.., one)| one.kind.monotonic && one.name.word() == word);
        found.map(|(event, _, instrument)| (event, instrument))
    }
}

impl Event<'_> {
    /// Returns true if both are one method, declared twice under different `cfg`s.
    pub fn alternative_to(&self, other: &Event<'_>) -> bool {
        !self.cfgs.is_empty() && !other.cfgs.is_empty() && self.name() == other.name()
    }
}

impl Instrument {
    /// Returns the names of its labels as arguments of the declaration write them.
    pub fn label_names(&self, event: &Event<'_>) -> Vec<String> {
        let name = |label: &InstrumentLabel| match label {
            InstrumentLabel::Registration(at) => event.registration[*at].name(),
            InstrumentLabel::Param(at) => event.params[*at].name(),
            InstrumentLabel::Constant { key, .. } => name::in_prometheus(&key.text),
        };
        self.labels.iter().map(name).collect()
    }

    /// Returns true if one call feeds both under the same labels.
    pub fn same_labels(&self, other: &Instrument) -> bool {
        self.label_texts() == other.label_texts()
    }

    fn label_texts(&self) -> BTreeSet<(String, String)> {
        let texts = self.labels.iter().map(|label| match label {
            InstrumentLabel::Registration(index) => (format!("registration {index}"), String::new()),
            InstrumentLabel::Param(index) => (index.to_string(), String::new()),
            InstrumentLabel::Constant { key, value } => (key.text.clone(), value.value()),
        });
        texts.collect()
    }

    /// Returns true if its name gets unit and `_total` in Prometheus.
    pub fn has_suffixes(&self) -> bool {
        self.suffixes.unwrap_or(true)
    }

    /// Returns true if it counts guards from start to end.
    pub fn is_in_flight(&self) -> bool {
        matches!(self.measure, Measure::InFlight)
    }

    /// Returns true if another declaration can be of the same instrument.
    pub fn like(&self, other: &Instrument) -> bool {
        self.kind.variant == other.kind.variant
            && self.is_in_flight() == other.is_in_flight()
            && self.unit.map(|unit| unit.name) == other.unit.map(|unit| unit.name)
            && self.signed == other.signed
            && self.native.is_some() == other.native.is_some()
            && self.total.is_some() == other.total.is_some()
            && self.observed.is_some() == other.observed.is_some()
            && self.has_suffixes() == other.has_suffixes()
            && self.initial.map(|initial| initial.is_zero) == other.initial.map(|initial| initial.is_zero)
            && self.buckets.text() == other.buckets.text()
            && self.stability.map(|stability| stability.name)
                == other.stability.map(|stability| stability.name)
            && self.was.as_ref().map(Was::text) == other.was.as_ref().map(Was::text)
            && self.deprecated.as_ref().map(LitStr::value) == other.deprecated.as_ref().map(LitStr::value)
    }
}

impl Was {
    fn text(&self) -> (String, Option<String>) {
        (self.name.value(), self.until.as_ref().map(LitStr::value))
    }
}

impl Buckets {
    fn text(&self) -> String {
        match self {
            Buckets::None => String::new(),
            Buckets::Literal(bounds) => {
                format!("{:?}", bounds.iter().map(|(bound, _)| bound).collect::<Vec<_>>())
            }
            Buckets::Expr(expr) => expr.to_token_stream().to_string(),
        }
    }
}
