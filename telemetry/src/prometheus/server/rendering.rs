//! The thread that renders for all connections of a server.

use crate::contain::contained;
use crate::prometheus::body::{Bodies, Generation, Variant, Wanted};
use crate::registry::Registry;
use crate::sync::unpoisoned;
use bytes::Bytes;
use std::borrow::Cow;
use std::io;
use std::mem;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use tokio::sync::watch;

/// Orders renders from a thread, which ends when this is dropped: at once, or when the callback that holds it
/// returns.
pub(super) struct Rendering {
    orders: Arc<Orders>,
}

#[derive(Default)]
struct Orders {
    next: Mutex<Round>,
    changed: Condvar,
}

/// Requests that share a render which has not begun.
struct Round {
    wanted: Wanted,
    made: watch::Sender<Option<Generation>>,
    stopped: bool,
}

impl Default for Round {
    fn default() -> Self {
        Round { wanted: Wanted::default(), made: watch::Sender::new(None), stopped: false }
    }
}

impl Rendering {
    pub(super) fn start(registry: &Registry, metrics: Cow<'static, str>) -> io::Result<Self> {
        let orders = Arc::new(Orders::default());
        let bodies = Bodies::new(registry, metrics);
        let of_thread = Arc::clone(&orders);
        thread::Builder::new()
            .name("metrics-render".to_owned())
            .spawn(move || render_all(&of_thread, bodies))?;
        Ok(Rendering { orders })
    }

    /// The body of a render that begins after this was called; `None` if it panicked. Waits for as long as
    /// the registry's callbacks take.
    pub(super) async fn body(&self, variant: Variant) -> Option<Bytes> {
        let mut made = {
            let mut next = unpoisoned(self.orders.next.lock());
            next.wanted.add(variant);
            next.made.subscribe()
        };
        self.orders.changed.notify_one();
        let made = made.wait_for(Option::is_some).await.ok()?;
        made.as_ref().map(|generation| generation.body(variant))
    }
}

impl Drop for Rendering {
    fn drop(&mut self) {
        unpoisoned(self.orders.next.lock()).stopped = true;
        self.orders.changed.notify_one();
    }
}

fn render_all(orders: &Orders, mut bodies: Bodies) {
    while let Some(round) = orders.take() {
        // The registry contains its callbacks' panics. Another one would be our fault: it costs this round.
        if let Some(generation) = contained(|| bodies.render(round.wanted)) {
            round.made.send_replace(Some(generation));
        }
    }
}

impl Orders {
    /// Waits until a render is ordered, and closes its round; `None` when all is over.
    fn take(&self) -> Option<Round> {
        let next = unpoisoned(self.next.lock());
        let idle = |round: &mut Round| round.wanted.is_empty() && !round.stopped;
        let mut next = unpoisoned(self.changed.wait_while(next, idle));
        (!next.stopped).then(|| mem::take(&mut *next))
    }
}
