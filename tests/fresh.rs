//! Files that are kept beside the code and made from it.

use std::path::Path;

/// Fails unless the file, by its path in this package, holds this text; `TELEMETRY_UPDATE=1` writes it.
#[track_caller]
pub fn assert_fresh(path: &str, contents: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("TELEMETRY_UPDATE").is_some_and(|update| update == "1") {
        std::fs::write(&file, contents).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    let differs = kept.lines().zip(contents.lines()).position(|(kept, made)| kept != made);
    let line = differs.unwrap_or_else(|| kept.lines().count().min(contents.lines().count()));
    assert!(
        kept == contents,
        "{path} is not what the declaration makes: line {} is now {:?}; TELEMETRY_UPDATE=1 writes it anew",
        line + 1,
        contents.lines().nth(line).unwrap_or_default()
    );
}
