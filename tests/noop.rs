//! `NoOp` costs nothing: the machine code of its calls is that of an empty function. Context costs a registry
//! nothing.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// Instructions by function, of the crate `telemetry-codegen` as a release build has it.
struct Assembly {
    functions: BTreeMap<String, Vec<String>>,
    aliases: BTreeMap<String, String>,
}

impl Assembly {
    fn build() -> Self {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("codegen");
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args(["rustc", "--release", "--locked", "--quiet", "--package", "telemetry-codegen"])
            .arg("--target-dir")
            .arg(&target);
        cargo.args(["--", "--emit=asm", "-Ccodegen-units=1"]).env_remove("RUSTFLAGS");
        assert!(cargo.status().unwrap().success());
        let files = fs::read_dir(target.join("release/deps")).unwrap().map(|entry| entry.unwrap().path());
        let assembly = files.filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.starts_with("telemetry_codegen")
                && path.extension().is_some_and(|extension| extension == "s")
        });
        // An older build may have left its own.
        let file = assembly.max_by_key(|path| fs::metadata(path).unwrap().modified().unwrap());
        Self::parse(&fs::read_to_string(file.unwrap()).unwrap())
    }

    /// Labels begin a function, `.cfi_endproc` ends it; `.set` or `=` names a function that was merged with
    /// another.
    fn parse(text: &str) -> Self {
        let mut assembly = Assembly { functions: BTreeMap::new(), aliases: BTreeMap::new() };
        let mut current: Option<(String, Vec<String>)> = None;
        for line in text.lines().map(|line| line.split('#').next().unwrap_or_default().trim()) {
            let directive = line.starts_with('.');
            let set = line.strip_prefix(".set").and_then(|rest| rest.split_once(','));
            if let Some((alias, of)) = set.or_else(|| line.split_once(" = ")) {
                assembly.aliases.insert(alias.trim().to_owned(), of.trim().to_owned());
            } else if line == ".cfi_endproc" {
                assembly.functions.extend(current.take());
            } else if let Some(label) = line.strip_suffix(':').filter(|_| !directive) {
                current = Some((label.trim_matches('"').to_owned(), Vec::new()));
            } else if let Some((_, code)) = current.as_mut().filter(|_| !directive && !line.is_empty()) {
                code.push(line.to_owned());
            }
        }
        assembly
    }

    /// The code of the one function whose symbol has all these parts, through aliases.
    fn code(&self, parts: &[&str]) -> &[String] {
        let has_all = |symbol: &&String| parts.iter().all(|part| symbol.contains(part));
        let symbols: Vec<&String> =
            self.functions.keys().chain(self.aliases.keys()).filter(has_all).collect();
        let [symbol] = symbols.as_slice() else { panic!("one symbol with {parts:?}, not {symbols:?}") };
        let symbol = self.aliases.get(*symbol).unwrap_or(symbol);
        &self.functions[symbol]
    }
}

#[test]
fn a_call_of_noop_is_an_empty_function() {
    let assembly = Assembly::build();
    let empty = assembly.code(&["codegen_empty"]);
    assert_eq!(empty.len(), 1, "a return and nothing else: {empty:?}");
    assert_eq!(assembly.code(&["codegen_noop_static"]), empty);
    assert_eq!(assembly.code(&["codegen_noop_held"]), empty);
    for method in ["failures", "requests", "set_lag", "losses"] {
        assert_eq!(
            assembly.code(&["NoOp", "Metrics", method]),
            empty,
            "what a `dyn` call of {method} ends in"
        );
    }
    assert!(assembly.code(&["codegen_log_static"]).len() > 20, "the control");
}

#[test]
fn a_guard_of_noop_reads_no_clock_and_is_an_empty_function() {
    let assembly = Assembly::build();
    assert_eq!(assembly.code(&["codegen_noop_guards"]), assembly.code(&["codegen_empty"]));
    assert!(assembly.code(&["codegen_log_guards"]).len() > 40, "the control");
    // Of the string that keeps an open label, the check of its length is left, and no allocation.
    let kept = assembly.code(&["codegen_noop_kept"]);
    assert!(kept.len() < 12, "{kept:?}");
    assert!(!kept.iter().any(|line| line.contains("rust_alloc@") || line.contains("memcpy")), "{kept:?}");
}

#[test]
fn a_guard_of_a_registry_passes_no_edge_out_of_line() {
    let assembly = Assembly::build();
    let calls = |function| -> Vec<&String> {
        assembly.code(&[function]).iter().filter(|line| line.starts_with("call")).collect()
    };
    let registry = calls("codegen_registry_guards");
    for counts in ["start_in_flight", "end_in_flight"] {
        assert!(registry.iter().any(|call| call.contains(counts)), "{registry:?}");
    }
    // What is left of an edge is its count.
    assert!(
        !registry.iter().any(|call| call.contains("guard_edge") || call.contains("GuardStart")),
        "{registry:?}"
    );
}

/// Labels and local symbols are numbered, and differ from function to function.
fn instructions(code: &[String]) -> Vec<&str> {
    code.iter().map(|line| line.split_whitespace().next().unwrap_or_default()).collect()
}

#[test]
fn a_counter_of_a_registry_has_the_same_code_with_context() {
    let assembly = Assembly::build();
    let plain = instructions(assembly.code(&["codegen_registry_plain"]));
    let context = instructions(assembly.code(&["codegen_registry_context"]));
    assert!(plain.len() > 10, "the control: {plain:?}");
    assert_eq!(plain, context);
}
