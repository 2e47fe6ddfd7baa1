//! Who sends: the resource's attributes.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use std::env;

/// The attribute that names the service.
pub(super) const SERVICE_NAME: &str = "service.name";

/// The attributes that every sender has, then those that are configured; of one key, the last one counts.
///
/// The name `opentelemetry` for the SDK is reserved for OpenTelemetry's own ones.
/// See <https://opentelemetry.io/docs/specs/semconv/resource/#telemetry-sdk>.
pub(super) fn resource(configured: &[(String, String)]) -> Resource {
    let unnamed = format!("unknown_service{}", program().map(|name| format!(":{name}")).unwrap_or_default());
    let mut attributes: Vec<(&str, &str)> = vec![
        (SERVICE_NAME, &unnamed),
        ("telemetry.sdk.language", "rust"),
        ("telemetry.sdk.name", env!("CARGO_PKG_NAME")),
        ("telemetry.sdk.version", env!("CARGO_PKG_VERSION")),
    ];
    for (key, value) in configured {
        let (key, value) = (key.trim(), value.trim());
        match attributes.iter_mut().find(|(known, _)| *known == key) {
            Some(known) => known.1 = value,
            None => attributes.push((key, value)),
        }
    }
    let attributes = attributes.into_iter().map(|(key, value)| attribute(key, value)).collect();
    Resource { attributes, ..Resource::default() }
}

pub(super) fn attribute(key: &str, value: impl Into<String>) -> KeyValue {
    let value = Some(AnyValue { value: Some(Value::StringValue(value.into())) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}

fn program() -> Option<String> {
    Some(env::current_exe().ok()?.file_name()?.to_string_lossy().into_owned())
}

#[cfg(test)]
#[allow(clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    #[test]
    fn what_is_configured_replaces_a_default_and_a_key_comes_once() {
        let configured = [("service.name", "first"), ("zone", "b"), ("service.name", "mailer")];
        let configured = configured.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let found = resource(&configured).attributes;
        assert_eq!(found[0], attribute("service.name", "mailer"));
        assert_eq!(found.last(), Some(&attribute("zone", "b")));
        assert_eq!(found.len(), 5);
        let unnamed = resource(&[]).attributes.swap_remove(0);
        let Some(AnyValue { value: Some(Value::StringValue(name)) }) = unnamed.value else { panic!() };
        assert!(name.starts_with("unknown_service:telemetry-"), "{name}");
    }
}
