//! Everything in one process on one port: for trying mozchat out, for developing, and for a machine of one's own.
//!
//! `cgi-bin/NAME.cgi` runs the programs' own handlers (`cgi_bin`); all else is a file (`statics`), of the
//! page or of a thread, as the `.htaccess` files have it under Apache. Addresses are those of a host with Apache;
//! besides, `hub` is a WebSocket of the [`hub`].

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
use crate::hub::{self, Hub};
use crate::notice::{self, WsIni};
use crate::site::Site;
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::Response;
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

/// The hub's address, relative to the page.
const HUB: &str = "hub";

/// What every request is answered from.
pub struct Installation {
    page: PathBuf,
    threads: PathBuf,
    site: Result<Site>,
    /// How many more programs may run.
    free: Arc<Semaphore>,
    hub: Arc<Hub>,
}

impl Installation {
    /// The page in `page` with the threads of `site`, and a hub for them.
    ///
    /// # Errors
    /// When there is a `ws.ini` that can't be understood.
    pub fn new(site: Site, page: PathBuf) -> Result<Self> {
        let threads = site.threads().to_owned();
        let settings = WsIni::load(&threads.join(notice::FILE), &threads)?;
        let hub = Hub::new(site.clone(), settings.unwrap_or_else(|| WsIni::default_for(&threads)));
        let site = Ok(site.with_hub(HUB));
        Ok(Self { page, threads, site, free: Arc::new(Semaphore::new(PROGRAMS_AT_ONCE)), hub })
    }
}

/// Serves until the process is told to end.
///
/// # Errors
/// When the page or the threads are not there, or the port can't be had.
pub fn run(options: &Options) -> Result<()> {
    if options.hash {
        return print_hash();
    }
    log_to_stderr();
    let runtime = runtime().map_err(|error| Error::host(format!("The server can't start: {error}")))?;
    let result = runtime.block_on(serve(options));
    // Whoever still waits in a longPoll is not waited for: the process ends, and a thread survives that anywhere.
    runtime.shutdown_background();
    result
}

/// Makes a settings file's hash of a password, which is not an argument, since arguments are seen by others.
fn print_hash() -> Result<()> {
    let mut password = String::new();
    std::io::stdin().read_line(&mut password).map_err(Error::io("read", "standard input"))?;
    let password = password.trim_end_matches(['\r', '\n']);
    if password.trim().is_empty() {
        return Err(Error::host("Type the password on standard input: echo 'open sesame' | serve --hash"));
    }
    println!("{}", crate::auth::password::hash(password)?);
    Ok(())
}

/// The routes. Needs to be served with the clients' addresses (`ConnectInfo<SocketAddr>`).
pub fn router(installation: Arc<Installation>) -> Router {
    Router::new()
        .route("/cgi-bin/{file}", any(cgi_bin::answer))
        .route(&format!("/{HUB}"), any(push))
        .fallback(statics::answer)
        .with_state(installation)
}

/// Makes a WebSocket of a page's connection.
async fn push(
    State(installation): State<Arc<Installation>>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response<Body> {
    hub::upgrade(&installation.hub, client.ip(), request)
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
    let installation = Arc::new(Installation::new(site, page)?);
    // Answers are small and wait for nothing that would come after them.
    let listener = listener.tap_io(|line| drop(line.set_nodelay(true)));
    let app = router(installation.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let (patience, over) = signals.patience();
    let patience = async move {
        patience.await;
        installation.hub.stop().await;
    };
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
