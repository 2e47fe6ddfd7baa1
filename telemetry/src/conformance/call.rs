//! A call that a conformance test made.

use super::arguments::Arguments;
use crate::event::Site;
use std::any::Any;
use std::fmt;

/// One call that was made.
pub(super) struct MadeCall<'a> {
    pub(super) site: &'static Site,
    pub(super) arguments: &'a Arguments,
    pub(super) by_hook: bool,
}

/// The most bytes of a call that are printed.
const PRINTED_MAX: usize = 400;

/// Prints the call.
impl fmt::Display for MadeCall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Arguments { labels, values, context } = self.arguments;
        let labels = labels.iter().copied();
        let values = values.iter().copied();
        let context = context.iter().copied();
        let schema = self.site.schema();
        let call = fmt::from_fn(|f| {
            schema.fmt_call(std::iter::empty(), labels.clone(), values.clone(), context.clone(), f)
        })
        .to_string();
        let how = if self.by_hook { "the hook with " } else { "" };
        write!(f, "{how}`{}`", cut(&call))
    }
}

/// Returns the start of a long call.
pub(super) fn cut(call: &str) -> impl fmt::Display {
    let printed = &call[..call.floor_char_boundary(PRINTED_MAX)];
    let rest = if printed.len() < call.len() { "..." } else { "" };
    fmt::from_fn(move |f| write!(f, "{printed}{rest}"))
}

/// Returns the message of a panic.
pub(super) fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("(no text)")
}
