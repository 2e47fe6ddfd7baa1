//! The fields of a line by which Datadog's agent finds the container that it came from, and adds its tags.
//!
//! The container is found as Datadog's clients for Go, Ruby and Java find it. The prefix `ci-` of a
//! container's id is what the client for Python writes.

use crate::setting::{Given, SettingError};
use std::fs;
use std::path::Path;

/// The amount of its own tags that the agent adds to the metrics of a container.
///
/// The agent's documentation lists the [tags of each cardinality].
///
/// [tags of each cardinality]:
/// https://docs.datadoghq.com/containers/kubernetes/tag/#out-of-the-box-tags
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cardinality {
    /// No tags.
    None,
    /// Tags with few values, such as the image.
    Low,
    /// The tags of the pod or the task too.
    Orchestrator,
    /// The tags of the container too, such as its id.
    High,
}

impl Cardinality {
    pub(super) const NAMES: &[(&str, Cardinality)] = &[
        ("none", Cardinality::None),
        ("low", Cardinality::Low),
        ("orchestrator", Cardinality::Orchestrator),
        ("high", Cardinality::High),
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Cardinality::None => "none",
            Cardinality::Low => "low",
            Cardinality::Orchestrator => "orchestrator",
            Cardinality::High => "high",
        }
    }
}

#[cfg(feature = "pipeline")]
crate::setting::deserialize_by_name! {
    Cardinality: Cardinality::NAMES;
}

/// Checks a text that is sent as a field of its own.
///
/// # Errors
///
/// If it is empty, or has a `|`, which ends a field.
pub(crate) fn check_field(given: &Given) -> Result<(), SettingError> {
    let given = Given::not_empty(&given.name, &given.text)?;
    if given.text.contains('|') { Err(given.wrong("write it without `|`")) } else { Ok(()) }
}

/// Finds the container of this process: `ci-` and its id, or `in-` and the inode of its control group, from
/// which the agent finds the id. Returns `None` outside of containers.
pub(super) fn container_id() -> Option<String> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let process = Process {
        groups: read("/proc/self/cgroup"),
        mounts: read("/proc/self/mountinfo"),
        is_host: inode("/proc/self/ns/cgroup") == Some(HOST_NAMESPACE),
    };
    process.container_id("/sys/fs/cgroup")
}

/// The inode of the host's namespace of control groups, which the kernel fixes in `proc_ns.h`.
const HOST_NAMESPACE: u64 = 0xEFFF_FFFB;

/// The last inode that cannot be a control group: 0 is invalid, 1 has the bad blocks, 2 is a root.
const LAST_RESERVED: u64 = 2;

/// The files that describe a process and its control groups.
struct Process {
    /// The control groups, as `number:controllers:path`.
    groups: String,
    mounts: String,
    /// The process is in the host's namespace, which shows whole paths of control groups.
    is_host: bool,
}

impl Process {
    fn container_id(&self, controllers: &str) -> Option<String> {
        let id = self.groups.lines().find_map(container_of_group);
        let id = id.or_else(|| self.mounts.lines().find_map(container_of_mount));
        match id {
            Some(id) => Some(format!("ci-{id}")),
            None if self.is_host => None,
            None => self.group_inode(controllers).map(|inode| format!("in-{inode}")),
        }
    }

    /// Returns the inode of the control group: of `memory` in version 1, else of version 2.
    fn group_inode(&self, controllers: &str) -> Option<u64> {
        ["memory", ""].into_iter().find_map(|controller| {
            let mut groups = self.groups.lines().filter_map(group);
            let (_, path) = groups.find(|(name, _)| *name == controller)?;
            // Such a path leads out of the namespace.
            if path.split('/').any(|folder| folder == "..") {
                return None;
            }
            let folder = Path::new(controllers).join(controller).join(path.trim_start_matches('/'));
            inode(folder).filter(|inode| *inode > LAST_RESERVED)
        })
    }
}

/// Reads a file. It is empty if it cannot be read.
fn read(path: &str) -> String {
    fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

#[cfg(unix)]
fn inode(path: impl AsRef<Path>) -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).ok().map(|metadata| metadata.ino())
}

#[cfg(not(unix))]
fn inode(_: impl AsRef<Path>) -> Option<u64> {
    None
}

/// Splits a line of `/proc/self/cgroup` into the controllers and the path.
fn group(line: &str) -> Option<(&str, &str)> {
    let (number, rest) = line.split_once(':')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    rest.split_once(':').filter(|_| is_number)
}

/// Returns the id at the end of a control group's path, such as
/// `/kubepods.slice/cri-containerd-0123456789abcdef....scope`.
fn container_of_group(line: &str) -> Option<&str> {
    let (_, path) = group(line)?;
    let name = path.rsplit('/').next()?;
    id_at_end(name.strip_suffix(".scope").unwrap_or(name))
}

