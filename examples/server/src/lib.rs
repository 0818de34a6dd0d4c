//! Live feeds over Server-Sent Events: a server as people build them, on `sse-wire` and axum.
//!
//! ```text
//! feeds (made up, system, log)   http::post (what clients send)
//!            \                      /
//!             hub: publish, encode once, a ring for each feed  <->  shared (Redis), if asked for
//!                          |
//!             http::stream: a subscription as a body, with limits and auth before it
//! ```

pub mod auth;
pub mod connections;
pub mod feeds;
pub mod http;
pub mod hub;
pub mod limits;
pub mod output;
pub mod posted;
pub mod registry;
#[cfg(feature = "redis")]
pub mod shared;
#[cfg(not(feature = "redis"))]
#[path = "no_shared.rs"]
pub mod shared;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::middleware;
use axum_server::Handle;
use tokio::net::TcpSocket;
use tokio::task::JoinHandle;

use crate::auth::Tokens;
use crate::connections::Acceptor;
use crate::http::App;
use crate::hub::{Hub, Settings};
use crate::limits::{Bounds, Limits, Patience};
use crate::shared::Shared;

/// What a connection may hold of a request's head, or of what is not yet sent.
const CONNECTION_BUFFER: usize = 32 << 10;

/// The requests that one HTTP/2 connection may have at a time.
const REQUESTS_OF_CONNECTION: u32 = 100;

/// What a client may send of a body over HTTP/2 before it is read, for a request and for a connection.
const BODY_WINDOW: u32 = 64 << 10;
const CONNECTION_WINDOW: u32 = 256 << 10;

/// The connections that the system keeps until they are accepted. Clients beyond that try again after a second.
const NOT_YET_ACCEPTED: u32 = 4096;

/// The descriptors that are left to other things than connections.
const OTHER_DESCRIPTORS: usize = 100;

/// How a server is set up.
#[derive(Clone, Debug)]
pub struct Config {
    pub listen: SocketAddr,
    pub settings: Settings,
    pub bounds: Bounds,
    pub patience: Patience,
    /// The secret of the tokens; without it nobody is asked for one.
    pub secret: Option<String>,
    pub origins: Vec<String>,
    /// The names by which the server is known, beside IP addresses and `localhost`.
    pub hosts: Vec<String>,
    /// Certificate and key, as PEM files.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// The address of the shared store, and how many events it keeps of each feed. It keeps more than a server
    /// does in any case.
    pub redis: Option<(String, usize)>,
    /// Whether to make events up.
    pub made_up: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: ([127, 0, 0, 1], 8000).into(),
            settings: Settings::default(),
            bounds: Bounds::default(),
            patience: Patience::default(),
            secret: None,
            origins: Vec::new(),
            hosts: Vec::new(),
            tls: None,
            redis: None,
            made_up: true,
        }
    }
}

/// A server that runs.
pub struct Server {
    pub hub: Arc<Hub>,
    pub limits: Arc<Limits>,
    pub address: SocketAddr,
    handle: Handle<SocketAddr>,
    task: JoinHandle<io::Result<()>>,
}

/// Starts a server.
///
/// # Errors
///
/// If it cannot listen, or a file or the shared store is not there, or this build cannot do what is asked for.
pub async fn start(config: Config) -> io::Result<Server> {
    check_build(&config)?;
    let shared = match &config.redis {
        Some((url, events)) => {
            let events = config.settings.events.saturating_add(1).max(*events);
            Some(Shared::connect(url, events).await.map_err(io::Error::other)?)
        }
        None => None,
    };
    let hub = Hub::new(config.settings, &feeds::NAMES, shared);
    hub.share().await.map_err(io::Error::other)?;
    if config.made_up {
        feeds::spawn(&hub);
    }

    let mut bounds = config.bounds;
    bounds.connections.total = bounds.connections.total.min(descriptors(&bounds));
    let limits = Arc::new(Limits::new(&bounds));
    let app = http::routes(App {
        hub: Arc::clone(&hub),
        limits: Arc::clone(&limits),
        patience: config.patience,
        tokens: config.secret.as_deref().map(Tokens::new).map(Arc::new),
        origins: config.origins.into(),
        hosts: config.hosts.into(),
    });
    let app = app.layer(middleware::from_fn(connections::watch));
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    let handle = Handle::new();
    let listener = listen(config.listen)?;
    let task = match config.tls {
        #[cfg(feature = "tls")]
        Some((certificate, key)) => {
            // Fails if it is installed already, which is as well.
            let _ = rustls::crypto::ring::default_provider().install_default();
            let tls =
                axum_server::tls_rustls::RustlsConfig::from_pem_file(certificate, key).await?;
            let server = axum_server::from_tcp_rustls(listener, tls)?;
            let server = bounded(server, &limits, config.patience);
            tokio::spawn(server.handle(handle.clone()).serve(service))
        }
        _ => {
            let server = bounded(axum_server::from_tcp(listener)?, &limits, config.patience);
            tokio::spawn(server.handle(handle.clone()).serve(service))
        }
    };
    match handle.listening().await {
        Some(address) => Ok(Server { hub, limits, address, handle, task }),
        None => {
            Err(task.await.map_err(io::Error::other)?.err().unwrap_or(io::ErrorKind::Other.into()))
        }
    }
}

/// Listens, with room for clients that come back all at once.
fn listen(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(NOT_YET_ACCEPTED)?.into_std()
}

/// Refuses what is asked for and is not in this build.
fn check_build(config: &Config) -> io::Result<()> {
    let features = [
        ("jwt", config.secret.is_some(), cfg!(feature = "jwt")),
        ("redis", config.redis.is_some(), cfg!(feature = "redis")),
        ("tls", config.tls.is_some(), cfg!(feature = "tls")),
    ];
    match features.iter().find(|(_, asked, built)| *asked && !built) {
        Some((name, ..)) => {
            Err(io::Error::other(format!("this server was built without the feature `{name}`")))
        }
        None => Ok(()),
    }
}

/// The connections that this process has descriptors for, after it asked for as many as it needs.
fn descriptors(bounds: &Bounds) -> usize {
    let needed = bounds.connections.total.saturating_add(OTHER_DESCRIPTORS);
    let needed = needed.try_into().unwrap_or(u64::MAX);
    let allowed = rlimit::increase_nofile_limit(needed).unwrap_or(needed);
    usize::try_from(allowed).unwrap_or(usize::MAX).saturating_sub(OTHER_DESCRIPTORS)
}

/// Bounds the connections, and what each may hold: a client that does not read costs little, and a large
/// head is refused.
fn bounded<A>(
    server: axum_server::Server<SocketAddr, A>,
    limits: &Limits,
    patience: Patience,
) -> axum_server::Server<SocketAddr, Acceptor<A>> {
    let count = Arc::clone(&limits.connections);
    let mut server = server.map(|inner| Acceptor { inner, count, patience });
    server.http_builder().http1().max_buf_size(CONNECTION_BUFFER);
    let mut builder = server.http_builder().http2();
    builder
        .max_send_buf_size(CONNECTION_BUFFER)
        .max_concurrent_streams(REQUESTS_OF_CONNECTION)
        .initial_stream_window_size(BODY_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW);
    server
}

impl Server {
    /// Ends all streams, waits until what is under way is done, for so long at most, and stops.
    ///
    /// # Errors
    ///
    /// Those of serving.
    pub async fn stop(self, patience: Duration) -> io::Result<()> {
        self.hub.stop();
        self.handle.graceful_shutdown(Some(patience));
        self.task.await.map_err(io::Error::other)?
    }
}
