//! The thread that renders for all connections of a server.

use crate::prometheus::response::Variant;
use crate::prometheus::single_flight::SingleFlight;
use crate::registry::Registry;
use bytes::Bytes;
use std::borrow::Cow;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;
use tokio::sync::watch;

/// Orders renders from a thread. The thread ends when this is dropped, or when the callback that blocks it
/// returns.
pub(super) struct Rendering {
    flights: Arc<SingleFlight>,
    /// Changes after each render. Dropped before the orders, so that the thread takes none that is left.
    finished: watch::Receiver<()>,
    /// Has room for one order: the flight that it stands for is open to all requests that come before the
    /// thread takes it, so that a callback that hangs leaves one order behind and no more.
    orders: SyncSender<()>,
}

impl Rendering {
    pub(super) fn start(
        registry: &Registry,
        metrics: Cow<'static, str>,
        created_samples: bool,
    ) -> io::Result<Self> {
        let flights = Arc::new(SingleFlight::new(registry, metrics));
        flights.set_created_samples(created_samples);
        let (orders, taken) = mpsc::sync_channel(1);
        let (finish, finished) = watch::channel(());
        let flights_of_thread = Arc::clone(&flights);
        thread::Builder::new()
            .name("metrics-render".to_owned())
            .spawn(move || render_all(&taken, &flights_of_thread, &finish))?;
        Ok(Rendering { flights, finished, orders })
    }

    /// Returns the body of a render that begins after this call; `None` if it panicked. Waits while the
    /// registry's callbacks run.
    pub(super) async fn body(&self, variant: Variant) -> Option<Bytes> {
        let mut finished = self.finished.clone();
        let flight = self.flights.join(variant);
        // If there is no room, the thread has yet to take an order, and takes this request with it.
        let _ = self.orders.try_send(());
        finished.wait_for(|()| flight.rendered().is_some()).await.ok()?;
        let version = flight.rendered()?.as_ref()?;
        Some(version.body(variant))
    }
}

fn render_all(orders: &Receiver<()>, flights: &SingleFlight, finish: &watch::Sender<()>) {
    for () in orders {
        // The server is gone.
        if finish.is_closed() {
            return;
        }
        flights.render_next();
        finish.send_replace(());
    }
}
