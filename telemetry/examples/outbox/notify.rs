//! Tells the worker that there is work, over a channel that may lose what it is told.

use crate::coin::Coin;

/// Why the worker looks for work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wake {
    /// A notification arrived.
    Notified,
    /// The last look left work behind.
    Backlog,
    /// It was quiet for long.
    Poll,
}

/// The notification channel. As with `NOTIFY` of a database server, messages that wait together
/// are one message, and a connection that is down at the wrong moment loses them.
#[derive(Debug)]
pub(crate) struct Channel {
    coin: Coin,
    loss: f64,
    heard: bool,
    unheard: bool,
    lost: u64,
}

impl Channel {
    /// A channel that loses a share `loss` of what it is told.
    pub(crate) fn new(coin: Coin, loss: f64) -> Self {
        Self { coin, loss, heard: false, unheard: false, lost: 0 }
    }

    pub(crate) fn announce(&mut self) {
        if self.coin.toss(self.loss) {
            self.lost += 1;
            self.unheard = true;
        } else {
            self.heard = true;
        }
    }

    /// Whether a notification arrived since the last call.
    pub(crate) fn take(&mut self) -> bool {
        std::mem::take(&mut self.heard)
    }

    /// Whether a notification was lost since the outbox was last empty.
    pub(crate) fn unheard(&self) -> bool {
        self.unheard
    }

    /// The outbox is empty: what was lost does not matter any more.
    pub(crate) fn settle(&mut self) {
        self.unheard = false;
    }

    /// How many notifications were lost in all.
    pub(crate) fn lost(&self) -> u64 {
        self.lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notifications_that_wait_together_are_one() {
        let mut channel = Channel::new(Coin::new(1), 0.0);
        channel.announce();
        channel.announce();
        assert!(channel.take());
        assert!(!channel.take());
        assert!(!channel.unheard());
    }

    #[test]
    fn a_lost_notification_stays_unheard_until_the_outbox_is_empty() {
        let mut channel = Channel::new(Coin::new(1), 1.0);
        channel.announce();
        assert!(!channel.take());
        assert!(channel.unheard());
        channel.settle();
        assert!(!channel.unheard());
        assert_eq!(channel.lost(), 1);
    }
}
