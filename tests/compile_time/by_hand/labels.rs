//! The labels of the surface that is written by hand.

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
    Other,
}

impl Method {
    /// The text that back ends write.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Put => "put",
            Self::Patch => "patch",
            Self::Delete => "delete",
            Self::Other => "other",
        }
    }
}

/// The first digit of an HTTP status, in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusClass {
    Success,
    Redirect,
    ClientError,
    ServerError,
}

impl StatusClass {
    /// The text that back ends write.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Redirect => "redirect",
            Self::ClientError => "client_error",
            Self::ServerError => "server_error",
        }
    }
}

/// Which way bytes or messages go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    In,
    Out,
}

impl Direction {
    /// The text that back ends write.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }
}

/// How a user proves who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthMethod {
    Password,
    Token,
    Oauth,
    MagicLink,
}

impl AuthMethod {
    /// The text that back ends write.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Token => "token",
            Self::Oauth => "oauth",
            Self::MagicLink => "magic_link",
        }
    }
}

/// A command of an SMTP session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpCommand {
    Helo,
    Ehlo,
    MailFrom,
    RcptTo,
    Data,
    Bdat,
    Rset,
    Noop,
    Quit,
    StartTls,
    Auth,
    Vrfy,
    Help,
    Other,
}

impl SmtpCommand {
    /// The text that back ends write.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Helo => "helo",
            Self::Ehlo => "ehlo",
            Self::MailFrom => "mail_from",
            Self::RcptTo => "rcpt_to",
            Self::Data => "data",
            Self::Bdat => "bdat",
            Self::Rset => "rset",
            Self::Noop => "noop",
            Self::Quit => "quit",
            Self::StartTls => "start_tls",
            Self::Auth => "auth",
            Self::Vrfy => "vrfy",
            Self::Help => "help",
            Self::Other => "other",
        }
    }
}

/// What we answered to a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    Accepted,
    TemporaryFailure,
    PermanentFailure,
}

impl Reply {
    /// The text that back ends write.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::TemporaryFailure => "temporary_failure",
            Self::PermanentFailure => "permanent_failure",
        }
    }
}

/// Why a message was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reject {
    Blocklist,
    Greylist,
    RateLimit,
    UnknownRecipient,
    TooLarge,
    BadSyntax,
    Spf,
    Dkim,
    Dmarc,
    Virus,
}

impl Reject {
    /// The text that back ends write.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Blocklist => "blocklist",
            Self::Greylist => "greylist",
            Self::RateLimit => "rate_limit",
            Self::UnknownRecipient => "unknown_recipient",
            Self::TooLarge => "too_large",
            Self::BadSyntax => "bad_syntax",
            Self::Spf => "spf",
            Self::Dkim => "dkim",
            Self::Dmarc => "dmarc",
            Self::Virus => "virus",
        }
    }
}

/// What a check of the sender said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Pass,
    Fail,
    SoftFail,
    Neutral,
    Missing,
}

impl Verdict {
    /// The text that back ends write.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::SoftFail => "soft_fail",
            Self::Neutral => "neutral",
            Self::Missing => "missing",
        }
    }
}

/// The mail provider of a recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    Gmail,
    Outlook,
    Yahoo,
    Icloud,
    Proton,
    Other,
}

impl Provider {
    /// The text that back ends write.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gmail => "gmail",
            Self::Outlook => "outlook",
            Self::Yahoo => "yahoo",
            Self::Icloud => "icloud",
            Self::Proton => "proton",
            Self::Other => "other",
        }
    }
}

/// A queue of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    Inbound,
    Outbound,
    Retry,
    Bulk,
    Dead,
}

impl Queue {
    /// The text that back ends write.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
            Self::Retry => "retry",
            Self::Bulk => "bulk",
            Self::Dead => "dead",
        }
    }
}

/// How urgent a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    Low,
    Normal,
    High,
}

impl Priority {
    /// The text that back ends write.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
        }
    }
}

/// The step of the outbox worker that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Lease,
    ListWebhooks,
    InsertDelivery,
    UpdateStatus,
}

impl Stage {
    /// The text that back ends write.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lease => "lease",
            Self::ListWebhooks => "list_webhooks",
            Self::InsertDelivery => "insert_delivery",
            Self::UpdateStatus => "update_status",
        }
    }
}

/// What a user asks to be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Single,
    Since,
}

impl Scope {
    /// The text that back ends write.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Since => "since",
        }
    }
}

/// How an attempt to deliver ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Delivered,
    Retried,
    Failed,
    Expired,
    Skipped,
}

impl Outcome {
    /// The text that back ends write.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Retried => "retried",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Skipped => "skipped",
        }
    }
}

/// Why an attempt to deliver failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    Dns,
    Connect,
    Tls,
    Timeout,
    Reset,
    Status,
    Body,
}

impl Failure {
    /// The text that back ends write.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Reset => "reset",
            Self::Status => "status",
            Self::Body => "body",
        }
    }
}

/// Why a webhook was disabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disabled {
    Failing,
    Gone,
    User,
    Abuse,
}

impl Disabled {
    /// The text that back ends write.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Gone => "gone",
            Self::User => "user",
            Self::Abuse => "abuse",
        }
    }
}

/// A table that the janitor cleans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    WebhookEvents,
    WebhookSubscriberDeliveries,
    WebhookDeliveries,
    Messages,
    UserSessions,
    Oauth,
}

impl Table {
    /// The text that back ends write.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WebhookEvents => "webhook_events",
            Self::WebhookSubscriberDeliveries => "webhook_subscriber_deliveries",
            Self::WebhookDeliveries => "webhook_deliveries",
            Self::Messages => "messages",
            Self::UserSessions => "user_sessions",
            Self::Oauth => "oauth",
        }
    }
}

/// A cache of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cache {
    Domains,
    Webhooks,
    Sessions,
    Templates,
}

impl Cache {
    /// The text that back ends write.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Domains => "domains",
            Self::Webhooks => "webhooks",
            Self::Sessions => "sessions",
            Self::Templates => "templates",
        }
    }
}

/// Why an entry left a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eviction {
    Size,
    Age,
    Replaced,
}

impl Eviction {
    /// The text that back ends write.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Size => "size",
            Self::Age => "age",
            Self::Replaced => "replaced",
        }
    }
}

/// A pool of database connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    Primary,
    Replica,
    Jobs,
}

impl Pool {
    /// The text that back ends write.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Replica => "replica",
            Self::Jobs => "jobs",
        }
    }
}

/// A kind of database statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statement {
    Select,
    Insert,
    Update,
    Delete,
    Notify,
    Migrate,
}

impl Statement {
    /// The text that back ends write.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Select => "select",
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Notify => "notify",
            Self::Migrate => "migrate",
        }
    }
}

/// A job that runs by the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    Janitor,
    Retry,
    Digest,
    Billing,
    DomainCheck,
    Reputation,
    Backup,
    Rollup,
}

impl Job {
    /// The text that back ends write.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Janitor => "janitor",
            Self::Retry => "retry",
            Self::Digest => "digest",
            Self::Billing => "billing",
            Self::DomainCheck => "domain_check",
            Self::Reputation => "reputation",
            Self::Backup => "backup",
            Self::Rollup => "rollup",
        }
    }
}

/// What asked the process to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    Term,
    Int,
    Hup,
}

impl Signal {
    /// The text that back ends write.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Term => "term",
            Self::Int => "int",
            Self::Hup => "hup",
        }
    }
}

/// The type of a webhook event, such as `email.received`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventType<'a>(pub &'a str);
