//! Tests accepted and rejected lines, and that our own text comes back.

use super::Dialect::{OpenMetrics, Text};
use super::*;
use proptest::prelude::*;

/// Lines, and whether each dialect accepts them.
const LINES: &[(&str, [bool; 2])] = &[
    ("a 1", [true, true]),
    ("a:b_9{} 1", [true, true]),
    (r#"a{x="",y="\\\"\n é}"} -1.5E+3 7"#, [true, true]),
    ("a NaN", [true, true]),
    ("a +Inf", [true, true]),
    ("a -Inf", [true, true]),
    ("a .5", [true, true]),
    // Blanks and commas that only the text format has.
    ("", [true, false]),
    (" a 1", [true, false]),
    ("a 1 ", [true, false]),
    ("a  1", [true, false]),
    ("a\t1", [true, false]),
    ("a {x=\"1\"} 1", [true, false]),
    (r#"a{ x = "1" , } 1"#, [true, false]),
    (r#"a{x="1",} 1"#, [true, false]),
    // Times.
    ("a 1 -1395066363000", [true, true]),
    ("a 1 1.5", [false, true]),
    ("a 1 NaN", [false, false]),
    ("a 1 1e300", [false, false]),
    ("a 1 9223372036854775808", [false, false]),
    ("a 1 1 1", [false, false]),
    // Exemplars.
    ("a 1 # {} 1", [false, true]),
    (r#"a 1 5 # {x="1"} 1 5"#, [false, true]),
    ("a 1 # {} x", [false, false]),
    ("a 1 # {}", [false, false]),
    ("a 1 # {x=\"\\t\"} 1", [false, false]),
    ("a 1 #{} 1", [false, false]),
    // Comments.
    ("#", [true, false]),
    ("# said", [true, false]),
    ("#TYPE a gauge", [true, false]),
    ("# EOF", [false, false]),
    ("# TYPE a gauge", [true, true]),
    ("#  TYPE a gauge", [true, false]),
    ("# TYPE a gauge x", [false, false]),
    ("# TYPE a-b gauge", [false, false]),
    ("# TYPE", [false, false]),
    ("# HELP a", [true, true]),
    ("# HELP a-b", [false, false]),
    ("# UNIT a_s s", [true, true]),
    ("# UNIT a", [true, true]),
    ("# UNIT as s", [true, false]),
    // Neither dialect accepts these.
    ("a", [false, false]),
    ("a ", [false, false]),
    ("a1", [false, false]),
    ("a{} ", [false, false]),
    ("a{}1", [false, false]),
    ("1a 1", [false, false]),
    ("é 1", [false, false]),
    ("{a=\"1\"} 1", [false, false]),
    ("{\"a\"} 1", [false, false]),
    ("a{x=1} 1", [false, false]),
    ("a{x=\"1} 1", [false, false]),
    ("a{x=\"1\"y=\"2\"} 1", [false, false]),
    ("a{,} 1", [false, false]),
    ("a{x=\"1\",,} 1", [false, false]),
    ("a{x:y=\"1\"} 1", [false, false]),
    ("a{1=\"1\"} 1", [false, false]),
    ("a{x=\"1\",x=\"1\"} 1", [false, false]),
    ("a{__name__=\"b\"} 1", [false, false]),
    ("a{x=\"\\t\"} 1", [false, false]),
    ("a{x=\"\\", [false, false]),
    ("a{x=\"\\\"} 1", [false, false]),
    ("a{x=\"say \"hi\"\"} 1", [false, false]),
    ("a 1\r", [false, false]),
    ("a one", [false, false]),
    ("a 1_0", [false, false]),
    ("a 0x10", [false, false]),
    ("a 1,5", [false, false]),
    ("a 1e999", [false, false]),
    ("a +NaN", [false, false]),
    ("a e", [false, false]),
];

#[test]
fn lines_are_read_strictly() {
    for (line, accepted) in LINES {
        let found = [Text, OpenMetrics].map(|dialect| parse(line, dialect).is_ok());
        assert_eq!(found, *accepted, "{line:?}");
    }
}

#[test]
fn numbers_stay_as_they_are_written() {
    let same =
        ["0", "-0", "+1", "1.", "00.10", "1e+06", "1E-5", "18446744073709551615", "NaN", "+Inf", "-Inf"];
    for text in same {
        assert_eq!(number(text), Some(text));
    }
    for (text, spelled) in [("nan", "NaN"), ("inf", "+Inf"), ("-INFINITY", "-Inf"), ("Inf", "+Inf")] {
        assert_eq!(number(text), Some(spelled));
    }
}

#[test]
fn help_is_for_people() {
    let text = r#"a\\b\n\"c\" \x \"#;
    assert_eq!(unescaped(text, Text), "a\\b\n\\\"c\\\" \\x \\");
    assert_eq!(unescaped(text, OpenMetrics), "a\\b\n\"c\" \\x \\");
}

#[test]
fn a_long_exemplar_is_left_out() {
    let line = |length| format!("a 1 # {{x=\"{}\"}} 1", "y".repeat(length));
    for (length, kept) in [(127, true), (128, false)] {
        let line = line(length);
        let Ok(Line::Sample(reading)) = parse(&line, OpenMetrics) else { unreachable!("{line}") };
        assert_eq!(reading.exemplar.map(|exemplar| exemplar.0.is_some()), Some(kept));
    }
}

proptest! {
    #[test]
    fn no_text_is_too_strange(line in "[a-z{}=\"\\\\#,. \t0-9é]{0,40}", any in any::<String>()) {
        for dialect in [Text, OpenMetrics] {
            let _ = parse(&line, dialect);
            let _ = parse(&any, dialect);
        }
    }
}
