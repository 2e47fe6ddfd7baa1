//! Parses addresses: hosts, ports, URLs and paths.
//!
//! The crate `url` parses as a browser does: it drops line breaks, accepts `http:host` and `http://1`, and
//! turns `\` into `/`. A mistyped setting must be an error instead, so this parser is strict. It follows [RFC
//! 3986], without the parts that an exporter cannot use (a user, a fragment, an empty port).
//!
//! [RFC 3986]: https://www.rfc-editor.org/rfc/rfc3986

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The fault of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AddressError {
    Blank,
    NoScheme,
    Scheme,
    User,
    NoHost,
    Host,
    Brackets,
    Ipv6,
    Ipv4,
    Port,
    NoPort,
    UnexpectedPort,
    UnexpectedScheme,
    UnexpectedPath,
    Fragment,
    Path,
    NoSlash,
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AddressError::Blank => "it has a space, a control character or a character that is not ASCII",
            AddressError::NoScheme => "it has no scheme",
            AddressError::Scheme => "its scheme is not one that can be used here",
            AddressError::User => "it has a user or a password, which is not allowed there",
            AddressError::NoHost => "it names no host",
            AddressError::Host => "its host is neither a name nor an address",
            AddressError::Brackets => "its IPv6 address needs brackets",
            AddressError::Ipv6 => "its text in brackets is not an IPv6 address",
            AddressError::Ipv4 => "its host is not an IPv4 address, and a name does not end in a number",
            AddressError::Port => "its port is not a number from 1 to 65535",
            AddressError::NoPort => "it names no port",
            AddressError::UnexpectedPort => "it has a port, which is a setting of its own",
            AddressError::UnexpectedScheme => "it is a URL, but only a host is expected",
            AddressError::UnexpectedPath => "it has a path or a query, which is not allowed there",
            AddressError::Fragment => "it has a fragment (`#`), which is not sent",
            AddressError::Path => {
                "its path has the folder `.` or `..`, or a character that URLs write as `%` and two digits"
            }
            AddressError::NoSlash => "it does not begin with `/`, so no request can ask for it",
        })
    }
}

/// A host, as a name or a number, and optionally a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Host {
    /// Without brackets.
    pub name: String,
    pub port: Option<u16>,
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.contains(':') {
            write!(f, "[{}]", self.name)?;
        } else {
            f.write_str(&self.name)?;
        }
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl Host {
    /// Parses `host`, `host:port`, `[::1]` or `[::1]:port`.
    pub(crate) fn parse(text: &str) -> Result<Self, AddressError> {
        if text.contains("://") {
            return Err(AddressError::UnexpectedScheme);
        }
        authority(text, 1)
    }

    /// Parses the address of a server's own socket: `host:port`, where port 0 lets the system choose.
    pub(crate) fn parse_listener(text: &str) -> Result<Self, AddressError> {
        if text.contains("://") {
            return Err(AddressError::UnexpectedScheme);
        }
        let host = authority(text, 0)?;
        if host.port.is_none() { Err(AddressError::NoPort) } else { Ok(host) }
    }

    /// Parses a host without a port. An IPv6 address needs no brackets.
    pub(crate) fn parse_alone(text: &str) -> Result<Self, AddressError> {
        if text.parse::<Ipv6Addr>().is_ok() {
            return Ok(Host { name: text.to_owned(), port: None });
        }
        let host = Self::parse(text)?;
        if host.port.is_some() { Err(AddressError::UnexpectedPort) } else { Ok(host) }
    }
}

/// The parts of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Url<'t> {
    /// In lower case.
    pub scheme: String,
    pub host: Host,
    /// With its leading `/`, or empty.
    pub path: &'t str,
    pub query: Option<&'t str>,
}

impl<'t> Url<'t> {
    /// Parses a URL that has one of these schemes.
    pub(crate) fn parse(text: &'t str, schemes: &[&str]) -> Result<Self, AddressError> {
        visible(text)?;
        let (scheme, rest) = text.split_once("://").ok_or(AddressError::NoScheme)?;
        let scheme = scheme.to_ascii_lowercase();
        if !schemes.contains(&scheme.as_str()) {
            return Err(AddressError::Scheme);
        }
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (host, rest) = rest.split_at(end);
        // A password that contains a `/` would end the host too early.
        if rest.contains('@') && !host.contains('@') && host.contains(':') && authority(host, 1).is_err() {
            return Err(AddressError::User);
        }
        let host = authority(host, 1)?;
        if rest.contains('#') {
            return Err(AddressError::Fragment);
        }
        let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
        if !path.is_empty() {
            path_of_url(path)?;
        }
        if !query.unwrap_or_default().bytes().all(|byte| is_path_byte(byte) || byte == b'?') {
            return Err(AddressError::Path);
        }
        Ok(Url { scheme, host, path, query })
    }
}

