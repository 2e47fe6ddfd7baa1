//! Reads input files: JSON, one value per line.

use crate::error::Error;
use serde::de::DeserializeOwned;
use std::fs;
use std::path::Path;

/// Reads a whole file. One bad line refuses it all: half an input would be a wrong result that
/// looks like a right one.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, Error> {
    let file = path.display().to_string();
    match fs::read_to_string(path) {
        Ok(text) => parse(&file, &text),
        Err(cause) => Err(Error::Read { file, cause }),
    }
}

/// Parses `text`, the contents of `file`; empty lines are skipped.
pub(crate) fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<Vec<T>, Error> {
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(index, line)| {
            serde_json::from_str(line).map_err(|cause| Error::Line {
                file: file.to_owned(),
                line: index + 1,
                cause,
            })
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use crate::events::Event;

    const GOOD: &str =
        r#"{"id":"evt_1","type":"email.sent","user_id":"user_01","occurred_at":5000,"payload":{}}"#;

    #[test]
    fn empty_lines_are_skipped() {
        let events: Vec<Event> = parse("events.jsonl", &format!("{GOOD}\n\n{GOOD}\n")).unwrap();
        assert_eq!(events.len(), 2);
    }

    #[test]
    fn a_bad_line_is_named() {
        let cases = [
            ("{\"id\":", "events.jsonl:3:6: EOF while parsing a value"),
            ("{\"id\":\"evt_2\"}", "events.jsonl:3:14: missing field `type`"),
            (
                "{\"id\":\"evt_2\",\"occurred_at\":-5}",
                "events.jsonl:3:31: -5 is no time in milliseconds since 1970, which is 0..=253402300799999",
            ),
        ];
        for (line, message) in cases {
            let error = parse::<Event>("events.jsonl", &format!("{GOOD}\n\n{line}\n")).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = read::<Event>(Path::new("no/such/file.jsonl")).unwrap_err();
        assert!(error.to_string().starts_with("cannot read no/such/file.jsonl: "), "{error}");
    }
}
