//! A configuration from environment variables.

use super::{Config, Dialect};
use crate::export::EnvError;

/// The tags that Datadog's own clients make of variables.
const TAGS: [(&str, &str); 4] = [
    ("DD_ENTITY_ID", "dd.internal.entity_id"),
    ("DD_ENV", "env"),
    ("DD_SERVICE", "service"),
    ("DD_VERSION", "version"),
];

/// The defaults, and what the variables say; `lookup` gives the value of one.
pub(super) fn config(lookup: impl Fn(&str) -> Option<String>) -> Result<Config, EnvError> {
    let get = |variable: &str| lookup(variable).filter(|value| !value.is_empty());
    let mut config = Config::default();
    let agent = (get("DD_AGENT_HOST"), get("DD_DOGSTATSD_PORT"));
    if let Some(url) = get("DD_DOGSTATSD_URL") {
        if let Err(expected) = super::target::Target::parse(&url) {
            return Err(wrong("DD_DOGSTATSD_URL", url, expected));
        }
        config = config.dialect(Dialect::DogStatsd).target(url);
    } else if let (None, None) = agent {
        // Kubernetes sets such a URL in each pod beside a service that is called `statsd`.
        let port = get("STATSD_PORT").filter(|port| !port.contains("://"));
        if let Some(target) = udp(get("STATSD_HOST"), "STATSD_PORT", port)? {
            config = config.target(target);
        }
    } else if let Some(target) = udp(agent.0, "DD_DOGSTATSD_PORT", agent.1)? {
        config = config.dialect(Dialect::DogStatsd).target(target);
    }
    if let Some(prefix) = get("STATSD_PREFIX") {
        if super::prefix(&prefix).is_none() {
            return Err(wrong("STATSD_PREFIX", prefix, super::PREFIX));
        }
        config = config.prefix(prefix);
    }
    for (variable, key) in TAGS {
        if let Some(value) = get(variable) {
            config = config.tag(key, value);
        }
    }
    Ok(config)
}

fn wrong(variable: &str, value: String, expected: &str) -> EnvError {
    EnvError { variable: variable.to_owned(), value: Some(value), problem: expected.to_owned() }
}

/// `udp://host:port`, if either is said.
fn udp(
    host: Option<String>,
    variable: &'static str,
    port: Option<String>,
) -> Result<Option<String>, EnvError> {
    if host.is_none() && port.is_none() {
        return Ok(None);
    }
    let port = match port {
        None => super::target::PORT,
        Some(value) => match value.parse() {
            Ok(port) if port != 0 => port,
            _ => return Err(wrong(variable, value, "write a number from 1 to 65535")),
        },
    };
    let host = host.unwrap_or_else(|| "localhost".to_owned());
    let is_ipv6 = host.contains(':') && !host.starts_with('[');
    Ok(Some(if is_ipv6 { format!("udp://[{host}]:{port}") } else { format!("udp://{host}:{port}") }))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    fn from(variables: &[(&str, &str)]) -> Result<Config, EnvError> {
        config(|name| {
            variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn variables_say_where_and_how() {
        let none = from(&[]).unwrap();
        assert_eq!((none.target.as_str(), none.dialect), ("udp://localhost:8125", Dialect::Plain));
        let plain =
            from(&[("STATSD_HOST", "metrics"), ("STATSD_PORT", "9"), ("STATSD_PREFIX", "a.b")]).unwrap();
        assert_eq!((plain.target.as_str(), plain.prefix.as_str()), ("udp://metrics:9", "a.b"));
        let agent = from(&[("DD_AGENT_HOST", "::1"), ("STATSD_HOST", "no"), ("DD_ENV", "prod")]).unwrap();
        assert_eq!((agent.target.as_str(), agent.dialect), ("udp://[::1]:8125", Dialect::DogStatsd));
        assert_eq!(agent.tags, [("env".to_owned(), "prod".to_owned())]);
        let url = [("DD_DOGSTATSD_URL", "unix:///s"), ("DD_AGENT_HOST", "no")];
        assert_eq!(from(&url).unwrap().target, "unix:///s");
        assert_eq!(from(&[("DD_DOGSTATSD_PORT", "9")]).unwrap().target, "udp://localhost:9");
        let neighbour = [("STATSD_HOST", "metrics"), ("STATSD_PORT", "udp://10.0.0.1:8125")];
        assert_eq!(from(&neighbour).unwrap().target, "udp://metrics:8125");
        assert_eq!(from(&[("STATSD_HOST", "")]).unwrap().target, "udp://localhost:8125", "empty is unset");
    }

    #[test]
    fn what_is_not_understood_names_the_variable() {
        for (variable, value) in [
            ("STATSD_PORT", "http"),
            ("DD_DOGSTATSD_PORT", "0"),
            ("DD_DOGSTATSD_URL", "tcp://a"),
            ("STATSD_PREFIX", "a b"),
        ] {
            let error = from(&[(variable, value)]).unwrap_err();
            assert!(error.to_string().starts_with(&format!("{variable} is {value:?}; ")));
        }
    }
}
