//! The command line.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Parser, Subcommand};
use server::auth::{now, Tokens};
use server::feeds::LogFeed;
use server::hub::Settings;
use server::limits::{Bound, Bounds};
use server::output::{tell_left_out, Output};
use server::Config;
use tokio::signal::unix::{signal, SignalKind};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::Layer;

/// How long a stop waits for requests that are under way.
const PATIENCE: Duration = Duration::from_secs(5);

/// Live feeds over Server-Sent Events, and a page to watch them.
#[derive(Parser)]
#[command(name = "server", version)]
struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Address and port to listen on
    #[arg(long, default_value = "127.0.0.1:8000")]
    listen: SocketAddr,
    /// Share the feeds with other servers over this Redis, for example <redis://127.0.0.1/>
    #[arg(long, value_name = "URL")]
    redis: Option<String>,
    /// Events of each feed that the shared stream keeps, at least one more than --events. In all it keeps 20
    /// times as many
    #[arg(long, default_value_t = 2000)]
    redis_events: usize,
    /// Serve HTTPS with this certificate (PEM)
    #[arg(long, requires = "tls_key", value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// The key of the certificate (PEM)
    #[arg(long, requires = "tls_cert", value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Ask for bearer tokens (JWT, HS256) that were signed with this secret
    #[arg(long, env = "JWT_SECRET", hide_env_values = true, global = true)]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    jwt_secret: Option<String>,
    /// Let pages of this origin in, with credentials; can be repeated
    #[arg(long, value_name = "ORIGIN")]
    allow_origin: Vec<String>,
    /// A host name of this server, besides IP addresses and localhost; can be repeated
    #[arg(long, value_name = "NAME", value_parser = host_name)]
    allow_host: Vec<String>,
    /// The most streams of one client: a user where tokens are asked for, else an address
    #[arg(long, default_value_t = 100)]
    streams_per_client: usize,
    /// The most streams in all; one client can have three quarters of them at most
    #[arg(long, default_value_t = 10_000)]
    streams: usize,
    /// The most streams that are compressed, for clients that accept gzip; each takes 320 KiB. Further ones
    /// are sent as they are. One client can have three quarters of them at most
    #[arg(long, value_name = "STREAMS", default_value_t = 0)]
    gzip: usize,
    /// The most connections of one address. Behind a proxy all clients have the proxy's address: raise it
    /// up to three quarters of --connections, and let the proxy count by client
    #[arg(long, default_value_t = 200)]
    connections_per_address: usize,
    /// The most connections in all, if there are descriptors for them; one address can have three
    /// quarters of them at most [default: 500 more than streams]
    #[arg(long)]
    connections: Option<usize>,
    /// The most posts of one client that are being received or answered
    #[arg(long, default_value_t = 50)]
    bodies_per_client: usize,
    /// The most posts in all that are being received or answered; one client can have three quarters of
    /// them at most
    #[arg(long, default_value_t = 500)]
    bodies: usize,
    /// Events that each feed keeps, on its own, for clients that come back
    #[arg(long, default_value_t = 1000)]
    events: usize,
    /// Seconds without an event after which a comment is sent
    #[arg(long, default_value_t = 15.0)]
    keep_alive: f64,
    /// Seconds after which clients that lost their connection try again
    #[arg(long, default_value_t = 2.0)]
    retry: f64,
    /// Seconds after which a stream ends, and its client resumes
    #[arg(long, default_value_t = 600.0)]
    max_age: f64,
    /// Send only what is posted, and no made-up events
    #[arg(long)]
    quiet: bool,
    /// Log as JSON
    #[arg(long)]
    log_json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Print a token for a user, which is valid for an hour
    Token {
        /// The user's name
        user: String,
    },
}

/// A host name without a port: the server is known by it at every port.
fn host_name(name: &str) -> Result<String, &'static str> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let is_name = !name.is_empty() && name.bytes().all(is_part);
    is_name.then(|| name.to_owned()).ok_or("a host name is needed, without scheme and port")
}

fn seconds(seconds: f64) -> io::Result<Duration> {
    Duration::try_from_secs_f64(seconds).map_err(io::Error::other)
}

impl Args {
    fn config(self) -> io::Result<Config> {
        let settings = Settings {
            keep_alive: seconds(self.keep_alive)?,
            retry: seconds(self.retry)?,
            max_age: seconds(self.max_age)?,
            events: self.events,
            ..Settings::default()
        };
        let connections = self.connections.unwrap_or(self.streams.saturating_add(500));
        let bounds = Bounds {
            connections: Bound { each: self.connections_per_address, total: connections },
            streams: Bound { each: self.streams_per_client, total: self.streams },
            compressed: Bound { each: usize::MAX, total: self.gzip },
            bodies: Bound { each: self.bodies_per_client, total: self.bodies },
            ..Bounds::default()
        };
        Ok(Config {
            listen: self.listen,
            settings,
            bounds,
            secret: self.jwt_secret,
            origins: self.allow_origin,
            hosts: self.allow_host,
            tls: self.tls_cert.zip(self.tls_key),
            redis: self.redis.map(|url| (url, self.redis_events)),
            made_up: !self.quiet,
            ..Config::default()
        })
    }
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let args = Args::parse();
    if let Some(Command::Token { user }) = &args.command {
        let secret = args.jwt_secret.as_deref();
        let secret = secret.ok_or_else(|| io::Error::other("give --jwt-secret or JWT_SECRET"))?;
        let token = Tokens::new(secret).issue(user, now() + 3600).map_err(io::Error::other)?;
        return writeln!(io::stdout(), "{token}");
    }

    let mut output = Output::new(io::stdout())?;
    let (log_feed, lines) = LogFeed::new();
    let filter = std::env::var("RUST_LOG").unwrap_or_else(|_| "info".to_owned());
    let filter: Targets = filter.parse().map_err(io::Error::other)?;
    let printed = output.clone();
    let print = tracing_subscriber::fmt::layer()
        .with_writer(move || printed.clone())
        .log_internal_errors(false);
    let print = if args.log_json { print.json().boxed() } else { print.boxed() };
    tracing_subscriber::registry().with(filter).with(print).with(log_feed).init();
    // The usual hook waits for whoever reads standard error.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "a task panicked");
    }));

    let secure = args.tls_cert.is_some();
    let server = server::start(args.config()?).await?;
    tokio::spawn(LogFeed::publish(lines, server.hub.clone()));
    tokio::spawn(tell_left_out(output.clone()));
    let scheme = if secure { "https" } else { "http" };
    output.write_all(format!("Live feeds at {scheme}://{}/\n", server.address).as_bytes())?;

    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminated.recv() => {}
    }
    tracing::info!("the server stops");
    let stopped = server.stop(PATIENCE).await;
    output.finish(Duration::from_secs(1));
    stopped
}
