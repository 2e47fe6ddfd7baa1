//! Accepts connections up to the cap, and stays calm when the process is out of descriptors.

use super::connection;
use super::{Config, Rendering};
use crate::export::Telling;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// How long to wait when the system cannot give a connection: until then one may have ended.
const PAUSE: Duration = Duration::from_millis(100);

/// A bound socket, and what its connections share.
pub(super) struct Listener {
    socket: TcpListener,
    config: Arc<Config>,
    rendering: Arc<Rendering>,
    served: Connections,
    refused: Connections,
}

impl Listener {
    pub(super) fn new(socket: TcpListener, config: Arc<Config>, rendering: Rendering) -> Self {
        let [served, refused] = [(); 2].map(|()| Connections::new(config.max_connections));
        Listener { socket, config, rendering: Arc::new(rendering), served, refused }
    }

    /// Those that are being served.
    pub(super) fn connections(&self) -> Connections {
        self.served.clone()
    }

    /// Accepts for ever.
    pub(super) async fn accept(self) {
        let mut telling = Telling::new("prometheus");
        loop {
            match self.socket.accept().await {
                Ok((stream, _)) => {
                    telling.worked();
                    self.admit(stream);
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    telling.failed(&format!("cannot accept a connection: {error}"));
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    fn admit(&self, stream: TcpStream) {
        if let Some(place) = self.served.place() {
            let (config, rendering) = (Arc::clone(&self.config), Arc::clone(&self.rendering));
            tokio::spawn(async move {
                connection::serve(stream, &config, &rendering).await;
                drop(place);
            });
        } else if let Some(place) = self.refused.place() {
            let deadline = self.config.deadline;
            tokio::spawn(async move {
                connection::refuse(stream, deadline).await;
                drop(place);
            });
        }
    }
}

/// A bounded number of connections.
#[derive(Clone)]
pub(super) struct Connections {
    free: Arc<Semaphore>,
    max: usize,
}

impl Connections {
    fn new(max: usize) -> Self {
        Connections { free: Arc::new(Semaphore::new(max)), max }
    }

    /// A place for one more, for as long as the result lives.
    fn place(&self) -> Option<impl Send + use<>> {
        Arc::clone(&self.free).try_acquire_owned().ok()
    }

    /// Waits until there is none.
    pub(super) async fn ended(&self) {
        let max = u32::try_from(self.max).unwrap_or(u32::MAX);
        let _ = self.free.acquire_many(max).await;
    }
}

/// Whether an error says that a client gave up before it was accepted, and nothing of the next one.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted
    )
}