/// Returns the id of the container whose file `hostname` is mounted, as Docker and others do it.
fn container_of_mount(line: &str) -> Option<&str> {
    let (container, id) = line.split_ascii_whitespace().rev().find_map(|field| {
        let (folders, _) = field.rsplit_once("hostname")?;
        let mut folders = folders.rsplit('/').skip(1);
        let mut id = folders.next()?;
        for container in folders {
            if is_container(id) || is_task(id) {
                return Some((container, id));
            }
            id = container;
        }
        None
    })?;
    // The id of containerd's sandbox is that of the pod's network, and not of a container.
    (!matches!(container, "" | "sandboxes")).then_some(id)
}

/// Returns the id at the end of a text: a UUID (Garden), 64 digits (Docker, containerd and others), or 32
/// digits and a number (ECS).
fn id_at_end(text: &str) -> Option<&str> {
    let task = text.rsplit_once('-').and_then(|(before, number)| {
        let start = before.len().checked_sub(32)?;
        text.get(start..).filter(|id| !number.is_empty() && is_task(id))
    });
    tail(text, 36).filter(|id| is_uuid(id)).or_else(|| tail(text, 64).filter(|id| is_container(id))).or(task)
}

/// Returns the last bytes of a text.
fn tail(text: &str, length: usize) -> Option<&str> {
    text.get(text.len().checked_sub(length)?..)
}

fn is_container(id: &str) -> bool {
    id.len() == 64 && is_hex(id)
}

fn is_task(id: &str) -> bool {
    id.split_once('-').is_some_and(|(task, number)| {
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        task.len() == 32 && is_hex(task) && is_number
    })
}

fn is_uuid(id: &str) -> bool {
    let parts = id.split(['-', '_']).map(|part| if is_hex(part) { part.len() } else { 0 });
    parts.eq([8, 4, 4, 4, 12])
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    const TASK: &str = "0123456789abcdef0123456789abcdef-1234567890";
    const GARDEN: &str = "6f265890-5165-7fab-6b52-18d1a0c5d2aa";

    fn found(groups: &str, mounts: &str) -> Option<String> {
        let process = Process { groups: groups.to_owned(), mounts: mounts.to_owned(), is_host: true };
        process.container_id("/none/such")
    }

    #[test]
    fn the_control_group_names_the_container() {
        for (path, id) in [
            (format!("/docker/{ID}"), ID),
            (format!("/kubepods.slice/cri-containerd-{ID}.scope"), ID),
            (format!("/ecs/task/{TASK}"), TASK),
            (format!("/garden/{GARDEN}"), GARDEN),
            (format!("/kubepods/besteffort/pod{GARDEN}/{ID}"), ID),
        ] {
            let groups = format!("12:pids:/user.slice\n0::{path}\n");
            assert_eq!(found(&groups, ""), Some(format!("ci-{id}")), "{groups}");
        }
        for path in ["/", "/user.slice/session-2.scope", "/docker/0123456789abcdef", "/-1", ""] {
            assert_eq!(found(&format!("0::{path}\n"), ""), None, "{path}");
        }
        assert_eq!(found(&format!("x::/{ID}\n:{ID}\n{ID}"), ""), None);
        assert_eq!(found(&format!("0::/{}é{ID}", "a".repeat(40)), ""), Some(format!("ci-{ID}")));
    }

    #[test]
    fn the_mount_of_the_hosts_name_names_it_too() {
        let docker =
            format!("608 554 254:1 /docker/containers/{ID}/hostname /etc/hostname rw - ext4 /dev/a rw");
        assert_eq!(found("0::/\n", &docker), Some(format!("ci-{ID}")));
        let sandbox = format!("1 2 0:1 /containerd/sandboxes/{}/hostname /etc/hostname rw", "f".repeat(64));
        assert_eq!(found("0::/\n", &sandbox), None);
        assert_eq!(found("0::/\n", &format!("{sandbox}\n{docker}")), Some(format!("ci-{ID}")));
        assert_eq!(found("0::/\n", &format!("1 2 0:1 /a/{ID}/hosts /etc/hosts rw\n")), None);
    }

    #[cfg(unix)]
    #[test]
    fn in_a_namespace_of_its_own_the_inode_of_the_group_stands_for_it() {
        // Any folders will do for the file system of control groups.
        let controllers = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        let inode =
            |folder: &str| inode(Path::new(controllers).join(folder)).map(|inode| format!("in-{inode}"));
        let process =
            |groups: &str, is_host| Process { groups: groups.to_owned(), mounts: String::new(), is_host };
        let own = process("5:memory:/none\n0::/telemetry/src\n", false);
        assert_eq!(own.container_id(controllers), inode("telemetry/src"));
        assert_eq!(process("0::/\n", false).container_id(controllers), inode(""));
        assert_eq!(process("0::/telemetry/src\n", true).container_id(controllers), None);
        assert_eq!(process("0::/../telemetry\n", false).container_id(controllers), None);
        assert_eq!(process("4:cpu:/telemetry\n", false).container_id(controllers), None);
    }
}
