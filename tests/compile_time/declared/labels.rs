//! The labels of the declared surface.

use telemetry::Label;

/// An HTTP method.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
    Other,
}

/// The first digit of an HTTP status, in words.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusClass {
    Success,
    Redirect,
    ClientError,
    ServerError,
}

/// Which way bytes or messages go.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    In,
    Out,
}

/// How a user proves who they are.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthMethod {
    Password,
    Token,
    Oauth,
    MagicLink,
}

/// A command of an SMTP session.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
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

/// What we answered to a command.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    Accepted,
    TemporaryFailure,
    PermanentFailure,
}

/// Why a message was refused.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
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

/// What a check of the sender said.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Pass,
    Fail,
    SoftFail,
    Neutral,
    Missing,
}

/// The mail provider of a recipient.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    Gmail,
    Outlook,
    Yahoo,
    Icloud,
    Proton,
    Other,
}

/// A queue of messages.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    Inbound,
    Outbound,
    Retry,
    Bulk,
    Dead,
}

/// How urgent a message is.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    Low,
    Normal,
    High,
}

/// The step of the outbox worker that failed.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Lease,
    ListWebhooks,
    InsertDelivery,
    UpdateStatus,
}

/// What a user asks to be sent again.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Single,
    Since,
}

/// How an attempt to deliver ended.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Delivered,
    Retried,
    Failed,
    Expired,
    Skipped,
}

/// Why an attempt to deliver failed.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    Dns,
    Connect,
    Tls,
    Timeout,
    Reset,
    Status,
    Body,
}

/// Why a webhook was disabled.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disabled {
    Failing,
    Gone,
    User,
    Abuse,
}

/// A table that the janitor cleans.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    WebhookEvents,
    WebhookSubscriberDeliveries,
    WebhookDeliveries,
    Messages,
    UserSessions,
    Oauth,
}

/// A cache of ours.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cache {
    Domains,
    Webhooks,
    Sessions,
    Templates,
}

/// Why an entry left a cache.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eviction {
    Size,
    Age,
    Replaced,
}

/// A pool of database connections.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    Primary,
    Replica,
    Jobs,
}

/// A kind of database statement.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statement {
    Select,
    Insert,
    Update,
    Delete,
    Notify,
    Migrate,
}

/// A job that runs by the clock.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
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

/// What asked the process to end.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    Term,
    Int,
    Hup,
}

/// The type of a webhook event, such as `email.received`.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(name = "type", cap = 64)]
pub struct EventType<'a>(pub &'a str);
