//! Everything in one process on one port: for trying mozchat out, for developing, and for a machine of one's own.
//!
//! `cgi-bin/NAME.cgi` runs the programs' own handlers (`cgi_bin`); all else is a file (`statics`), of the
//! page or of a thread, as the `.htaccess` files have it under Apache. Addresses are those of a host with Apache;
//! besides, `hub` is a WebSocket of the [`hub`], and `healthz` and `metrics` are for the admin's machines.

mod body;
mod cgi_bin;
mod connections;
mod headers;
mod health;
mod listener;
mod look;
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
use axum::http::{HeaderMap, Response};
use axum::middleware::map_response;
use axum::routing::{any, get};
use connections::Shares;
use health::Counts;
use listener::{Certificate, Listener, Peer};
use std::io::{self, IsTerminal};
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Semaphore;
use tokio::time::interval;
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
#[derive(Debug)]
pub struct Installation {
    page: PathBuf,
    threads: PathBuf,
    site: Result<Site>,
    /// How many more programs may run.
    free: Arc<Semaphore>,
    /// How many of them one address may have.
    shares: Shares,
    hub: Arc<Hub>,
    /// Whether everybody may read the metrics; else they are told on a port of their own, if at all: behind a proxy all
    /// visitors seem to come from this machine.
    open_metrics: bool,
    counts: Counts,
}

impl Installation {
    /// What the options name, and a hub for its threads.
    ///
    /// # Errors
    /// When something named is not there, or there is a `ws.ini` that can't be understood.
    fn new(options: &Options) -> Result<Self> {
        let (site, page) = (options.site()?, options.page()?);
        let threads = site.threads().to_owned();
        let settings = WsIni::load(&threads.join(notice::FILE), &threads)?;
        let mut settings = settings.unwrap_or_else(|| WsIni::default_for(&threads));
        settings.trust_proxy |= options.trust_proxy;
        let hub = Hub::new(site.clone(), settings);
        let (site, free) = (Ok(site.with_hub(HUB)), Arc::new(Semaphore::new(PROGRAMS_AT_ONCE)));
        let (open_metrics, counts) = (options.open_metrics, Counts::default());
        let shares = Shares::of_programs(PROGRAMS_AT_ONCE);
        Ok(Self { page, threads, site, free, shares, hub, open_metrics, counts })
    }

    /// Whose request it is: the peer's, or the one that a trusted proxy names.
    fn visitor(&self, headers: &HeaderMap, peer: Peer) -> IpAddr {
        hub::visitor(headers, peer.address.ip(), &self.hub.settings())
    }

    /// How many requests programs work on.
    fn running(&self) -> usize {
        PROGRAMS_AT_ONCE - self.free.available_permits()
    }
}

/// Serves until the process is told to end, or does what the options want instead. The answer is the exit status.
///
/// # Errors
/// When the page or the threads are not there, or the port can't be had.
pub fn run(options: &Options) -> Result<ExitCode> {
    if let Some(path) = &options.try_lock {
        return Ok(crate::check::try_lock(path).into());
    }
    if options.check {
        return Ok(look::print(options));
    }
    if options.hash {
        return print_hash().map(|()| ExitCode::SUCCESS);
    }
    log_to_stderr();
    let runtime = runtime().map_err(|error| Error::host(format!("The server can't start: {error}")))?;
    let result = runtime.block_on(serve(options));
    // Whoever still waits in a longPoll is not waited for: the process ends, and a thread survives that anywhere.
    runtime.shutdown_background();
    result.map(|()| ExitCode::SUCCESS)
}

/// Makes a settings file's hash of a password, which is not an argument, since arguments are seen by others.
fn print_hash() -> Result<()> {
    let password = read_password().map_err(Error::io("read", "standard input"))?;
    let password = password.trim_end_matches(['\r', '\n']);
    if password.trim().is_empty() {
        return Err(Error::host("Type the password on standard input: echo 'open sesame' | serve --hash"));
    }
    println!("{}", crate::auth::password::hash(password)?);
    Ok(())
}

/// A line of standard input, or what a person types, unseen by who looks over the shoulder.
fn read_password() -> io::Result<String> {
    if io::stdin().is_terminal() {
        return rpassword::prompt_password("Password: ");
    }
    let mut password = String::new();
    io::stdin().read_line(&mut password).map(|_| password)
}

/// The routes. Needs to be served with the clients' addresses (`ConnectInfo<Peer>`).
fn router(installation: Arc<Installation>) -> Router {
    Router::new()
        .route("/cgi-bin/{file}", any(cgi_bin::answer))
        .route(&format!("/{HUB}"), any(push))
        .route("/healthz", get(health::healthz))
        .route("/metrics", get(health::metrics))
        .fallback(statics::answer)
        .with_state(installation)
}

/// Makes a WebSocket of a page's connection.
async fn push(
    State(installation): State<Arc<Installation>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
) -> Response<Body> {
    hub::upgrade(&installation.hub, peer.address.ip(), request)
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
    let installation = Arc::new(Installation::new(options)?);
    let certificate = options.certificate()?.map(Certificate::read).transpose()?.map(Arc::new);
    // Before anybody can be told that the server is there, so that nobody can end it unheard.
    let signals = stop::Signals::listen().map_err(|error| Error::host(format!("Signals can't be heard: {error}")))?;
    renew(certificate.clone())?;
    let listener = listen(&options.host, options.port).await?;
    welcome::print(&listener, &installation.threads, certificate.is_some());
    let is_tls = certificate.is_some();
    let listener = Listener::open(listener, certificate);
    let (app, is_behind_a_proxy) = (router(installation.clone()), installation.hub.settings().trust_proxy);
    let app = if is_tls { app.layer(map_response(headers::over_tls_only)) } else { app };
    if let Some(port) = options.metrics_port {
        let listener = listen("127.0.0.1", port).await?;
        let metrics = Router::new().route("/metrics", get(health::tell)).with_state(installation.clone());
        tokio::spawn(async move { axum::serve(listener, metrics).await });
    }
    let (patience, over) = signals.patience();
    let tidy = installation.clone();
    tokio::spawn(async move {
        let mut minutes = interval(Duration::from_secs(60));
        loop {
            minutes.tick().await;
            tidy.shares.tidy();
        }
    });
    let patience = async move {
        patience.await;
        installation.hub.stop().await;
    };
    tokio::select! {
        () = connections::serve(listener, app, is_behind_a_proxy, patience) => {}
        () = over => {}
    }
    Ok(())
}

/// Reads the certificate again at each SIGHUP, which does nothing where there is none.
fn renew(certificate: Option<Arc<Certificate>>) -> Result<()> {
    let mut hangups =
        signal(SignalKind::hangup()).map_err(|error| Error::host(format!("Signals can't be heard: {error}")))?;
    tokio::spawn(async move {
        while hangups.recv().await.is_some() {
            certificate.iter().for_each(|certificate| certificate.read_again());
        }
    });
    Ok(())
}

async fn listen(host: &str, port: u16) -> Result<TcpListener> {
    TcpListener::bind((host, port)).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => Error::host(format!("Port {port} is taken; choose another one with --port")),
        _ => Error::host(format!("Can't listen on {host} port {port}: {error}")),
    })
}
