//! Where it ran.

use std::fs;
use std::thread;

/// Cores that this process may use.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Keeps this thread on a core that no other thread of the run has, if the system lets it: two that share a
/// core do not contend for anything.
pub fn stay(thread: usize) {
    #[cfg(target_os = "linux")]
    {
        use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
        let allowed = sched_getaffinity(None).unwrap_or_default();
        let mut cores = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core)).cycle().skip(thread);
        if let Some(core) = cores.next() {
            let mut one = CpuSet::new();
            one.set(core);
            // Without it the rounds in which threads shared a core are left out, that is all.
            _ = sched_setaffinity(None, &one);
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = thread;
}

/// The processor, the cores and the system, in a line.
pub fn description() -> String {
    let information = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = information.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let model = field("model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    // A virtual machine's model name may say little.
    let family = field("cpu family")
        .zip(field("model"))
        .map(|(family, model)| format!(" (family {family}, model {model})"));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!(
        "{model}{}, {} cores, {} {}",
        family.unwrap_or_default(),
        cores(),
        std::env::consts::OS,
        kernel.trim()
    )
}
