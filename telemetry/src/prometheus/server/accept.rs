//! Accepts connections up to the limit, and pauses when the process is out of descriptors.

use super::connection;
use super::{Config, Rendering};
use crate::export::TroubleLog;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// The pause after the system could not accept a connection; another one may end until then.
const PAUSE: Duration = Duration::from_millis(100);

/// A bound socket and the state that its connections share.
pub(super) struct Listener {
    socket: TcpListener,
    config: Arc<Config>,
    rendering: Arc<Rendering>,
    served: Connections,
    rejected: Connections,
}

impl Listener {
    pub(super) fn new(socket: TcpListener, config: Arc<Config>, rendering: Rendering) -> Self {
        let [served, rejected] = [(); 2].map(|()| Connections::new(config.max_connections));
        Listener { socket, config, rendering: Arc::new(rendering), served, rejected }
    }

    /// Returns the connections that are being served.
    pub(super) fn connections(&self) -> Connections {
        self.served.clone()
    }

    /// Accepts until it is aborted.
    pub(super) async fn accept(self) {
        let mut trouble = TroubleLog::new("prometheus");
        loop {
            match self.socket.accept().await {
                Ok((stream, _)) => {
                    trouble.worked();
                    self.admit(stream);
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    trouble.failed(&format!("cannot accept a connection: {error}"));
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    fn admit(&self, stream: TcpStream) {
        if let Some(permit) = self.served.permit() {
            let config = Arc::clone(&self.config);
            let rendering = Arc::clone(&self.rendering);
            tokio::spawn(async move {
                connection::serve(stream, &config, &rendering).await;
                drop(permit);
            });
        } else if let Some(permit) = self.rejected.permit() {
            let deadline = self.config.deadline;
            tokio::spawn(async move {
                connection::reject(stream, deadline).await;
                drop(permit);
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

    /// Takes a permit for one more connection, which lasts until the result is dropped.
    fn permit(&self) -> Option<impl Send + use<>> {
        Arc::clone(&self.free).try_acquire_owned().ok()
    }

    /// Waits until all connections have ended.
    pub(super) async fn ended(&self) {
        let max = u32::try_from(self.max).unwrap_or(u32::MAX);
        let _ = self.free.acquire_many(max).await;
    }
}

/// Returns whether the error concerns one client that gave up before it was accepted, and not the next one.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted
    )
}
