//! The proxy before the collector: which one there is, and what it needs.

use super::endpoint::Target;
use super::failure::Failure;
use super::no_proxy::{NoProxy, is_loopback};
use crate::setting::{AddressError, Given, Host, Redacted, SettingError, Url, Variables};
use ::http::header::{HeaderMap, HeaderValue};
use ::http::status::StatusCode;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::percent_decode_str;
use std::ffi::OsString;
use std::fmt;

const EXAMPLE: &str = "`http://host:3128` or `http://user:password@host:3128`";

/// The variables that name proxies, and the one by which Go and others know that a program is a CGI script.
const VARIABLES: [&str; 9] = [
    "http_proxy",
    "HTTP_PROXY",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
    REQUEST_METHOD,
];

const REQUEST_METHOD: &str = "REQUEST_METHOD";

/// The name of the setter, in errors.
const NO_PROXY: &str = "OTLP no_proxy";

/// Checks the URL of a proxy.
#[cfg(feature = "pipeline")]
pub(crate) fn check_proxy(given: &Given) -> Result<(), SettingError> {
    Proxy::parse(given).map(drop)
}

/// Checks the hosts that are reached without the proxy.
#[cfg(feature = "pipeline")]
pub(crate) fn check_no_proxy(hosts: &[String]) -> Result<(), SettingError> {
    NoProxy::of_setting("", hosts).map(drop)
}

/// The settings of the proxy.
#[derive(Clone, Default)]
pub(super) struct ProxySettings {
    pub url: Option<String>,
    pub no_proxy: Option<Vec<String>>,
    /// Where the variables are from, if not from the process.
    pub environment: Option<Environment>,
}

impl fmt::Debug for ProxySettings {
    /// Prints what was set, without passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Redacted(&(&self.url, &self.no_proxy)).fmt(f)
    }
}

/// The variables that name proxies, as they were read.
#[derive(Clone, Default)]
pub(super) struct Environment(Vec<(&'static str, OsString)>);

impl Environment {
    /// Keeps the variables of a source.
    pub(super) fn of(variables: Variables<'_>) -> Self {
        Environment(VARIABLES.iter().filter_map(|name| Some((*name, (variables.0)(name)?))).collect())
    }

    fn of_process() -> Self {
        Environment::of(Variables(&|name| std::env::var_os(name)))
    }

    /// Returns the first of these variables that is set.
    fn first(&self, names: &[&str]) -> Result<Option<Given>, SettingError> {
        let get =
            |wanted: &str| self.0.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.clone());
        names.iter().find_map(|name| Variables(&get).get(name).transpose()).transpose()
    }

    /// Returns the proxy's variable for a target. The lower case counts first, as in curl.
    ///
    /// A server sets `HTTP_PROXY` to a header of the request (`Proxy`) in the environment of a CGI script. Go
    /// and Python leave it out there, and so do we.
    fn proxy(&self, is_https: bool) -> Result<Option<Given>, SettingError> {
        let is_script = self.0.iter().any(|(name, _)| *name == REQUEST_METHOD);
        let names: &[&str] = match (is_https, is_script) {
            (true, _) => &["https_proxy", "HTTPS_PROXY"],
            (false, true) => &["http_proxy"],
            (false, false) => &["http_proxy", "HTTP_PROXY"],
        };
        match self.first(names)? {
            Some(given) => Ok(Some(given)),
            None => self.first(&["all_proxy", "ALL_PROXY"]),
        }
    }

    fn no_proxy(&self) -> Result<NoProxy, SettingError> {
        let given = self.first(&["no_proxy", "NO_PROXY"])?;
        Ok(given.map(|given| NoProxy::of_variable(&given.text)).unwrap_or_default())
    }
}

impl ProxySettings {
    /// Checks the settings that the program gives. Variables are checked when they are used: other programs
    /// read them too.
    pub(super) fn check(&self) -> Result<(), SettingError> {
        self.given()?;
        NoProxy::of_setting(NO_PROXY, self.no_proxy.as_deref().unwrap_or_default()).map(drop)
    }

    fn given(&self) -> Result<Option<Proxy>, SettingError> {
        let url = self.url.as_deref();
        url.map(|url| Proxy::parse(&Given::not_empty("OTLP proxy", url)?)).transpose()
    }

    /// Returns the proxy through which a target is reached, if there is one.
    pub(super) fn of(&self, target: &Target) -> Result<Option<Proxy>, SettingError> {
        let given = self.given()?;
        if is_loopback(&target.host) {
            return Ok(None);
        }
        let environment = self.environment.clone().unwrap_or_else(Environment::of_process);
        let no_proxy = match (&self.no_proxy, &given) {
            (Some(entries), _) => NoProxy::of_setting(NO_PROXY, entries)?,
            (None, Some(_)) => NoProxy::default(),
            (None, None) => environment.no_proxy()?,
        };
        if no_proxy.has(&target.host, target.port) {
            return Ok(None);
        }
        match given {
            Some(proxy) => Ok(Some(proxy)),
            None => environment.proxy(target.tls)?.map(|given| Proxy::parse(&given)).transpose(),
        }
    }
}

/// A proxy. `Display` and `Debug` show its host and its port.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Proxy {
    /// A name or an address, without brackets.
    pub host: String,
    pub port: u16,
    /// Host and port, for messages.
    shown: String,
    /// The header that it gets, if it has a user.
    pub authorization: Option<HeaderValue>,
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Proxy").field(&self.shown).finish()
    }
}

