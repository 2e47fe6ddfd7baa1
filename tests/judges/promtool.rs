//! `promtool check metrics`, which reads the text format with the parser of Prometheus' Go client.

use crate::tool::{self, Process};
use std::io::{Read, Write};
use std::process::Stdio;
use std::thread;

/// Why the text is refused: a syntax error, or a lint. There is no lint that our names may break.
pub fn check(text: &str) -> Result<(), String> {
    let mut promtool = tool::program("bin/promtool");
    promtool.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut process = Process::start(&mut promtool);
    let mut stdin = process.0.stdin.take().unwrap();
    let text = text.to_owned();
    // It may stop reading at the first error.
    let writing = thread::spawn(move || drop(stdin.write_all(text.as_bytes())));
    let mut said = String::new();
    process.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    writing.join().unwrap();
    let status = process.0.wait().unwrap();
    if status.success() && said.is_empty() { Ok(()) } else { Err(format!("{status}: {said}")) }
}
