//! The rules of label texts that come from a constant, which no macro can see.

use super::{Arg, TEXTS_EMPTY, TEXTS_OTHER, TEXTS_SIZE, TEXTS_TEXT, TEXTS_TWICE, fail};
use crate::label::{Domain, LabelSet};
use crate::schema::text::same_from_the_end as same;

/// The most bytes of a text.
const TEXT_MAX: usize = 256;

/// Checks the texts of a label's set.
#[track_caller]
pub const fn texts(set: &LabelSet) {
    match *set {
        LabelSet::Closed(texts) => {
            if texts.len() < 2 {
                fail(&TEXTS_EMPTY, &[]);
            }
            let (other, listed) = match texts.split_last() {
                Some((other, listed)) => (*other, listed),
                None => ("", texts),
            };
            each(listed, other, TEXT_MAX);
        }
        LabelSet::Open(domain) => known(domain),
        LabelSet::Range { .. } => {}
    }
}

#[track_caller]
const fn known(domain: &Domain) {
    let count = domain.known.len() as u64;
    if count > domain.cap as u64 {
        fail(&TEXTS_SIZE, &[Arg::Number(count), Arg::Number(domain.cap as u64), Arg::Number(count)]);
    }
    let max = if domain.max_len < TEXT_MAX { domain.max_len } else { TEXT_MAX };
    each(domain.known, domain.other, max);
}

/// Checks that each text can be a value, and stands there once. `other` is the value for all others.
#[track_caller]
const fn each(texts: &[&str], other: &str, max: usize) {
    let mut at = 0;
    while at < texts.len() {
        let text = texts[at];
        if !is_text(text, max) {
            fail(&TEXTS_TEXT, &[Arg::Text(text), Arg::Number(max as u64)]);
        }
        if same(text, other) {
            fail(&TEXTS_OTHER, &[Arg::Text(text)]);
        }
        let mut earlier = 0;
        while earlier < at {
            if same(texts[earlier], text) {
                fail(&TEXTS_TWICE, &[Arg::Text(text)]);
            }
            earlier += 1;
        }
        at += 1;
    }
}

/// Returns whether a text can be a label's value. The control characters are those of ASCII and of Latin-1.
const fn is_text(text: &str, max: usize) -> bool {
    let bytes = text.as_bytes();
    if bytes.is_empty() || bytes.len() > max {
        return false;
    }
    let mut at = 0;
    while at < bytes.len() {
        // U+0080 to U+009F are 0xC2 and one of 0x80 to 0x9F.
        let is_latin = bytes[at] == 0xc2 && at + 1 < bytes.len() && bytes[at + 1] < 0xa0;
        if bytes[at].is_ascii_control() || is_latin {
            return false;
        }
        at += 1;
    }
    true
}