impl Proxy {
    /// Reads the URL of a proxy, which need not have a scheme, as elsewhere. An error does not show user and
    /// password.
    pub(super) fn parse(given: &Given) -> Result<Self, SettingError> {
        let wrong = |error| given.wrong_address(error, EXAMPLE);
        let (scheme, rest) = given.text.split_once("://").unwrap_or(("http", &given.text));
        // A password may itself have an `@` or a `/`.
        let (credentials, rest) = match rest.rsplit_once('@') {
            Some((credentials, rest)) => (Some(credentials), rest),
            None => (None, rest),
        };
        let url = format!("{scheme}://{rest}");
        let url = Url::parse(&url, &["http"]).map_err(wrong)?;
        if !matches!(url.path, "" | "/") || url.query.is_some() {
            return Err(wrong(AddressError::UnexpectedPath));
        }
        let port = url.host.port.unwrap_or(80);
        let host = Host { port: Some(port), ..url.host };
        let authorization = credentials.map(authorization);
        Ok(Proxy { shown: host.to_string(), host: host.name, port, authorization })
    }

    /// Adds the header that the proxy wants to a request for it.
    pub(super) fn authorize(&self, headers: &mut HeaderMap) {
        if let Some(authorization) = &self.authorization {
            headers.insert(::http::header::PROXY_AUTHORIZATION, authorization.clone());
        }
    }

    /// Creates the failure of a request to open a tunnel.
    pub(super) fn refused(&self, status: StatusCode, headers: &HeaderMap) -> Failure {
        let hint = self.hint(status);
        let why = format!("the proxy {self} responded to CONNECT with {status}{hint}");
        Failure { why, is_too_large: false, ..Failure::of_status(status, headers, "") }
    }

    /// Adds the proxy to the error of a request that it passed on, or did not.
    pub(super) fn forwarded(&self, status: StatusCode, mut failure: Failure) -> Failure {
        failure.why = format!("{}, through the proxy {self}{}", failure.why, self.hint(status));
        failure
    }

    /// Adds the proxy to the error of a connection to it.
    pub(super) fn unreachable(&self, mut failure: Failure) -> Failure {
        failure.why = format!("the proxy {self}: {}", failure.why);
        failure
    }

    fn hint(&self, status: StatusCode) -> &'static str {
        match (status, &self.authorization) {
            (StatusCode::PROXY_AUTHENTICATION_REQUIRED, None) => {
                "; its URL has no user: write `http://user:password@host`"
            }
            (StatusCode::PROXY_AUTHENTICATION_REQUIRED, Some(_)) => {
                "; it does not accept the user and the password of its URL"
            }
            _ => "",
        }
    }
}

