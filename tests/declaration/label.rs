//! Labels: closed sets, open sets, and what becomes of values outside of them.

use std::borrow::Cow;
use telemetry::Label;
use telemetry::label::{Closed, LabelSet, LabelValue};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(rename_all = "kebab-case")]
pub enum Method {
    Get,
    PatchAll,
    #[label(rename = "DELETE")]
    Delete,
    #[label(other, rename = "rest")]
    Unknown,
}

#[test]
fn a_closed_set_has_its_values_in_order() {
    assert_eq!(Method::values(), ["get", "patch-all", "DELETE", "rest"]);
    assert_eq!(Method::PatchAll.as_str(), "patch-all");
    assert_eq!(Method::from_text("DELETE"), Some(Method::Delete));
    assert_eq!(Method::from_text("delete"), None);
    assert_eq!(Method::SET.cardinality(), 4);
}

#[test]
fn untrusted_text_always_becomes_a_value() {
    assert_eq!(Method::from_str_lossy("get"), Method::Get);
    assert_eq!(Method::from_str_lossy("\u{0}' OR 1=1"), Method::Unknown);
    assert_eq!(Method::from_str_lossy(""), Method::Unknown);
}

/// The methods of HTTP, in their own case.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(rename_all = "UPPERCASE")]
pub enum Http {
    Get,
    Post,
    #[label(other, rename = "other")]
    Other,
}

#[test]
fn untrusted_text_matches_in_its_own_case() {
    assert_eq!(Http::values(), ["GET", "POST", "other"]);
    assert_eq!(Http::from_str_lossy("GET"), Http::Get);
    assert_eq!(Http::from_str_lossy("get"), Http::Other);
}

#[derive(Label, Clone, Copy)]
#[label(cap = 2, known = ["a"], other = "rest", max_len = 32)]
struct Tenant<'a>(&'a str);

#[derive(Label, Clone, Copy)]
#[label(range = -1..4)]
struct Delta(i8);

#[test]
fn an_open_set_is_one_domain() {
    let (LabelSet::Open(one), LabelSet::Open(same)) = (Tenant::SET, <Tenant<'static> as Label>::SET) else {
        panic!("an open set")
    };
    assert!(std::ptr::eq(one, same));
    assert_eq!((one.cap, one.known, one.other, one.max_len), (2, &["a"][..], "rest", 32));
    assert_eq!(Tenant::SET.cardinality(), 3);
    assert_eq!(Tenant("x").value(), LabelValue::Text(telemetry::label::Text::whole("x")));
}

#[test]
fn a_range_has_its_integers_and_other() {
    assert!(matches!(Delta::SET, LabelSet::Range { start: -1, end: 3 }));
    assert_eq!(Delta::SET.cardinality(), 6);
    let text = |n| Delta::SET.text(&Delta(n).value()).map(Cow::into_owned);
    assert_eq!(text(3).as_deref(), Some("3"));
    assert_eq!(text(4).as_deref(), Some("other"));
    assert_eq!(Delta::from_value(&Delta(-1).value()), Some(-1));
}

/// A hand-written label whose index is wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Wrong;

impl Label for Wrong {
    const SET: LabelSet = LabelSet::Closed(&["right"]);
    type Owned = Wrong;
    fn value(&self) -> LabelValue<'_> {
        LabelValue::Closed(7)
    }
    fn again(&self) -> Self {
        *self
    }
    fn from_value(_: &LabelValue<'_>) -> Option<Wrong> {
        Some(Wrong)
    }
}

#[telemetry::metrics]
trait Metrics {
    /// Help.
    #[counter]
    #[log(every = 2)]
    fn wrong(&self, wrong: Wrong);
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Index(u32);

impl Label for Index {
    const SET: LabelSet = LabelSet::Closed(&["x", "y"]);
    type Owned = Index;
    fn value(&self) -> LabelValue<'_> {
        LabelValue::Closed(self.0)
    }
    fn again(&self) -> Self {
        *self
    }
    fn from_value(value: &LabelValue<'_>) -> Option<Index> {
        if let LabelValue::Closed(index @ 0..2) = value { Some(Index(*index)) } else { None }
    }
}

#[telemetry::metrics]
trait Indexed {
    /// Help.
    #[counter]
    #[log(every = 2)]
    fn indexed(&self, index: Index);
}

#[test]
fn a_wrong_index_has_a_count_of_its_own() {
    let log = telemetry::Log::default();
    let lines = crate::capture::lines(|| {
        for index in [1, 7, 1, 7] {
            log.indexed(Index(index));
        }
    });
    assert_eq!(lines, ["[metrics] event=indexed index=y", "[metrics] event=indexed index=other"]);
}

#[test]
#[should_panic(expected = "does not read back its own value: indexed(index=\"other\")")]
fn a_call_that_cannot_be_read_is_not_dropped() {
    let mock = RecordingIndexed::new();
    mock.indexed(Index(7));
    let _ = mock.indexed_calls().calls();
}

#[test]
fn a_wrong_index_is_other_in_every_back_end() {
    let mock = RecordingMetrics::default();
    let log = telemetry::Log::default();
    let lines = crate::capture::lines(|| {
        for _ in 0..2 {
            (&log, &mock).wrong(Wrong);
        }
    });
    assert_eq!(lines, ["[metrics] event=wrong wrong=other"]);
    assert_eq!(format!("{:?}", mock.calls()[0]), r#"wrong(wrong="other")"#);
    mock.wrong_calls().wrong(Wrong).assert_times(2);
}
