//! What comes and goes: the senders, of which one is opened for campaigns, and the campaigns.

use crate::labels::Outcome;
use crate::random::Random;
use crate::relay::Relay;
use std::sync::Arc;
use telemetry::{Label, metrics};

/// A pool of connections to the relay's smart hosts, by what it sends.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    Transactional,
    Bulk,
}

/// The number of a campaign: one is open at a time, and there is no end of them.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(cap = 8)]
pub struct Campaign<'a>(pub &'a str);

/// What each sender counts. A sender that is closed has no series any more.
#[metrics(namespace = "relay_sender", labels(sender: Sender), max_series = 40)]
pub trait SenderMetrics {
    /// Messages handed to a smart host.
    #[counter]
    #[up_down_counter(in_flight, name = "connections_in_use", labels())]
    #[log(off)]
    fn messages(&self, #[end(default = Outcome::Deferred)] outcome: Outcome);

    /// Connections that are open.
    #[gauge]
    #[log("sender.connections", level = debug)]
    fn set_connections(&self, connections: u64);
}

/// Mailings to many recipients. One that has ended has no series any more.
#[metrics(namespace = "relay_campaign", max_series = 20)]
pub trait CampaignMetrics {
    /// Messages of a campaign that were sent.
    #[counter(name = "sent", value = messages)]
    #[gauge(name = "left", value = left)]
    #[log(off)]
    fn sent(&self, campaign: Campaign<'_>, messages: u64, left: u64);

    /// Campaigns that have ended.
    #[remove(sent, left)]
    #[log("campaign.ended")]
    fn ended(&self, campaign: Campaign<'_>);
}

/// Opens the metrics of a sender in each back end that was chosen.
pub type OpenSender<'m> = &'m dyn Fn(Sender) -> Arc<dyn SenderMetrics>;

/// A campaign begins every 20 minutes.
const PERIOD: u64 = 1_200;

/// The messages of a campaign.
const MESSAGES: u64 = 3_000;

/// The messages of a campaign that are sent in a second.
const A_SECOND: u64 = 6;

pub(crate) struct Mailing {
    name: String,
    random: Random,
    left: u64,
    /// Held as long as the sender is open.
    sender: Arc<dyn SenderMetrics>,
}

impl Relay<'_> {
    /// Hands a message of a customer to a smart host.
    pub(crate) fn hand_over(&mut self, outcome: Outcome) {
        self.transactional.start_messages().end(outcome);
    }

    /// Sends a second's part of the campaign, if there is one.
    pub(crate) fn mail(&mut self) {
        if self.now % PERIOD == PERIOD / 4 {
            let sender = (self.open_sender)(Sender::Bulk);
            sender.set_connections(A_SECOND);
            let number = self.now / PERIOD;
            let (name, random) = (number.to_string(), Random::new(number + 1));
            self.mailing = Some(Mailing { name, random, left: MESSAGES, sender });
        }
        let Some(mailing) = &mut self.mailing else { return };
        let messages = A_SECOND.min(mailing.left);
        mailing.left -= messages;
        let campaign = Campaign(&mailing.name);
        for _ in 0..messages {
            let outcome = if mailing.random.happens(10) { Outcome::Bounced } else { Outcome::Delivered };
            mailing.sender.start_messages().end(outcome);
        }
        self.campaigns.sent(campaign, messages, mailing.left);
        if mailing.left == 0 {
            self.campaigns.ended(campaign);
            // The last handle of this sender.
            self.mailing = None;
        }
    }
}
