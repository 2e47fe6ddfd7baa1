//! The rules about labels and `#[derive(Label)]`.

use super::Message;
use std::fmt::Display;

rules! {
    // Labels.
    label_key(key, reason)
        "label key `{key}` {reason}"
        "write letters, digits and `_`, with dots between, such as `event_type` or `http.route`";
    reserved_label(key)
        "label `{key}` is reserved"
        "choose another name: Prometheus writes this label itself";
    scraped_label(key)
        "a scrape adds `{key}` to each series, and renames this label to `exported_{key}`"
        "choose another key, such as `{key}_name`, or leave it to who scrapes or to OTLP's resource";
    log_key(key)
        "label key `{key}` is taken by the log line"
        "rename it with `#[label(name = \"...\")]`, or say `#[log(off)]`";
    log_constant_key(key)
        "constant label `{key}` is taken by the log line"
        "choose another key, or say `#[log(off)]`: CloudWatch's format writes constants beside it";
    log_value_key(name)
        "the name `{name}` is taken by the log line"
        "rename the parameter, or say `#[log(off)]`";
    label_without_cap(param)
        "label `{param}` is an open set without a cap"
        "add `#[label(cap = 64)]`: after that many distinct values a new one counts as `other`";
    label_integer(param)
        "label `{param}` is an integer without a range"
        "add `#[label(range = 0..=9)]` or `#[label(cap = 64)]`: what is outside counts as `other`";
    label_number(ty)
        "`{ty}` cannot be a label: a number without bounds makes series without bounds"
        "make it a value, or take an enum with `#[derive(Label)]`";
    label_owned(ty)
        "`{ty}` cannot be a label: labels are `Copy`"
        "take `&str` with `#[label(cap = 64)]`, or an enum with `#[derive(Label)]`";
    label_bytes(ty)
        "`{ty}` cannot be a label: it is not text"
        "take `&str` with `#[label(cap = 64)]`, and convert with `to_string_lossy()` at the call";
    label_char(ty)
        "`{ty}` cannot be a label"
        "take an enum with `#[derive(Label)]`, `bool`, or `&str` with `#[label(cap = 64)]`";
    reference(ty, written)
        "`{ty}` cannot be a label or a value"
        "remove `{written}`: labels and values are `Copy`";
    nameless_type(ty)
        "`{ty}` cannot be a label or a value"
        "take an enum with `#[derive(Label)]`, `&str` with a cap, or a number";
    option_twice()
        "an `Option` stands in an `Option`"
        "take one: a label has one value for none";
    label_or_value(param)
        "`{param}` cannot be a label and a value"
        "remove `#[label]` or `#[value]`";
    label_conflict(one, other)
        "`{one}` and `{other}` cannot stand together"
        "remove one: a label's set is said once";
    label_needs(key, other)
        "`{key}` needs `{other}`"
        "add `{other} = 64`, or remove `{key}`";
    none_without_option(param)
        "label `{param}` is never absent"
        "remove `none`, or make the type an `Option`";
    cap_size(max)
        "a cap is 1 to {max}"
        "write `cap = 64`: as many distinct values are kept apart";
    known_size(count, cap)
        "{count} known values do not fit under a cap of {cap}"
        "raise `cap` to at least {count}";
    known_twice(value)
        "known value {value} is given twice"
        "remove one";
    known_other(value)
        "known value {value} is the one for all past the cap"
        "remove it: that value is there already";
    known_length(value, len)
        "known value {value} would be cut"
        "raise `max_len` to at least {len}";
    label_text(value, reason)
        "label value {value} {reason}"
        "write 1 to 256 bytes without control characters";
    values_empty()
        "`values` lists no text"
        "write the texts that the label can have, such as `values = [\"single\", \"since\"]`";
    values_other(value)
        "label value {value} stands for all other texts"
        "remove it: that value is there already";
    values_of_integer()
        "`values` lists texts, and this is an integer"
        "write `range = 0..=9`";
    range_bounds()
        "`range` needs two integers, the first not above the second"
        "write `range = 0..=9`";
    range_of_text()
        "`range` is for integers, and this is text"
        "write `cap = 64`";
    range_size(max)
        "a range has at most {max} values"
        "narrow it, or use `cap`";
    max_len_size()
        "`max_len` is 32 to 4096 bytes"
        "write `max_len = 64`";
    two_caps(key, first)
        "label `{key}` has another set in `{first}`, and both methods feed one instrument"
        "say the same in both, or make a type: `#[derive(Label)] #[label(cap = 64)] struct ...`";

    // `#[derive(Label)]`.
    derive_union(name)
        "`{name}` cannot be a label: it is a union"
        "make it an enum without fields";
    derive_empty(name)
        "`{name}` has no variants"
        "add one: a label has a value in every call";
    derive_fields(variant)
        "variant `{variant}` has fields"
        "remove them: a closed set is finite; take what varies as a second label";
    derive_generic(name)
        "`{name}` cannot have type parameters"
        "remove them: a label type has one set of values";
    derive_field_attribute(name)
        "`#[label]` stands on a field"
        "put it above `struct {name}`";
    derive_newtype(name)
        "`{name}` is not a newtype"
        "give it one unnamed field, text or an integer: `struct {name}<'a>(pub &'a str);`";
    derive_several_fields(name, count)
        "`{name}` has {count} fields, and a label has one value"
        "make a type and a parameter of each: `struct Tenant<'a>(pub &'a str);`";
    derive_without_cap(name)
        "`{name}` is an open set without a cap"
        "add `#[label(cap = 64)]`, or `#[label(range = 0..=9)]` for an integer";
    derive_value_twice(value, first)
        "label value {value} is given twice"
        "`{first}` has it; set another with `#[label(rename = \"...\")]`";
    derive_two_others(first)
        "two variants are `other`"
        "remove it here: `{first}` is the one";
    rename_all(text, instead)
        "unknown case {text}"
        "{instead}";
}
