//! A configuration from environment variables.

use super::target::Target;
use super::{Config, Dialect};
use crate::setting::{Given, Host, SettingError, Variables};

/// The tags that Datadog's own clients make of variables.
const TAGS: [(&str, &str); 4] = [
    ("DD_ENTITY_ID", "dd.internal.entity_id"),
    ("DD_ENV", "env"),
    ("DD_SERVICE", "service"),
    ("DD_VERSION", "version"),
];

/// Returns the defaults, changed by what the variables say.
pub(super) fn config(variables: Variables<'_>) -> Result<Config, SettingError> {
    let mut config = Config::default();
    let agent = (variables.get("DD_AGENT_HOST")?, variables.get("DD_DOGSTATSD_PORT")?);
    if let Some(url) = variables.get("DD_DOGSTATSD_URL")? {
        Target::parse(&url)?;
        config = config.dialect(Dialect::DogStatsd).target(url.text);
    } else if let (None, None) = agent {
        // Kubernetes sets such a URL in each pod beside a service that is called `statsd`.
        let port = variables.get("STATSD_PORT")?.filter(|port| !port.text.contains("://"));
        if let Some(target) = udp(variables.get("STATSD_HOST")?, port, "`STATSD_PORT`")? {
            config = config.target(target);
        }
    } else if let Some(target) = udp(agent.0, agent.1, "`DD_DOGSTATSD_PORT`")? {
        config = config.dialect(Dialect::DogStatsd).target(target);
    }
    if let Some(given) = variables.get("STATSD_PREFIX")? {
        super::prefix(&given)?;
        config = config.prefix(given.text);
    }
    for (variable, key) in TAGS {
        if let Some(given) = variables.get(variable)? {
            config = config.tag(key, given.text);
        }
    }
    Ok(config)
}

/// Returns `udp://host:port` if either is given.
fn udp(host: Option<Given>, port: Option<Given>, port_setting: &str) -> Result<Option<String>, SettingError> {
    if host.is_none() && port.is_none() {
        return Ok(None);
    }
    let port = port.map_or(Ok(super::target::PORT), |port| port.whole(&(1..=u16::MAX)))?;
    let name = match host {
        None => "localhost".to_owned(),
        Some(given) => {
            let wrong =
                |error| given.wrong(format_args!("{error}: write `host`, and its port in {port_setting}"));
            Host::parse_alone(&given.text).map_err(wrong)?.name
        }
    };
    Ok(Some(format!("udp://{}", Host { name, port: Some(port) })))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    fn from(variables: &[(&str, &str)]) -> Result<Config, SettingError> {
        config(Variables(&|name| {
            variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).into())
        }))
    }

    #[test]
    fn variables_say_where_and_how() {
        let none = from(&[]).unwrap();
        assert_eq!((none.target.as_str(), none.dialect), ("udp://localhost:8125", Dialect::Plain));
        let plain =
            from(&[("STATSD_HOST", "metrics"), ("STATSD_PORT", "9"), ("STATSD_PREFIX", "a.b")]).unwrap();
        assert_eq!((plain.target.as_str(), plain.prefix.as_str()), ("udp://metrics:9", "a.b"));
        let agent = from(&[("DD_AGENT_HOST", "::1"), ("STATSD_HOST", "no"), ("DD_ENV", "prod\n")]).unwrap();
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
        for (variable, value, says) in [
            ("STATSD_PORT", "http", "write a number from 1 to 65535"),
            ("DD_DOGSTATSD_PORT", "0", "write a number from 1 to 65535"),
            ("DD_DOGSTATSD_URL", "tcp://a", "its scheme is not one that can be used here: write `udp://"),
            ("STATSD_PREFIX", "a b", "write letters, digits"),
            (
                "STATSD_HOST",
                "localhost:8125",
                "it has a port, which is a setting of its own: write `host`, and its port in `STATSD_PORT`",
            ),
            ("DD_AGENT_HOST", "udp://agent", "it is a URL, and a host alone is wanted"),
        ] {
            let error = from(&[(variable, value)]).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{variable} is {value:?}; {says}")), "{error}");
        }
    }
}
