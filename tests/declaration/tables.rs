//! The macros cannot read the library's tables, nor the library theirs: what stands in both says the same.

#[path = "../../telemetry-macros/src/metrics/family.rs"]
#[allow(dead_code, missing_docs, reason = "some of it is asked for")]
pub mod family;
#[path = "../../telemetry-macros/src/grammar.rs"]
#[allow(dead_code, missing_docs, reason = "some of its tables are asked for")]
pub mod grammar;
#[path = "../../telemetry-macros/src/name.rs"]
#[allow(dead_code, missing_docs, reason = "one of its tables is asked for")]
mod name;

use telemetry::__private::check;
use telemetry::schema::{Kind, Stability, Unit};

#[test]
fn units_are_the_librarys() {
    let ours: Vec<(String, &str)> =
        Unit::ALL.iter().map(|unit| (format!("{unit:?}"), unit.suffix())).collect();
    let theirs: Vec<(String, &str)> =
        grammar::UNITS.iter().map(|unit| (unit.variant.to_owned(), unit.name)).collect();
    assert_eq!(ours, theirs);
}

#[test]
fn kinds_are_the_librarys() {
    let ours: Vec<(String, &str)> = Kind::ALL.iter().map(|kind| (format!("{kind:?}"), kind.name())).collect();
    let theirs: Vec<(String, &str)> =
        grammar::KINDS.iter().map(|kind| (kind.variant.to_owned(), kind.grammar.attr)).collect();
    assert_eq!(ours, theirs);
}

#[test]
fn stabilities_are_the_librarys() {
    let ours: Vec<(String, &str)> =
        Stability::ALL.iter().map(|stability| (format!("{stability:?}"), stability.name())).collect();
    let theirs: Vec<(String, &str)> =
        grammar::STABILITIES.iter().map(|stability| (stability.variant.to_owned(), stability.name)).collect();
    assert_eq!(ours, theirs);
    assert_eq!(grammar::STABILITIES[0].name, Stability::default().name());
}

#[test]
fn reserved_keys_and_limits_are_the_librarys() {
    assert_eq!(check::LOG_KEYS, name::LOG_KEYS);
    assert_eq!(check::BUCKETS_MAX, grammar::BUCKETS_MAX);
}

macro_rules! widest {
    ($($param:ident)*) => {
        #[telemetry::metrics(max_series = 2_147_483_648)]
        trait Widest {
            /// As many parameters as there can be.
            #[counter]
            #[allow(clippy::too_many_arguments, reason = "that is the point")]
            fn widest(&self, $($param: bool),*);
        }

        fn call(metrics: &dyn Widest) {
            metrics.widest($({ let $param = true; $param }),*);
        }

        const PARAMETERS: usize = [$(stringify!($param)),*].len();
    };
}

widest! { a b c d e f g h i j k l m n o p q r s t u v w x y z aa ab ac ad ae }

#[test]
fn a_line_has_room_for_as_many_parameters_as_the_macro_allows() {
    assert_eq!(PARAMETERS, grammar::PARAMETERS_MAX);
    let events = crate::capture::events(|| call(&telemetry::Log::default()));
    assert_eq!(events[0].fields.len(), 1 + PARAMETERS);
}
