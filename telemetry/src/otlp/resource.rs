//! The attributes of the resource, which identify the sender.

use super::proto::{AnyValue, KeyValue, Resource};
use crate::sync::unpoisoned;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::Mutex;
use std::{env, process};
use tokio_rustls::rustls::crypto;

/// The attribute that names the service.
pub(super) const SERVICE_NAME: &str = "service.name";

/// The attribute that tells replicas of a service apart. Without it, their totals would be one series.
const SERVICE_INSTANCE: &str = "service.instance.id";

/// Returns the attributes that every sender has, then the configured ones. The last value of a key counts.
///
/// The SDK name `opentelemetry` is reserved for OpenTelemetry's own SDKs.
/// See <https://opentelemetry.io/docs/specs/semconv/resource/#telemetry-sdk>.
pub(super) fn resource(configured: &[(String, String)]) -> Resource {
    let unnamed = format!("unknown_service{}", program().map(|name| format!(":{name}")).unwrap_or_default());
    let instance = instance();
    let mut attributes: Vec<(&str, &str)> = vec![
        (SERVICE_NAME, &unnamed),
        (SERVICE_INSTANCE, &instance),
        ("telemetry.sdk.language", "rust"),
        ("telemetry.sdk.name", env!("CARGO_PKG_NAME")),
        ("telemetry.sdk.version", env!("CARGO_PKG_VERSION")),
    ];
    for (key, value) in configured {
        let key = key.trim();
        let value = value.trim();
        match attributes.iter_mut().find(|(known, _)| *known == key) {
            Some(known) => known.1 = value,
            None => attributes.push((key, value)),
        }
    }
    let attributes = attributes.into_iter().map(|(key, value)| attribute(key, value)).collect();
    Resource { attributes }
}

/// Creates an attribute.
pub(super) fn attribute(key: &str, value: impl Into<String>) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { string_value: Some(value.into()) }) }
}

/// Returns the ID of this process, which all exporters share: a random UUID of version 4, as the
/// [conventions] recommend. A forked process has another one.
///
/// [conventions]: https://opentelemetry.io/docs/specs/semconv/resource/#service
fn instance() -> String {
    static KNOWN: Mutex<Option<(u32, String)>> = Mutex::new(None);
    let mut known = unpoisoned(KNOWN.lock());
    let this = process::id();
    match &*known {
        Some((process, uuid)) if *process == this => uuid.clone(),
        _ => known.insert((this, uuid())).1.clone(),
    }
}

/// Creates a UUID of version 4 from the system's random bytes.
fn uuid() -> String {
    let mut bytes = [0; 16];
    if crypto::ring::default_provider().secure_random.fill(&mut bytes).is_err() {
        // The keys of the standard library's hasher are random too.
        for (word, bytes) in (0_u64..).zip(bytes.chunks_exact_mut(8)) {
            bytes.copy_from_slice(&RandomState::new().hash_one(word).to_be_bytes());
        }
    }
    let version_and_variant = (0xf_u128 << 76) | (0x3 << 62);
    let bits = u128::from_be_bytes(bytes) & !version_and_variant | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// Returns the name of the program.
fn program() -> Option<String> {
    let path = env::current_exe().ok()?;
    let name = path.file_name()?.to_string_lossy().into_owned();
    // Linux adds this if the file of the program was replaced or removed since its start.
    let replaced = name.strip_suffix(" (deleted)").filter(|_| !path.exists());
    Some(replaced.unwrap_or(&name).to_owned())
}

#[cfg(test)]
#[allow(clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    #[test]
    fn a_configured_attribute_replaces_a_default_and_a_key_comes_once() {
        let configured = [("service.name", "first"), ("zone", "b"), ("service.name", "mailer")];
        let configured = configured.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let found = resource(&configured).attributes;
        assert_eq!(found[0], attribute("service.name", "mailer"));
        assert_eq!(found.last(), Some(&attribute("zone", "b")));
        assert_eq!(found.len(), 6);
        let unnamed = resource(&[]).attributes.swap_remove(0);
        let name = unnamed.value.and_then(|value| value.string_value).unwrap();
        assert!(name.starts_with("unknown_service:telemetry-"), "{name}");
    }

    #[test]
    fn a_process_has_one_random_uuid_and_another_may_be_configured() {
        let id = |configured: &[(String, String)]| {
            let attributes = resource(configured).attributes;
            let found = attributes.into_iter().find(|attribute| attribute.key == SERVICE_INSTANCE).unwrap();
            found.value.and_then(|value| value.string_value).unwrap()
        };
        assert_eq!(id(&[]), id(&[]));
        assert_eq!(id(&[(SERVICE_INSTANCE.to_owned(), "mine".to_owned())]), "mine");
        let mut seen: Vec<_> = (0..100).map(|_| uuid()).collect();
        for uuid in &seen {
            let parts: Vec<_> = uuid.split('-').collect();
            assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{uuid}");
            assert!(parts[2].starts_with('4') && parts[3].starts_with(['8', '9', 'a', 'b']), "{uuid}");
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 100);
    }
}
