//! Incoming messages: by HTTP and by SMTP, and the checks before they are accepted.

use crate::labels::{
    Cache, Direction, Limit, Mechanism, Method, Reject, Route, StatusClass, Verb, Verdict, Version,
};
use crate::relay::Relay;
use crate::surface::MetricsGuards as _;
use std::time::Duration;

const VERDICTS: [Verdict; 10] = [
    Verdict::Pass,
    Verdict::Pass,
    Verdict::Pass,
    Verdict::Pass,
    Verdict::Fail,
    Verdict::Softfail,
    Verdict::Neutral,
    Verdict::None,
    Verdict::Temperror,
    Verdict::Permerror,
];

const REJECTS: [Reject; 9] = [
    Reject::Size,
    Reject::Syntax,
    Reject::Relay,
    Reject::UnknownUser,
    Reject::Policy,
    Reject::Spam,
    Reject::Virus,
    Reject::Greylist,
    Reject::Quota,
];

/// The commands of a client that send no message.
const ODD_VERBS: [Verb; 7] =
    [Verb::Helo, Verb::Rset, Verb::Noop, Verb::Vrfy, Verb::Help, Verb::Bdat, Verb::Unknown];

impl Relay<'_> {
    pub(crate) fn intake(&mut self) {
        for _ in 0..=self.random.below(3) {
            self.http_request();
        }
        self.hang_up();
        if self.random.happens(800) {
            self.smtp_session();
        }
    }

    fn http_request(&mut self) {
        let metrics = self.metrics;
        let _active = metrics.start_http_requests_active();
        let scanned = format!("/wp-admin/{}", self.random.below(90));
        let routes = ["/v1/messages", "/v1/messages", "/v1/messages/{id}", "/v1/domains", scanned.as_str()];
        let route = Route(self.random.one_of(&routes));
        let method =
            self.random.one_of(&[Method::Post, Method::Get, Method::Put, Method::Delete, Method::Other]);
        let known = !route.0.starts_with("/wp-");
        let status = match self.random.below(1_000) {
            _ if !known => StatusClass::Client,
            0..8 => StatusClass::Server,
            8..60 => StatusClass::Client,
            60..80 => StatusClass::Redirect,
            _ => StatusClass::Success,
        };
        let took = self.random.takes(4_000);
        // A client that has gone has not been served to the end.
        let took = (!self.random.happens(15)).then_some(took);
        metrics.http_requests(method, route, status, took);
        metrics.pool_waited(self.random.takes(200));
        if status == StatusClass::Server && self.random.happens(100) {
            metrics.http_panics(route);
        }
        let allowed = !self.random.happens(5);
        metrics.limiter_decisions(Limit::Sender, allowed);
        if !allowed {
            metrics.http_rate_limited(route);
        } else if method == Method::Post && status == StatusClass::Success {
            let size = 500 + self.random.below(60_000);
            metrics.http_body(Direction::In, size);
            metrics.http_body(Direction::Out, 180);
            self.sign_in(Mechanism::Token);
            self.accept(true, size);
        }
    }

    /// Tells whether the client is who it says.
    fn sign_in(&mut self, mechanism: Mechanism) -> bool {
        self.look_up(Cache::Sessions, 900);
        let ok = !self.random.happens(30);
        self.metrics.auth_attempts(mechanism, ok);
        if !ok && self.random.happens(60) {
            self.metrics.auth_locked();
        }
        ok
    }

    fn smtp_session(&mut self) {
        let limit = self.random.one_of(&[Limit::Address, Limit::Domain]);
        let allowed = !self.random.happens(20);
        self.metrics.limiter_decisions(limit, allowed);
        if !allowed {
            self.metrics.smtp_connections_refused(limit);
            return;
        }
        let tls = self.random.happens(850);
        self.metrics.smtp_connection_opened(tls);
        let ends = self.now + 1 + self.random.below(40);
        self.sessions.push((self.now, ends, tls));
        self.command(Verb::Ehlo, StatusClass::Success);
        if tls {
            self.command(Verb::StartTls, StatusClass::Success);
            self.handshake(Direction::In);
        }
        let authenticated = self.random.happens(300);
        if authenticated {
            let mechanism = self.random.one_of(&[Mechanism::Plain, Mechanism::ScramSha256]);
            let reply = if self.sign_in(mechanism) { StatusClass::Success } else { StatusClass::Server };
            self.command(Verb::Auth, reply);
        }
        if self.random.happens(150) {
            let verb = self.random.one_of(&ODD_VERBS);
            self.command(
                verb,
                if verb == Verb::Unknown { StatusClass::Server } else { StatusClass::Success },
            );
        }
        self.message(authenticated);
        if self.random.happens(30) {
            self.metrics.smtp_timeouts(self.random.one_of(&[Verb::Data, Verb::Quit]));
        } else {
            self.command(Verb::Quit, StatusClass::Success);
        }
    }

    fn command(&mut self, verb: Verb, status: StatusClass) {
        let took = self.random.takes(700);
        self.metrics.smtp_commands(verb, status, Some(took));
    }

    pub(crate) fn handshake(&mut self, direction: Direction) {
        if self.random.happens(25) {
            self.metrics.tls_failures(direction);
            return;
        }
        let version = if self.random.happens(900) { Version::Tls13 } else { Version::Tls12 };
        let resumed = self.random.happens(300);
        let took = self.random.takes(if resumed { 900 } else { 6_000 });
        self.metrics.tls_handshakes(direction, version, resumed, Some(took));
    }

    fn message(&mut self, authenticated: bool) {
        let size = 1_000 + self.random.below(80_000) * if self.random.happens(40) { 300 } else { 1 };
        self.command(Verb::Mail, StatusClass::Success);
        let most = if self.random.happens(50) { 60 } else { 3 };
        self.metrics.smtp_recipients(1 + self.random.below(most));
        self.command(Verb::Rcpt, StatusClass::Success);
        self.check_sender();
        let score = f64::from(u32::try_from(self.random.below(140)).unwrap_or_default()) / 10.0 - 6.0;
        let spam = score > 5.0;
        self.metrics.spam_scored(spam, score);
        let infected = self.random.happens(3);
        let scanned = (!spam).then(|| self.random.takes(9_000));
        self.metrics.virus_scans(infected, scanned);
        if spam || infected || self.random.happens(60) {
            let reason = if spam { Reject::Spam } else { self.random.one_of(&REJECTS) };
            self.metrics.smtp_messages_rejected(reason);
            self.command(Verb::Data, StatusClass::Server);
        } else {
            self.command(Verb::Data, StatusClass::Success);
            self.accept(authenticated, size);
        }
    }

    fn check_sender(&mut self) {
        let asked = !self.look_up(Cache::Policy, 700);
        let took = asked.then(|| self.random.takes(8_000));
        self.metrics.spf_checks(self.random.one_of(&VERDICTS), took);
        self.look_up(Cache::Keys, 850);
        self.metrics.dkim_checks(self.random.one_of(&VERDICTS));
        let enforced = self.random.happens(400);
        self.metrics.dmarc_checks(self.random.one_of(&VERDICTS), enforced);
    }

    /// Ends the connections whose time has come.
    fn hang_up(&mut self) {
        let now = self.now;
        let (over, open): (Vec<_>, Vec<_>) = self.sessions.drain(..).partition(|(_, ends, _)| *ends <= now);
        self.sessions = open;
        for (began, _, tls) in over {
            self.metrics.smtp_connection_closed(tls, Duration::from_secs(now - began));
        }
    }
}
