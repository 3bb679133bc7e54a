//! The hub as a process: one for a folder of threads, from its start to its end.

use super::command::{self, Ear};
use super::listen::{self, Door};
use super::{Hub, Options, descriptors, tls};
use crate::error::{Error, Result};
use crate::files::{self, Durability};
use crate::lock::Lock;
use crate::notice::WsIni;
use crate::site::Site;
use std::io::{self, IsTerminal};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{sleep, timeout};

/// Held for as long as a hub runs.
const LOCK: &str = ".hub.lock";
/// The number of the hub's process, for `kill -HUP`.
const PID: &str = ".hub.pid";
/// Rooms wait for files, and for locks that others hold.
const BLOCKING_THREADS: usize = 64;
/// Pages that were told goodbye close their connections within this time, or not at all.
const GOODBYE: Duration = Duration::from_secs(3);

/// Runs until the process is told to end.
///
/// # Errors
/// When the settings are wrong, another hub runs, or a port can't be had.
pub fn run(options: &Options) -> Result<()> {
    let site = options.site()?;
    let Some(_lock) = only_one(&site, options.ensure)? else { return Ok(()) };
    let settings = options.settings(&site)?;
    log_to_stderr();
    descriptors::take_all();
    let runtime = Builder::new_multi_thread().enable_all().max_blocking_threads(BLOCKING_THREADS).build();
    let runtime = runtime.map_err(|error| Error::host(format!("The hub can't start: {error}")))?;
    let result = runtime.block_on(live(options, site, settings));
    runtime.shutdown_timeout(GOODBYE);
    result
}

/// The lock that says that a hub runs; `None` if one does and that is fine.
fn only_one(site: &Site, is_fine: bool) -> Result<Option<Lock>> {
    let path = site.threads().join(LOCK);
    match Lock::exclusive(&path, 0o600, Duration::ZERO) {
        Ok(lock) => Ok(Some(lock)),
        Err(Error::Busy { .. }) if is_fine => Ok(None),
        Err(Error::Busy { .. }) => {
            Err(Error::host(format!("A hub is running already for {}", site.threads().display())))
        }
        Err(error) => Err(error),
    }
}

fn log_to_stderr() {
    use tracing_subscriber::{filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt};
    let lines = fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    let wanted = Targets::new().with_default(tracing::Level::WARN);
    let wanted = wanted.with_target(env!("CARGO_CRATE_NAME"), tracing::Level::INFO);
    tracing_subscriber::registry().with(lines).with(wanted).init();
}

/// The signals that a hub understands.
struct Signals {
    reload: Signal,
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            reload: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }
}

async fn live(options: &Options, site: Site, settings: WsIni) -> Result<()> {
    let mut signals = Signals::listen().map_err(|error| Error::host(format!("Signals can't be heard: {error}")))?;
    let door = Arc::new(RwLock::new(tls::acceptor(&settings)?));
    let listener = bind(settings.listen, settings.port)?;
    let hub = Hub::new(site, settings);
    command::make_secret(&hub)?;
    tokio::spawn(Ear::open(&hub).await?.listen(hub.clone()));
    let pid = std::process::id().to_string();
    files::replace(&hub.site.threads().join(PID), pid.as_bytes(), 0o600, Durability::Best)?;
    greet(&listener, &hub, &door);
    let doorman = tokio::spawn(listen::listen(listener, hub.clone(), door.clone()));
    loop {
        tokio::select! {
            _ = signals.reload.recv() => reload(options, &hub, &door).await,
            _ = signals.terminate.recv() => break,
            _ = signals.interrupt.recv() => break,
        }
    }
    tracing::info!(pages = hub.connections(), "stopping");
    doorman.abort();
    // Those who don't answer are left, and rooms that wait for files.
    let _ = timeout(GOODBYE, everybody_gone(&hub)).await;
    Ok(())
}

async fn everybody_gone(hub: &Hub) {
    hub.stop().await;
    while hub.connections() > 0 {
        sleep(Duration::from_millis(10)).await;
    }
}

/// Listens on an address; without one, on all of the host's, also where it has no IPv6.
fn bind(address: Option<IpAddr>, port: u16) -> Result<TcpListener> {
    let tries = match address {
        Some(address) => vec![address],
        None => vec![Ipv6Addr::UNSPECIFIED.into(), Ipv4Addr::UNSPECIFIED.into()],
    };
    let mut failed = None;
    for address in tries {
        match listen::bind((address, port).into()) {
            Ok(listener) => return Ok(listener),
            Err(error) => failed = Some(Error::host(format!("Can't listen on {address} port {port}: {error}"))),
        }
    }
    Err(failed.unwrap_or_else(|| Error::host("No address to listen on")))
}

/// Says that the hub is there, once it can be reached.
fn greet(listener: &TcpListener, hub: &Hub, door: &Door) {
    let scheme = if door.read().unwrap_or_else(PoisonError::into_inner).is_some() { "wss" } else { "ws" };
    let address = listener.local_addr().map_or_else(|error| error.to_string(), |address| address.to_string());
    tracing::info!("listening on {scheme}://{address} for {}", hub.site.threads().display());
    if !hub.settings().on {
        tracing::warn!("wsOn is 0 in ws.ini, so pages and programs don't know of this hub");
    }
    let settings = hub.settings();
    if settings.is_certificate_unused {
        tracing::info!(
            "wssCert is not used: wsLocalPort is not the port of wsServerUri, so the web server speaks TLS and passes pages on \
             to this port; for TLS here, delete wsLocalPort"
        );
        if !settings.trust_proxy {
            tracing::warn!("all visitors seem to come from the web server's address; set trustProxy=\"1\"");
        }
    }
}

/// Reads settings and certificate again. If something is wrong with them, the old ones hold.
async fn reload(options: &Options, hub: &Hub, door: &Door) {
    let settings = match options.settings(&hub.site).and_then(|new| Ok((tls::acceptor(&new)?, new))) {
        Ok((acceptor, settings)) => {
            *door.write().unwrap_or_else(PoisonError::into_inner) = acceptor;
            settings
        }
        Err(error) => return tracing::error!("the settings stay as they were: {error}"),
    };
    let old = hub.settings();
    if (old.port, old.listen, &old.command) != (settings.port, settings.listen, &settings.command) {
        tracing::warn!("another port or command link is taken only when the hub is started again");
    }
    hub.change_settings(settings).await;
    tracing::info!("settings and certificate were read again");
}
