//! Everything in one process on one port: for trying mozchat out, for developing, and for a machine of one's own.
//!
//! `cgi-bin/NAME.cgi` runs the programs' own handlers (`cgi_bin`); all else is a file (`statics`), of the
//! page or of a thread, as the `.htaccess` files have it under Apache. Addresses are those of a host with Apache.

mod body;
mod cgi_bin;
mod headers;
mod options;
mod paths;
mod pulse;
mod statics;
mod stop;
mod welcome;

pub use options::Options;

use crate::error::{Error, Result};
use crate::site::Site;
use axum::Router;
use axum::routing::any;
use axum::serve::ListenerExt;
use std::io::{self, IsTerminal};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// A `longPoll` or a slow upload holds a thread of its own while it lasts.
const BLOCKING_THREADS: usize = 512;
/// The rest is for files, so that they come also while every program has somebody waiting.
const PROGRAMS_AT_ONCE: usize = BLOCKING_THREADS - 64;

/// What every request is answered from.
pub struct Installation {
    page: PathBuf,
    threads: PathBuf,
    site: Result<Site>,
    /// How many more programs may run.
    free: Arc<Semaphore>,
}

impl Installation {
    /// The page in `page` with the threads of `site`.
    pub fn new(site: Site, page: PathBuf) -> Self {
        let threads = site.threads().to_owned();
        Self { page, threads, site: Ok(site), free: Arc::new(Semaphore::new(PROGRAMS_AT_ONCE)) }
    }
}

/// Serves until the process is told to end.
///
/// # Errors
/// When the page or the threads are not there, or the port can't be had.
pub fn run(options: &Options) -> Result<()> {
    log_to_stderr();
    let runtime = runtime().map_err(|error| Error::host(format!("The server can't start: {error}")))?;
    let result = runtime.block_on(serve(options));
    // Whoever still waits in a longPoll is not waited for: the process ends, and a thread survives that anywhere.
    runtime.shutdown_background();
    result
}

/// The routes. Needs to be served with the clients' addresses (`ConnectInfo<SocketAddr>`).
pub fn router(installation: Installation) -> Router {
    Router::new()
        .route("/cgi-bin/{file}", any(cgi_bin::answer))
        .fallback(statics::answer)
        .with_state(Arc::new(installation))
}

/// What libraries say is of no use to an admin unless something is wrong.
fn log_to_stderr() {
    let lines = fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    let wanted = Targets::new().with_default(Level::WARN).with_target(env!("CARGO_CRATE_NAME"), Level::INFO);
    tracing_subscriber::registry().with(lines).with(wanted).init();
}

fn runtime() -> io::Result<Runtime> {
    Builder::new_multi_thread().enable_all().max_blocking_threads(BLOCKING_THREADS).build()
}

async fn serve(options: &Options) -> Result<()> {
    let site = options.site()?;
    let page = options.page()?;
    // Before anybody can be told that the server is there, so that nobody can end it unheard.
    let signals = stop::Signals::listen().map_err(|error| Error::host(format!("Signals can't be heard: {error}")))?;
    let listener = listen(&options.host, options.port).await?;
    welcome::print(&listener, &site);
    // Answers are small and wait for nothing that would come after them.
    let listener = listener.tap_io(|line| drop(line.set_nodelay(true)));
    let app = router(Installation::new(site, page)).into_make_service_with_connect_info::<SocketAddr>();
    let (patience, over) = signals.patience();
    tokio::select! {
        result = axum::serve(listener, app).with_graceful_shutdown(patience) => {
            result.map_err(|error| Error::host(format!("The server failed: {error}")))
        }
        () = over => Ok(()),
    }
}

async fn listen(host: &str, port: u16) -> Result<TcpListener> {
    TcpListener::bind((host, port)).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => Error::host(format!("Port {port} is taken; choose another one with --port")),
        _ => Error::host(format!("Can't listen on {host} port {port}: {error}")),
    })
}
