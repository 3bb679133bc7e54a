//! How the server ends: on Ctrl-C or SIGTERM it takes no more visitors, and those it has get a moment.

use std::future::Future;
use std::io;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;
use tokio::time::sleep;

/// As long as requests that run may take to finish. A `longPoll` takes longer, and its page asks again.
const GRACE: Duration = Duration::from_secs(2);

/// The signals that end the server.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// From now on a signal does not end the process by itself.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn listen() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Two futures: the first is there with the first signal, the second when the moment after it is over, or
    /// with the second signal.
    pub fn patience(mut self) -> (impl Future<Output = ()>, impl Future<Output = ()>) {
        let (tell, told) = oneshot::channel();
        let first = async move {
            self.come().await;
            tracing::info!("stopping");
            let _ = tell.send(self);
        };
        let over = async move {
            // Never told: the server failed before, and says so itself.
            let Ok(mut signals) = told.await else { return std::future::pending().await };
            tokio::select! {
                () = sleep(GRACE) => {}
                () = signals.come() => {}
            }
        };
        (first, over)
    }

    async fn come(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