/// Checks the path of an HTTP endpoint, which is compared with that of requests byte by byte.
pub(crate) fn http_path(text: &str) -> Result<(), AddressError> {
    if !text.starts_with('/') {
        return Err(AddressError::NoSlash);
    }
    if text.contains('#') {
        return Err(AddressError::Fragment);
    }
    if text.contains('?') {
        return Err(AddressError::UnexpectedPath);
    }
    path_of_url(text)
}

fn path_of_url(path: &str) -> Result<(), AddressError> {
    // Clients resolve these before the request.
    let is_resolved = path.split('/').any(|segment| matches!(segment, "." | ".."));
    let is_path = path.bytes().all(is_path_byte) && has_whole_escapes(path) && !is_resolved;
    if is_path { Ok(()) } else { Err(AddressError::Path) }
}

/// Returns whether two hexadecimal digits follow each `%`.
pub(super) fn has_whole_escapes(text: &str) -> bool {
    text.split('%').skip(1).all(begins_with_two_digits)
}

fn begins_with_two_digits(text: &str) -> bool {
    text.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2
}

/// `pchar` of RFC 3986, `/`, and the `%` of an escape.
const fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.'
                | b'_'
                | b'~'
                | b'!'
                | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b';'
                | b'='
                | b':'
                | b'@'
                | b'/'
                | b'%'
        )
}

fn visible(text: &str) -> Result<(), AddressError> {
    if text.bytes().all(|byte| byte.is_ascii_graphic()) { Ok(()) } else { Err(AddressError::Blank) }
}

fn authority(text: &str, lowest_port: u16) -> Result<Host, AddressError> {
    visible(text)?;
    if text.contains('@') {
        return Err(AddressError::User);
    }
    if text.contains(['/', '?', '#']) {
        return Err(AddressError::UnexpectedPath);
    }
    if let Some(rest) = text.strip_prefix('[') {
        let (address, rest) = rest.split_once(']').ok_or(AddressError::Ipv6)?;
        address.parse::<Ipv6Addr>().map_err(|_| AddressError::Ipv6)?;
        let port = match rest.strip_prefix(':') {
            Some(port) => Some(parse_port(port, lowest_port)?),
            None if rest.is_empty() => None,
            None => return Err(AddressError::Port),
        };
        return Ok(Host { name: address.to_owned(), port });
    }
    if text.matches(':').count() > 1 {
        return Err(AddressError::Brackets);
    }
    let (name, port) = match text.split_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (text, None),
    };
    host_name(name)?;
    let port = port.map(|port| parse_port(port, lowest_port)).transpose()?;
    Ok(Host { name: name.to_owned(), port })
}

/// Parses digits only: `u16`'s own parser accepts a `+` too.
fn parse_port(text: &str, lowest: u16) -> Result<u16, AddressError> {
    let port = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u16>().ok()).flatten();
    port.filter(|port| *port >= lowest).ok_or(AddressError::Port)
}

fn is_label_of_host(label: &str) -> bool {
    let is_allowed = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    is_allowed && matches!(label.len(), 1..=63)
}

/// Checks a name by the lengths of RFC 1035. It may contain `_`, which container networks use.
fn host_name(name: &str) -> Result<(), AddressError> {
    if name.is_empty() {
        return Err(AddressError::NoHost);
    }
    let labels = name.strip_suffix('.').unwrap_or(name);
    if labels.len() > 253 || !labels.split('.').all(is_label_of_host) {
        return Err(AddressError::Host);
    }
    let last = labels.rsplit('.').next().unwrap_or_default();
    let ends_in_number = last.bytes().all(|byte| byte.is_ascii_digit());
    // A number with a dot at its end is not an address, and no resolver accepts it.
    if ends_in_number && name.parse::<Ipv4Addr>().is_err() { Err(AddressError::Ipv4) } else { Ok(()) }
}
