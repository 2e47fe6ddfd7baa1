//! Hosts that are reached without the proxy: the rules of `NO_PROXY`.
//!
//! They are our own. `hyper-util` has a matcher, which drops proxies and hosts that it cannot read, without a
//! word, and knows no ports; and it needs that crate's clients.

use crate::setting::{Given, Host, SettingError};
use std::net::IpAddr;

/// The forms of a rule, for messages.
const EXAMPLES: &str =
    "write a host, a domain such as `.internal`, an address, a network such as `10.0.0.0/8`, or `*`";

/// One entry of a list such as `NO_PROXY`.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Rule {
    All,
    /// A name and all names below it, in lower case.
    Domain(String, Option<u16>),
    Address(IpAddr, Option<u16>),
    /// The addresses that begin with so many bits of this one.
    Network(IpAddr, u32),
}

/// Hosts that are reached without the proxy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct NoProxy(Vec<Rule>);

impl NoProxy {
    /// Reads the list of a variable. Entries that cannot be read are left out: other programs read the
    /// variable too, and it may have rules of theirs.
    pub(super) fn of_variable(text: &str) -> Self {
        let entries = text.split(|c: char| c == ',' || c.is_whitespace());
        NoProxy(entries.filter_map(Rule::parse).collect())
    }

    /// Reads the entries of a setting.
    pub(super) fn of_setting(name: &str, entries: &[String]) -> Result<Self, SettingError> {
        let rule = |entry: &String| {
            let given = Given::not_empty(name, entry)?;
            Rule::parse(&given.text).ok_or_else(|| given.wrong(EXAMPLES))
        };
        entries.iter().map(rule).collect::<Result<_, _>>().map(NoProxy)
    }

    /// Returns true if a host, a name or an address without brackets, is reached without the proxy.
    pub(super) fn has(&self, host: &str, port: u16) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        let address = address(&host);
        let is_port = |rule: &Option<u16>| rule.is_none_or(|rule| rule == port);
        self.0.iter().any(|rule| match rule {
            Rule::All => true,
            Rule::Domain(domain, of) => address.is_none() && is_below(&host, domain) && is_port(of),
            Rule::Address(rule, of) => address == Some(*rule) && is_port(of),
            Rule::Network(network, bits) => address.is_some_and(|address| is_in(address, *network, *bits)),
        })
    }
}

impl Rule {
    fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Rule::All);
        }
        if let Some((network, bits)) = text.split_once('/') {
            let is_digits = !bits.is_empty() && bits.bytes().all(|byte| byte.is_ascii_digit());
            let (network, bits) = (network.parse().ok()?, bits.parse().ok().filter(|_| is_digits)?);
            return (bits <= bits_of(network)).then_some(Rule::Network(network, bits));
        }
        if let Some(address) = address(text) {
            return Some(Rule::Address(address, None));
        }
        // As curl and reqwest read it, a domain with a dot before it is the same as without.
        let text = text.strip_prefix('*').filter(|text| text.starts_with('.')).unwrap_or(text);
        let Host { name, port } = Host::parse(text.strip_prefix('.').unwrap_or(text)).ok()?;
        Some(match address(&name) {
            Some(address) => Rule::Address(address, port),
            None => Rule::Domain(name.strip_suffix('.').unwrap_or(&name).to_ascii_lowercase(), port),
        })
    }
}

fn address(text: &str) -> Option<IpAddr> {
    text.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

const fn bits_of(address: IpAddr) -> u32 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

fn is_in(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    let as_number = |address| match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    };
    let rest = bits_of(network) - bits.min(bits_of(network));
    // All bits are shifted out if the network has none.
    let head = |address| as_number(address).checked_shr(rest).unwrap_or(0);
    bits_of(address) == bits_of(network) && head(address) == head(network)
}

/// Returns true if a host is this machine, to which no proxy of the environment is asked to connect.
pub(super) fn is_loopback(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    host.eq_ignore_ascii_case("localhost") || address(host).is_some_and(|address| address.is_loopback())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    #[test]
    fn hosts_domains_addresses_and_networks_are_found_and_their_neighbours_are_not() {
        let cases: &[(&str, &[&str], &[&str])] = &[
            ("corp.example", &["corp.example", "a.b.CORP.example", "corp.example."], &["xcorp.example"]),
            (".corp.example", &["corp.example", "a.corp.example"], &["corp.example.org"]),
            ("*.corp.example", &["corp.example", "a.corp.example"], &["example"]),
            ("Corp.Example.", &["corp.example"], &[]),
            ("a, b  c,,", &["a", "b", "c", "x.c"], &["d", ""]),
            ("*", &["anything", "10.0.0.1", "::1"], &[]),
            ("10.1.2.3", &["10.1.2.3", "::ffff:10.1.2.3"], &["10.1.2.30", "x.10.1.2.3"]),
            ("10.0.0.0/8,192.168.1.128/25", &["10.255.0.1", "192.168.1.128"], &["11.0.0.1", "192.168.1.127"]),
            ("0.0.0.0/0", &["8.8.8.8"], &["::1", "h"]),
            ("fd00::/8,::1", &["fd12::1", "::1"], &["fe80::1", "10.0.0.1"]),
            ("::/0", &["fe80::1"], &["10.0.0.1"]),
            ("h:4318,[fd00::1]:4318,10.0.0.1:4318", &["h", "x.h", "fd00::1", "10.0.0.1"], &[]),
            ("h:80,[fd00::1]:80,10.0.0.1:80", &[], &["h", "fd00::1", "10.0.0.1"]),
            ("10.0.0.0/33,10.0.0.0/,10.0.0.0/+8,http://h,h/,:80,a b/c", &["a"], &["10.0.0.0", "h"]),
            ("", &[], &["h", ""]),
        ];
        for (list, direct, other) in cases {
            let no_proxy = NoProxy::of_variable(list);
            for (hosts, expected) in [(direct, true), (other, false)] {
                for host in *hosts {
                    assert_eq!(no_proxy.has(host, 4_318), expected, "{host} in {list}");
                }
            }
        }
    }

    #[test]
    fn an_entry_of_a_setting_that_cannot_be_read_is_an_error() {
        let read = |entry: &str| NoProxy::of_setting("OTLP no_proxy", &[entry.to_owned()]);
        assert_eq!(read(" .internal ").unwrap(), NoProxy::of_variable("internal"));
        for entry in ["", "http://h", "10.0.0.0/33", "a,b", "h:0"] {
            let error = read(entry).unwrap_err().to_string();
            assert!(error.starts_with("OTLP no_proxy"), "{error}");
        }
    }

    #[test]
    fn this_machine_has_many_names() {
        let local = ["localhost", "LOCALHOST.", "127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"];
        assert!(local.iter().all(|host| is_loopback(host)));
        assert!(!["localhost.example", "10.0.0.1", "0.0.0.0"].iter().any(|host| is_loopback(host)));
    }
}
