//! The events that users want to hear of: what happened, to whom, when.

use crate::clock::Time;
use serde::Deserialize;

/// One line of the events file.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) user_id: String,
    pub(crate) occurred_at: Time,
    pub(crate) payload: serde_json::Value,
}

#[cfg(test)]
impl Event {
    /// An event of `user_01`, with an empty payload.
    pub(crate) fn example(id: &str, kind: &str, occurred_at: Time) -> Self {
        Self {
            id: id.to_owned(),
            kind: kind.to_owned(),
            user_id: "user_01".to_owned(),
            occurred_at,
            payload: serde_json::json!({}),
        }
    }
}
