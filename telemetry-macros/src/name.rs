//! Names: which are allowed, how words change their case, and which name was meant.

/// Label keys that Prometheus writes itself.
pub const RESERVED_LABELS: &[&str] = &["le", "quantile"];

/// Label keys that a scrape adds to each series. It renames a label of ours to `exported_job`.
pub const SCRAPED_LABELS: &[&str] = &["job", "instance"];

/// Keys that the log line itself uses.
pub const LOG_KEYS: &[&str] =
    &["event", "gauge", "value", "summary", "silent", "message", "level", "time", "target", "_aws"];

/// The keys that stand next to constant labels, in CloudWatch's format.
pub const LOG_KEYS_BESIDE_CONSTANTS: &[&str] = &["event", "gauge", "summary", "_aws"];

/// Returns a name or key as Prometheus has it: with `_` in place of each dot. The library decides that in
/// `schema/name.rs`, which a macro cannot call.
pub fn in_prometheus(text: &str) -> String {
    text.replace('.', "_")
}

/// Returns true if Prometheus takes two keys for one.
pub fn is_same_key(one: &str, other: &str) -> bool {
    in_prometheus(one) == in_prometheus(other)
}

/// Explains why a text is not a label key: as [`fault`] of what Prometheus makes of it, and each dot joins
/// two words.
pub fn key_fault(key: &str) -> Option<String> {
    if key.starts_with('.') || key.ends_with('.') {
        Some("has a `.` at an end".to_owned())
    } else if key.contains("..") {
        Some("has two dots in a row".to_owned())
    } else {
        fault(&in_prometheus(key))
    }
}

/// Explains why a text is not a metric name or label key of Prometheus' legacy charset,
/// `[a-zA-Z_][a-zA-Z0-9_]*`.
pub fn fault(name: &str) -> Option<String> {
    let first = name.chars().next();
    if let Some(c) = name.chars().find(|c| !(c.is_ascii_alphanumeric() || *c == '_')) {
        return Some(format!("has `{}` in it", c.escape_debug()));
    }
    match first {
        None => Some("is empty".to_owned()),
        Some(c) if c.is_ascii_digit() => Some("begins with a digit".to_owned()),
        Some(_) if name.starts_with("__") => Some("begins with `__`, which is reserved".to_owned()),
        Some(_) => None,
    }
}

/// Explains why a text is not a metric name: as [`key_fault`], and the words must be `snake_case`.
pub fn metric_fault(name: &str) -> Option<String> {
    key_fault(name).or_else(|| {
        if name.chars().any(|c| c.is_ascii_uppercase()) {
            Some("has a capital letter in it".to_owned())
        } else if name
            .split('.')
            .any(|words| words.ends_with('_') || words.starts_with('_') || words.contains("__"))
        {
            Some("has a `_` that joins no words".to_owned())
        } else {
            None
        }
    })
}

/// Explains why a text is not a metric name or a namespace. A name without suffixes is one that a service
/// has: it may have capital letters.
pub fn written_fault(name: &str, has_suffixes: bool) -> Option<String> {
    if has_suffixes { metric_fault(name) } else { key_fault(name) }
}

/// Explains why a text cannot be a label's value.
pub fn text_fault(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        Some("is empty")
    } else if text.len() > 256 {
        Some("is longer than 256 bytes")
    } else if text.chars().any(char::is_control) {
        Some("has a control character in it")
    } else {
        None
    }
}

/// A way to join and capitalise the words of a name.
pub struct Case {
    /// The name in `rename_all`, written in the case itself.
    pub name: &'static str,
    join: &'static str,
    first: fn(&str) -> String,
    rest: fn(&str) -> String,
}

/// The cases of `rename_all`, as serde names them.
pub const CASES: &[Case] = &[
    Case { name: "snake_case", join: "_", first: lower, rest: lower },
    Case { name: "kebab-case", join: "-", first: lower, rest: lower },
    Case { name: "lowercase", join: "", first: lower, rest: lower },
    Case { name: "UPPERCASE", join: "", first: upper, rest: upper },
    Case { name: "camelCase", join: "", first: lower, rest: title },
    Case { name: "PascalCase", join: "", first: title, rest: title },
    Case { name: "SCREAMING_SNAKE_CASE", join: "_", first: upper, rest: upper },
    Case { name: "SCREAMING-KEBAB-CASE", join: "-", first: upper, rest: upper },
];

