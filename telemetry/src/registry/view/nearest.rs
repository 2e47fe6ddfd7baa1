//! Finds the name that was probably meant.

/// Returns the known name that is nearest: at most a third of it, and three letters, away.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let distances = known.map(|known| (distance(name, known), known));
    let close = distances.filter(|(distance, known)| *distance <= (known.len() / 3).clamp(1, 3));
    close.min_by_key(|(distance, _)| *distance).map(|(_, known)| known)
}

/// Returns the edit distance of two names.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (at, a) in a.chars().enumerate() {
        let mut before = row[0];
        row[0] = at + 1;
        for (column, b) in b.iter().enumerate() {
            let replaced = before + usize::from(a != *b);
            before = row[column + 1];
            row[column + 1] = replaced.min(before + 1).min(row[column] + 1);
        }
    }
    row[b.len()]
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_if_it_is_near() {
        let known = ["http_requests", "http_responses", "jobs"];
        assert_eq!(nearest("http_request", known.into_iter()), Some("http_requests"));
        assert_eq!(nearest("http_resonses", known.into_iter()), Some("http_responses"));
        assert_eq!(nearest("job", known.into_iter()), Some("jobs"));
        assert_eq!(nearest("http_rows", known.into_iter()), None);
        assert_eq!([distance("", "ab"), distance("kitten", "sitting"), distance("a", "a")], [2, 3, 0]);
    }
}