/// Returns the header for a user and a password as a URL has them.
fn authorization(credentials: &str) -> HeaderValue {
    let mut bytes: Vec<u8> = percent_decode_str(credentials).collect();
    if !credentials.contains(':') {
        bytes.push(b':');
    }
    let value = HeaderValue::try_from(format!("Basic {}", BASE64_STANDARD.encode(bytes)));
    debug_assert!(value.is_ok(), "Base64 is ASCII");
    let mut value = value.unwrap_or(HeaderValue::from_static("Basic"));
    value.set_sensitive(true);
    value
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use crate::otlp::endpoint::Endpoint;
    use crate::otlp::format::Protocol;

    fn target(url: &str) -> Target {
        Endpoint::General(url.to_owned()).target(Protocol::HttpProtobuf, "endpoint").unwrap()
    }

    /// The proxy for an endpoint, by these variables.
    fn by(variables: &[(&'static str, &str)], endpoint: &str) -> Result<Option<String>, String> {
        let variables = variables.iter().map(|(name, value)| (*name, OsString::from(value)));
        let environment = Some(Environment(variables.collect()));
        let proxy = ProxySettings { environment, ..ProxySettings::default() }.of(&target(endpoint));
        proxy.map(|proxy| proxy.map(|proxy| proxy.to_string())).map_err(|error| error.to_string())
    }

    #[test]
    fn the_variable_of_the_scheme_counts_then_the_one_for_all() {
        let all = [("http_proxy", "a:1"), ("HTTPS_PROXY", "http://b:2/"), ("ALL_PROXY", "c")];
        assert_eq!(by(&all, "http://h"), Ok(Some("a:1".to_owned())));
        assert_eq!(by(&all, "https://h"), Ok(Some("b:2".to_owned())));
        assert_eq!(by(&all[2..], "https://h"), Ok(Some("c:80".to_owned())));
        assert_eq!(by(&[("HTTP_PROXY", "a"), ("http_proxy", "b")], "http://h"), Ok(Some("b:80".to_owned())));
        assert_eq!(by(&[("HTTP_PROXY", "a"), ("http_proxy", " ")], "http://h"), Ok(Some("a:80".to_owned())));
        assert_eq!(by(&[], "https://h"), Ok(None));
    }

    #[test]
    fn a_header_of_a_request_is_no_proxy_of_a_script() {
        let header = [("HTTP_PROXY", "evil:1"), ("REQUEST_METHOD", "GET"), ("HTTPS_PROXY", "good:2")];
        assert_eq!(by(&header, "http://h"), Ok(None));
        assert_eq!(by(&header, "https://h"), Ok(Some("good:2".to_owned())));
    }

    #[test]
    fn some_hosts_are_reached_directly_and_their_variable_is_not_even_read() {
        let list = [("all_proxy", "socks5://u:s3cret@p"), ("no_proxy", "h,.internal")];
        for endpoint in ["http://h", "https://a.internal:4318", "http://localhost:4318", "http://[::1]:1"] {
            assert_eq!(by(&list, endpoint), Ok(None));
        }
        let error = by(&list, "https://other").unwrap_err();
        assert_eq!(
            error,
            "all_proxy is \"socks5://..@p\"; its scheme is not one that can be used here: \
             write `http://host:3128` or `http://user:password@host:3128`"
        );
    }

    #[test]
    fn what_the_program_says_replaces_the_environment() {
        let environment = || Some(Environment(vec![("ALL_PROXY", "e:1".into()), ("NO_PROXY", "h".into())]));
        let proxy = |url: Option<&str>, no_proxy: Option<&str>, endpoint| {
            let url = url.map(str::to_owned);
            let no_proxy = no_proxy.map(|entry| vec![entry.to_owned()]);
            let settings = ProxySettings { url, no_proxy, environment: environment() };
            settings.of(&target(endpoint)).unwrap().map(|proxy| proxy.to_string())
        };
        assert_eq!(proxy(Some("p:2"), None, "http://h").as_deref(), Some("p:2"));
        assert_eq!(proxy(Some("p:2"), Some("h"), "http://h"), None);
        assert_eq!(proxy(None, Some("other"), "http://h").as_deref(), Some("e:1"));
        assert_eq!(proxy(None, Some("*"), "http://x"), None);
        assert_eq!(proxy(None, None, "http://h"), None);
    }

    #[test]
    fn user_and_password_are_decoded_and_never_shown() {
        let parse = |url: &str| Proxy::parse(&Given::new("HTTPS_PROXY", url).unwrap());
        let cases = [
            ("http://u:s3cret@p:1", "u:s3cret"),
            ("u:s3cret@p:1", "u:s3cret"),
            ("http://u%40corp:s%3A3cret%2F@p:1", "u@corp:s:3cret/"),
            ("http://u:s3/cr@et@p:1/", "u:s3/cr@et"),
            ("http://s3cret@p:1", "s3cret:"),
            ("http://:@p:1", ":"),
        ];
        for (url, credentials) in cases {
            let proxy = parse(url).unwrap();
            let expected = format!("Basic {}", BASE64_STANDARD.encode(credentials));
            assert_eq!(proxy.authorization.as_ref().unwrap(), expected.as_bytes(), "{url}");
            assert_eq!(proxy.to_string(), "p:1");
            assert!(!format!("{proxy:?} {:?}", proxy.authorization).contains(&expected));
        }
        assert_eq!(parse("http://[::1]:3128").unwrap().to_string(), "[::1]:3128");
        for url in ["https://u:s3cret@p", "http://u:s3cret@", "http://u:s3cret@p/x", "http://u:s3cret@p?x"] {
            let error = parse(url).unwrap_err().to_string();
            assert!(error.starts_with("HTTPS_PROXY is ") && !error.contains("s3cret"), "{error}");
        }
    }
}
