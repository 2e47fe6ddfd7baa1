//! Outgoing messages: lookups, connections, attempts, and retries.

use crate::labels::{Answer, Bounce, Cache, Direction, Domain, Outcome, Queue, Record, StatusClass};
use crate::relay::{Message, Relay};
use crate::surface::MetricsGuards as _;
use std::time::Duration;

/// The messages that are tried in a second.
const A_SECOND: usize = 4;

/// The attempts after which a message is given up.
const ATTEMPTS: u64 = 6;

const BOUNCES: [Bounce; 6] = [
    Bounce::UnknownUser,
    Bounce::MailboxFull,
    Bounce::Blocked,
    Bounce::TooLarge,
    Bounce::Content,
    Bounce::Other,
];

impl Relay<'_> {
    pub(crate) fn deliver(&mut self) {
        for _ in 0..A_SECOND {
            let due = self.retry.front().is_some_and(|message| message.due <= self.now);
            let (queue, message) = if due {
                (Queue::Retry, self.retry.pop_front())
            } else {
                (Queue::Outbound, self.outbound.pop_front())
            };
            let Some(message) = message else { return };
            self.metrics.queue_popped(queue, Duration::from_secs(self.now - message.since));
            self.attempt(message);
        }
    }

    fn attempt(&mut self, mut message: Message) {
        message.attempts += 1;
        let name = match message.domain {
            0 => "gmail.com".to_owned(),
            1 => "outlook.com".to_owned(),
            2 => "yahoo.com".to_owned(),
            3 => "icloud.com".to_owned(),
            n => format!("mail{n}.example"),
        };
        let domain = Domain(&name);
        if !self.resolve() {
            self.metrics.delivery_attempts(domain, Outcome::Deferred, None, None);
            return self.later(message);
        }
        let _connection = self.metrics.start_delivery_connections();
        self.handshake(Direction::Out);
        let took = self.random.takes(600_000);
        // Every 17th domain is often in trouble.
        let trouble = if message.domain % 17 == 16 { 500 } else { 40 };
        let (outcome, status) = match self.random.below(1_000) {
            n if n < trouble => (Outcome::Deferred, StatusClass::Client),
            n if n < trouble + 15 => (Outcome::Bounced, StatusClass::Server),
            n if n < trouble + 18 => (Outcome::Refused, StatusClass::Server),
            _ => (Outcome::Delivered, StatusClass::Success),
        };
        self.metrics.delivery_attempts(domain, outcome, Some(status), Some(took));
        self.hand_over(outcome);
        match outcome {
            Outcome::Deferred => self.later(message),
            Outcome::Bounced => {
                self.metrics.delivery_bounces(domain, self.random.one_of(&BOUNCES));
                self.finish(outcome, message.attempts);
            }
            _ => {
                self.metrics.delivery_sent(domain, message.size);
                self.finish(outcome, message.attempts);
            }
        }
        self.tell_customer();
    }

    /// Looks up the domain's servers. Returns false if they are not found.
    fn resolve(&mut self) -> bool {
        if self.look_up(Cache::Dns, 800) {
            return true;
        }
        let record = self.random.one_of(&[
            Record::Mx,
            Record::Mx,
            Record::A,
            Record::Aaaa,
            Record::Txt,
            Record::Tlsa,
            Record::Ptr,
        ]);
        let answer = match self.random.below(100) {
            0 => Answer::Timeout,
            1..4 => Answer::Servfail,
            4..10 => Answer::Nxdomain,
            _ => Answer::Found,
        };
        let took = (answer != Answer::Timeout).then(|| self.random.takes(12_000));
        self.metrics.dns_lookups(record, answer, took);
        matches!(answer, Answer::Found | Answer::Nxdomain)
    }

    fn later(&mut self, mut message: Message) {
        if message.attempts >= ATTEMPTS {
            self.dead += 1;
            self.metrics.queue_dead(Queue::Retry);
            self.finish(Outcome::Expired, message.attempts);
            return;
        }
        self.metrics.queue_pushed(Queue::Retry);
        message.since = self.now;
        message.due = self.now + 30 * message.attempts;
        self.retry.push_back(message);
    }

    fn tell_customer(&mut self) {
        let status = if self.random.happens(20) { StatusClass::Server } else { StatusClass::Success };
        let took = self.random.takes(40_000);
        self.metrics.webhooks_sent(status, Some(took));
    }
}
