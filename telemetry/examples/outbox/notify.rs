//! Notifies the worker of work, over a channel that may lose notifications.

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
    /// Creates a channel that loses the fraction `loss` of the notifications.
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

    /// Returns true if a notification arrived since the last call.
    pub(crate) fn take(&mut self) -> bool {
        std::mem::take(&mut self.heard)
    }

    /// Returns true if a notification was lost since the outbox was last empty.
    pub(crate) fn unheard(&self) -> bool {
        self.unheard
    }

    /// The outbox is empty: what was lost does not matter any more.
    pub(crate) fn settle(&mut self) {
        self.unheard = false;
    }

    /// Returns the number of lost notifications.
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
