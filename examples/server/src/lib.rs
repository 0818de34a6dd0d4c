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
pub mod feeds;
pub mod http;
pub mod hub;
pub mod limits;
pub mod posted;
pub mod shared;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum_server::tls_rustls::RustlsConfig;
use axum_server::Handle;
use hyper_util::rt::TokioTimer;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::auth::Tokens;
use crate::http::App;
use crate::hub::{Hub, Settings};
use crate::limits::{Connections, Limits};
use crate::shared::Shared;

/// What a connection may hold of a request's head, or of what is not yet sent.
const CONNECTION_BUFFER: usize = 32 << 10;

/// How long a client may take to send the head of a request.
const HEAD_TIME: Duration = Duration::from_secs(20);

/// The connections that there may be beside those of the streams.
const MORE_CONNECTIONS: usize = 500;

/// The tasks that may run at a time.
const TASKS: usize = 100;

/// How a server is set up.
#[derive(Clone, Debug)]
pub struct Config {
    pub listen: SocketAddr,
    pub settings: Settings,
    pub streams_per_client: usize,
    pub streams: usize,
    /// The secret of the tokens; without it nobody is asked for one.
    pub secret: Option<String>,
    pub origins: Vec<String>,
    /// The names by which the server is known, beside IP addresses and `localhost`.
    pub hosts: Vec<String>,
    /// Certificate and key, as PEM files.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// The address of the shared store, and the most entries that it keeps.
    pub redis: Option<(String, usize)>,
    /// Whether to make events up.
    pub made_up: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: ([127, 0, 0, 1], 8000).into(),
            settings: Settings::default(),
            streams_per_client: 100,
            streams: 10_000,
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
/// If it cannot listen, or a file or the shared store is not there.
pub async fn start(config: Config) -> io::Result<Server> {
    let shared = match &config.redis {
        Some((url, max_len)) => {
            Some(Shared::connect(url, *max_len).await.map_err(io::Error::other)?)
        }
        None => None,
    };
    let hub = Hub::new(config.settings, &feeds::NAMES, shared);
    hub.share().await.map_err(io::Error::other)?;
    if config.made_up {
        feeds::spawn(&hub);
    }

    let connections = config.streams.saturating_add(MORE_CONNECTIONS);
    let limits = Limits::new(config.streams_per_client, config.streams);
    let app = http::routes(App {
        hub: Arc::clone(&hub),
        limits: Arc::clone(&limits),
        tokens: config.secret.as_deref().map(Tokens::new).map(Arc::new),
        origins: config.origins.into(),
        hosts: config.hosts.into(),
        tasks: Arc::new(Semaphore::new(TASKS)),
    });
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    let handle = Handle::new();
    let task = match config.tls {
        Some((certificate, key)) => {
            // Fails if it is installed already, which is as well.
            let _ = rustls::crypto::ring::default_provider().install_default();
            let tls = RustlsConfig::from_pem_file(certificate, key).await?;
            let server = bounded(axum_server::bind_rustls(config.listen, tls), connections);
            tokio::spawn(server.handle(handle.clone()).serve(service))
        }
        None => {
            let server = bounded(axum_server::bind(config.listen), connections);
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

/// Bounds the connections, and what each may hold: a client that does not read costs little, a large head
/// is refused, and so is one that does not come to its end.
fn bounded<A>(
    server: axum_server::Server<SocketAddr, A>,
    connections: usize,
) -> axum_server::Server<SocketAddr, Connections<A>> {
    let mut server = server.map(|acceptor| Connections::new(acceptor, connections));
    let mut builder = server.http_builder().http1();
    builder.max_buf_size(CONNECTION_BUFFER).timer(TokioTimer::new()).header_read_timeout(HEAD_TIME);
    server.http_builder().http2().max_send_buf_size(CONNECTION_BUFFER);
    server
}

impl Server {
    /// Ends all streams, waits until what is under way is done, for so long at most, and stops.
    ///
    /// # Errors
    ///
    /// Those of serving.
    pub async fn stop(self, patience: Duration) -> io::Result<()> {
        self.hub.stop().cancel();
        self.handle.graceful_shutdown(Some(patience));
        self.task.await.map_err(io::Error::other)?
    }
}
