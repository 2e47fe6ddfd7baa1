//! Reads the settings from environment variables.

use super::config::Config;
use super::format::Dialect;
use super::target::{self, Target};
use super::text;
use crate::setting::{Given, Host, SettingError, Variables};
use std::ffi::OsString;

impl Config {
    /// Reads the configuration from environment variables.
    ///
    /// | variable | |
    /// |---|---|
    /// | `DD_DOGSTATSD_URL` | the target, in `DogStatsD` |
    /// | `DD_AGENT_HOST`, `DD_DOGSTATSD_PORT` | the target, in `DogStatsD`, if the URL is not set |
    /// | `STATSD_HOST`, `STATSD_PORT` | the target, if none of those above is set |
    /// | `STATSD_PREFIX` | the prefix |
    /// | `DD_ENTITY_ID`, `DD_ENV`, `DD_SERVICE`, `DD_VERSION` | tags with the keys that Datadog's clients use |
    ///
    /// Values are trimmed. An empty value counts as not set. So does a `STATSD_PORT` that is a URL:
    /// Kubernetes sets it if a service is called `statsd`.
    ///
    /// # Errors
    ///
    /// If a variable is not UTF-8, or if its value is not allowed.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use telemetry::{Registry, statsd};
    ///
    /// let exports = statsd::Config::from_env()?.start(&Registry::new())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_env() -> Result<Self, SettingError> {
        Self::from_variables(|name| std::env::var_os(name))
    }

    /// Reads the configuration from another source of variables, such as a test's.
    ///
    /// # Errors
    ///
    /// See [`from_env`](Self::from_env).
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::statsd::Config;
    ///
    /// let error = Config::from_variables(|name| (name == "STATSD_PORT").then_some("http")).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "STATSD_PORT is \"http\"; write a number from 1 to 65535"
    /// );
    /// ```
    pub fn from_variables<V: Into<OsString>>(
        variable: impl Fn(&str) -> Option<V>,
    ) -> Result<Self, SettingError> {
        config(Variables(&|name| variable(name).map(Into::into)))
    }
}

/// The keys of the tags that Datadog's own clients make of variables.
const TAGS: [(&str, &str); 4] = [
    ("DD_ENTITY_ID", "dd.internal.entity_id"),
    ("DD_ENV", "env"),
    ("DD_SERVICE", "service"),
    ("DD_VERSION", "version"),
];

/// Changes the defaults by the variables.
fn config(variables: Variables<'_>) -> Result<Config, SettingError> {
    let mut config = Config::default();
    let agent_host = variables.get("DD_AGENT_HOST")?;
    let agent_port = variables.get("DD_DOGSTATSD_PORT")?;
    if let Some(url) = variables.get("DD_DOGSTATSD_URL")? {
        Target::parse(&url)?;
        config = config.dialect(Dialect::DogStatsd).target(url.text);
    } else if agent_host.is_none() && agent_port.is_none() {
        // Kubernetes sets such a URL in each pod of a namespace with a service called `statsd`.
        let port = variables.get("STATSD_PORT")?.filter(|port| !port.text.contains("://"));
        if let Some(target) = udp(variables.get("STATSD_HOST")?, port, "`STATSD_PORT`")? {
            config = config.target(target);
        }
    } else if let Some(target) = udp(agent_host, agent_port, "`DD_DOGSTATSD_PORT`")? {
        config = config.dialect(Dialect::DogStatsd).target(target);
    }
    if let Some(given) = variables.get("STATSD_PREFIX")? {
        text::prefix(&given)?;
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
    let port = port.map_or(Ok(target::PORT), |port| port.whole(&(1..=u16::MAX)))?;
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
    fn an_error_names_the_variable() {
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
            ("DD_AGENT_HOST", "udp://agent", "it is a URL, but only a host is expected"),
        ] {
            let error = from(&[(variable, value)]).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{variable} is {value:?}; {says}")), "{error}");
        }
    }
}
