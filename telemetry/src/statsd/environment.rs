//! Reads the settings from environment variables.

use super::config::Config;
use super::format::Dialect;
use super::origin::Cardinality;
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
    /// | `DD_TAGS`, `DATADOG_TAGS` | tags `key:value` or `key`, between commas; `DD_TAGS` may have spaces |
    /// | `DD_ENTITY_ID`, `DD_ENV`, `DD_SERVICE`, `DD_VERSION` | tags with the keys that Datadog's clients use |
    /// | `DD_EXTERNAL_ENV` | the [external data](Self::external_data) |
    /// | `DD_ORIGIN_DETECTION_ENABLED` | turns [origin detection](Self::origin_detection) off, with `false` |
    /// | `DD_CARDINALITY`, `DATADOG_CARDINALITY` | the [cardinality](Self::cardinality), the first one that is set |
    ///
    /// Setters that are called later have precedence, and so have the keys of a `Pipeline`. If several of
    /// these variables have a tag of one key, the one that the table lists last counts.
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
    config.variable_tags = tags(variables)?;
    config.external_data = variables.get("DD_EXTERNAL_ENV")?;
    if let Some(given) = variables.get("DD_ORIGIN_DETECTION_ENABLED")? {
        config = config.origin_detection(given.switch()?);
    }
    for variable in ["DATADOG_CARDINALITY", "DD_CARDINALITY"] {
        if let Some(given) = variables.get(variable)? {
            config = config.cardinality(given.choice(Cardinality::NAMES)?);
        }
    }
    Ok(config)
}

/// Returns the tags of the variables. Of one key the last one counts.
fn tags(variables: Variables<'_>) -> Result<Vec<Given>, SettingError> {
    let mut tags = Vec::new();
    // As the client for Ruby reads it, and the tracers.
    if let Some(given) = variables.get("DD_TAGS")? {
        let is_separator = |c: char| if given.text.contains(',') { c == ',' } else { c.is_whitespace() };
        tags.extend(split(&given, is_separator));
    }
    // As the client for Python reads it.
    if let Some(given) = variables.get("DATADOG_TAGS")? {
        tags.extend(split(&given, |c| c == ','));
    }
    for (variable, key) in TAGS {
        if let Some(given) = variables.get(variable)? {
            tags.push(Given { text: format!("{key}:{}", given.text), ..given });
        }
    }
    Ok(tags)
}

/// Splits a list into its tags. Empty ones do not count.
fn split(given: &Given, is_separator: impl Fn(char) -> bool) -> impl Iterator<Item = Given> {
    let tags = given.text.split(is_separator).map(str::trim).filter(|tag| !tag.is_empty());
    tags.map(|tag| Given { name: given.name.clone(), text: tag.to_owned() }).collect::<Vec<_>>().into_iter()
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
        assert_eq!(agent.variable_tags[0].text, "env:prod");
        let url = [("DD_DOGSTATSD_URL", "unix:///s"), ("DD_AGENT_HOST", "no")];
        assert_eq!(from(&url).unwrap().target, "unix:///s");
        assert_eq!(from(&[("DD_DOGSTATSD_PORT", "9")]).unwrap().target, "udp://localhost:9");
        let neighbour = [("STATSD_HOST", "metrics"), ("STATSD_PORT", "udp://10.0.0.1:8125")];
        assert_eq!(from(&neighbour).unwrap().target, "udp://metrics:8125");
        assert_eq!(from(&[("STATSD_HOST", "")]).unwrap().target, "udp://localhost:8125", "empty is unset");
    }

    #[test]
    fn tags_are_lists_and_variables_of_their_own() {
        let texts = |variables: &[(&str, &str)]| -> Vec<String> {
            from(variables).unwrap().variable_tags.into_iter().map(|given| given.text).collect()
        };
        assert_eq!(
            texts(&[("DD_TAGS", "team:a, spot ,, url:http://b ")]),
            ["team:a", "spot", "url:http://b"]
        );
        assert_eq!(texts(&[("DD_TAGS", "team:a  spot")]), ["team:a", "spot"]);
        assert_eq!(texts(&[("DATADOG_TAGS", "team:a spot")]), ["team:a spot"]);
        let all = [("DD_ENV", "e"), ("DATADOG_TAGS", "b"), ("DD_TAGS", "a"), ("DD_ENTITY_ID", "i")];
        assert_eq!(texts(&all), ["a", "b", "dd.internal.entity_id:i", "env:e"]);
    }

    #[test]
    fn the_origin_is_read_as_datadogs_clients_read_it() {
        let none = from(&[]).unwrap();
        assert!(none.origin_detection && none.external_data.is_none() && none.cardinality.is_none());
        for off in ["false", "No", "0", "OFF", "n", "F"] {
            assert!(!from(&[("DD_ORIGIN_DETECTION_ENABLED", off)]).unwrap().origin_detection, "{off}");
        }
        assert!(from(&[("DD_ORIGIN_DETECTION_ENABLED", "1")]).unwrap().origin_detection);
        let pod = from(&[("DD_EXTERNAL_ENV", "it-false,cn-web,pu-1")]).unwrap();
        assert_eq!(pod.external_data.unwrap().text, "it-false,cn-web,pu-1");
        let both = [("DATADOG_CARDINALITY", "low"), ("DD_CARDINALITY", "High")];
        assert_eq!(from(&both).unwrap().cardinality, Some(Cardinality::High));
        assert_eq!(from(&both[..1]).unwrap().cardinality, Some(Cardinality::Low));
    }

    #[test]
    fn an_error_names_the_variable() {
        for (variable, value, says) in [
            ("STATSD_PORT", "http", "write a number from 1 to 65535"),
            ("DD_DOGSTATSD_PORT", "0", "write a number from 1 to 65535"),
            ("DD_DOGSTATSD_URL", "tcp://a", "its scheme is not one that can be used here: write `udp://"),
            ("STATSD_PREFIX", "a b", "write letters, digits"),
            ("DD_CARDINALITY", "medium", "write `none`, `low`, `orchestrator` or `high`"),
            ("DATADOG_CARDINALITY", "medium", "write `none`, `low`, `orchestrator` or `high`"),
            ("DD_ORIGIN_DETECTION_ENABLED", "maybe", "write `true` or `false`"),
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

    #[test]
    fn what_is_sent_in_dogstatsd_alone_is_checked_at_its_start() {
        for (variable, value, shown, says) in [
            ("DD_TAGS", "a:b,2nd:x", "2nd:x", "the tag's key has to begin with a letter"),
            ("DATADOG_TAGS", "a b:x", "a b:x", "the tag's key has to begin with a letter"),
            ("DD_EXTERNAL_ENV", "a|b", "a|b", "write it without `|`"),
        ] {
            let config = from(&[(variable, value)]).unwrap();
            assert!(config.start_error().is_none(), "the plain dialect sends none of them");
            let error = config.dialect(Dialect::DogStatsd).start_error().unwrap().to_string();
            assert!(error.starts_with(&format!("{variable} is {shown:?}; {says}")), "{error}");
        }
    }
}
