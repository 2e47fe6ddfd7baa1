//! Runs one test in a process of its own, where nothing else has threads, descriptors or memory.

use std::env;
use std::path::Path;
use std::process::Command;

/// Set in the process that a test starts, which is this binary again.
const CHILD: &str = "TELEMETRY_OTLP_CHILD";

/// Whether this is that process.
pub fn is_child() -> bool {
    env::var_os(CHILD).is_some()
}

/// Runs a test of this binary alone, with these variables; it has to pass.
pub fn run(test: &str, variables: &[(&str, &str)]) {
    run_as(&env::current_exe().unwrap(), test, variables);
}

/// The same, of a copy of this binary.
pub fn run_as(program: &Path, test: &str, variables: &[(&str, &str)]) {
    let mut command = Command::new(program);
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]).env(CHILD, "1");
    let output = command.envs(variables.iter().copied()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("1 passed"), "no test has this name: {said}");
}
