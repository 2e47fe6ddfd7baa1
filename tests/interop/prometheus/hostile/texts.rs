//! Label text that breaks encoders: by hand, and as proptest thinks it up.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

/// What was recorded, and what it must read back as: the same, unless it is too long.
const BY_HAND: &[&str] = &[
    "",
    " ",
    " a ",
    "\"",
    "\"\"",
    "say \"hi\"",
    "\\",
    "\\\\",
    "ends in \\",
    "ends in \\\\",
    "a\\nb",
    "a\\\nb",
    "a\\\"b",
    "\\\"\n\\n\"",
    "\n",
    "a\nb",
    "\n\n# EOF\n",
    "x\"} 1\nfake_metric{a=\"b",
    "x\"} 1 # {a=\"b\"} 1",
    "# TYPE fake counter",
    "{}=,;",
    "a=\"b\",c=\"d\"",
    "}",
    "\0",
    "a\0b",
    "\r",
    "a\r\nb",
    "\t\u{b}\u{c}",
    "\u{1b}[2J\u{7f}",
    "\u{1c}\u{1d}\u{1e}\u{1f}",
    "\u{85}\u{9b}31m",
    "\u{202e}bidi\u{200b}\u{feff}",
    "\u{2028}\u{2029}",
    "😀",
    "é",
    "e\u{301}",
    "\\ud800",
    "\u{fffd}\u{ffff}\u{10ffff}",
    "NaN",
    "+Inf",
    "other",
    "none",
    "77kepQFQ8Kl",
    "!0IC=VloaY",
];

/// Text that is cut, and what becomes of it: the hashes are those of a SipHash-2-4 that is not ours.
fn long() -> [(String, String); 3] {
    let limit = "y".repeat(256);
    [
        (limit.clone(), limit),
        ("x".repeat(300), format!("{}~c9234452a810cded", "x".repeat(239))),
        ("é".repeat(200), format!("{}~d0f6e85677642b2d", "é".repeat(119))),
    ]
}

/// Any text of up to 240 bytes, mostly of characters that mean something to a parser.
pub fn any() -> impl Strategy<Value = String> {
    let marked: Vec<char> = "\"\\\n\r\t\0\u{1b}\u{202e}{}=,;# naN+-".chars().collect();
    let char = prop_oneof![3 => prop::sample::select(marked), 1 => prop::char::any()];
    prop::collection::vec(char, 0..60).prop_map(String::from_iter)
}

/// All of the above and 300 generated ones, always the same: what is recorded, and how it reads back.
pub fn all() -> Vec<(String, String)> {
    let mut runner = TestRunner::deterministic();
    let mut generated: Vec<String> =
        (0..300).map(|_| any().new_tree(&mut runner).unwrap().current()).collect();
    generated.extend(BY_HAND.iter().map(|text| (*text).to_owned()));
    generated.sort();
    generated.dedup();
    generated.into_iter().map(|text| (text.clone(), text)).chain(long()).collect()
}
