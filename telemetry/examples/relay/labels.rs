//! The labels of the relay's metrics: closed sets of 2 to 14 values, and two open ones with a cap.

use telemetry::Label;

/// Which way a connection or its bytes go.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    In,
    Out,
}

/// The method of an HTTP request.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
    Delete,
    #[label(other)]
    Other,
}

/// The class of an HTTP status, or of an SMTP reply.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(name = "status")]
pub enum StatusClass {
    #[label(rename = "2xx")]
    Success,
    #[label(rename = "3xx")]
    Redirect,
    #[label(rename = "4xx")]
    Client,
    #[label(rename = "5xx")]
    Server,
}

/// A command of SMTP.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(rename_all = "UPPERCASE")]
pub enum Verb {
    Helo,
    Ehlo,
    Auth,
    StartTls,
    Mail,
    Rcpt,
    Data,
    Bdat,
    Rset,
    Noop,
    Vrfy,
    Help,
    Quit,
    #[label(other)]
    Unknown,
}

/// Why a message was not taken.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(name = "reason")]
pub enum Reject {
    Size,
    Syntax,
    Relay,
    UnknownUser,
    Policy,
    Spam,
    Virus,
    Greylist,
    Quota,
}

/// Result of a check of a sender, in the words of RFC 8601.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Pass,
    Fail,
    Softfail,
    Neutral,
    None,
    Temperror,
    Permerror,
}

/// Queue that a message waits in.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    Intake,
    Outbound,
    Retry,
}

/// Reason why a message waits in a queue.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Ready,
    Leased,
    Delayed,
    Dead,
}

/// Result of an attempt to deliver.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Delivered,
    Deferred,
    Bounced,
    Expired,
    Refused,
}

/// Why a message came back.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(name = "reason")]
pub enum Bounce {
    UnknownUser,
    MailboxFull,
    Blocked,
    TooLarge,
    Content,
    Other,
}

/// Method by which a client authenticated.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    Plain,
    ScramSha256,
    Token,
}

/// The version of TLS.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    #[label(rename = "1.2")]
    Tls12,
    #[label(rename = "1.3")]
    Tls13,
}

/// The type of a DNS record.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(rename_all = "UPPERCASE")]
pub enum Record {
    A,
    Aaaa,
    Mx,
    Txt,
    Tlsa,
    Ptr,
}

/// Response of a DNS server.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Found,
    Nxdomain,
    Servfail,
    Timeout,
}

/// A cache.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cache {
    Dns,
    Policy,
    Keys,
    Sessions,
}

/// Subject of a limit.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    Address,
    Sender,
    Recipient,
    Domain,
}

/// A table that the janitor cleans.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    Messages,
    Attempts,
    Bounces,
    Sessions,
    Tokens,
    Reports,
}

/// A route of the HTTP server, as it is registered; shared by all that happens on it.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(cap = 32, known = ["/v1/messages", "/v1/messages/{id}", "/v1/domains"], other = "unrouted")]
pub struct Route<'a>(pub &'a str);

/// The domain that mail goes to: the large providers by name, and as many others as fit; shared by all that
/// is delivered there.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(cap = 100, known = ["gmail.com", "outlook.com", "yahoo.com", "icloud.com"])]
pub struct Domain<'a>(pub &'a str);