/// Lists all cases for a message, on two lines, since one is too short.
pub fn cases() -> String {
    let quoted: Vec<String> = CASES.iter().map(|case| format!("`{}`", case.name)).collect();
    let (first, last) = quoted.split_at(quoted.len() - 2);
    format!("{},\n      {}", first.join(", "), last.join(" or "))
}

impl Case {
    pub fn apply(&self, ident: &str) -> String {
        let words = words(ident);
        let cased = words.iter().enumerate();
        let cased =
            cased.map(|(index, word)| if index == 0 { (self.first)(word) } else { (self.rest)(word) });
        cased.collect::<Vec<_>>().join(self.join)
    }
}

/// Converts a `snake_case` name to `PascalCase`.
pub fn pascal_case(name: &str) -> String {
    name.split('_').map(title).collect()
}

fn lower(word: &str) -> String {
    word.to_lowercase()
}

fn upper(word: &str) -> String {
    word.to_uppercase()
}

fn title(word: &str) -> String {
    let mut chars = word.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(lower(chars.as_str()).chars()).collect())
}

/// Splits a `CamelCase` name into words; a run of capitals is one word: `HTTPError` is `HTTP`, `Error`.
fn words(ident: &str) -> Vec<String> {
    let chars: Vec<char> = ident.chars().collect();
    let mut words: Vec<String> = Vec::new();
    for (index, c) in chars.iter().enumerate() {
        let after_lower = index > 0 && !chars[index - 1].is_uppercase();
        let before_lower = chars.get(index + 1).is_some_and(|next| next.is_lowercase());
        let starts = words.is_empty() || (c.is_uppercase() && (after_lower || before_lower));
        match words.last_mut() {
            _ if *c == '_' => words.push(String::new()),
            Some(word) if !starts || word.is_empty() => word.push(*c),
            _ => words.push(c.to_string()),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Finds the known name that was probably meant: at most a third of it, and three letters, away.
pub fn nearest<'a, T: AsRef<str>>(name: &str, known: &'a [T]) -> Option<&'a str> {
    let close = |known: &&str| distance(name, known) <= (known.len() / 3).clamp(1, 3);
    known.iter().map(AsRef::as_ref).filter(close).min_by_key(|known| distance(name, known))
}

/// Returns the edit distance of two names, a swap of neighbours counted as one edit.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_become_values() {
        let snake = &CASES[0];
        assert_eq!(snake.apply("ListWebhooks"), "list_webhooks");
        assert_eq!(snake.apply("HTTPError"), "http_error");
        assert_eq!(snake.apply("Http2Only"), "http2_only");
        assert_eq!(snake.apply("Oauth"), "oauth");
        assert_eq!(snake.apply("A_B"), "a_b");
        // The table in the trait's documentation.
        let cased: Vec<String> = CASES.iter().map(|case| case.apply("ListWebhooks")).collect();
        let expected = [
            "list_webhooks",
            "list-webhooks",
            "listwebhooks",
            "LISTWEBHOOKS",
            "listWebhooks",
            "ListWebhooks",
            "LIST_WEBHOOKS",
            "LIST-WEBHOOKS",
        ];
        assert_eq!(cased, expected);
        for case in CASES {
            let words = ["snake_case", "kebab-case", "camelCase", "PascalCase"];
            if words.contains(&case.name) {
                let ident: String = case.name.split(['_', '-']).map(title).collect();
                let ident = if case.name == "camelCase" { "CamelCase".to_owned() } else { ident };
                let ident = if case.name == "PascalCase" { "PascalCase".to_owned() } else { ident };
                assert_eq!(case.apply(&ident), case.name);
            }
        }
    }

    #[test]
    fn a_misspelt_name_is_recognised() {
        let known = ["counter", "gauge", "up_down_counter", "histogram", "log", "alert"];
        assert_eq!(nearest("countr", &known), Some("counter"));
        assert_eq!(nearest("guage", &known), Some("gauge"));
        assert_eq!(nearest("histgram", &known), Some("histogram"));
        assert_eq!(nearest("inline", &known), None);
        assert_eq!(nearest("cold", &known), None);
    }
}
