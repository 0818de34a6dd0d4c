//! Load: how much memory a subscriber takes, how much processor time a delivery, and how long an event is on
//! its way; and how long it takes until clients that come back all at once are served. All on loopback.
//!
//! Beside the server of this package, in the same run: axum's own `Sse` over a broadcast channel, and a bare
//! loop of writes, which is the limit of what one thread can do.
//!
//! ```sh
//! cargo run --release --manifest-path examples/server/Cargo.toml --example load
//! cargo run --release --manifest-path examples/server/Cargo.toml --example load -- --subscribers 1000 --only bare
//! ```

#[path = "../common/mod.rs"]
mod common;

mod client;
mod peers;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};
use common::{build, free_port, Failure, Process};
use tokio::time::{sleep, timeout};

use client::{post, Crowd};

/// How long whatever should come may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many clients come back in a storm.
const STORM: usize = 5000;

/// Measures what subscribers cost servers: processor time, memory and delay of events.
#[derive(Parser)]
struct Args {
    /// How many subscribers there are in each run
    #[arg(long, value_delimiter = ',', default_values_t = [1000, 5000, 10_000])]
    subscribers: Vec<usize>,
    /// How many events each subscriber is sent
    #[arg(long, default_value_t = 20)]
    events: u32,
    /// Milliseconds between two events
    #[arg(long, default_value_t = 500)]
    pause: u64,
    /// Measure only this kind of server
    #[arg(long)]
    only: Option<Kind>,
    /// Another build of the program `server`
    #[arg(long)]
    server: Option<PathBuf>,
    /// Be a server of this kind; this program starts itself so
    #[arg(long, hide = true, requires = "port")]
    serve: Option<Kind>,
    #[arg(long, hide = true)]
    port: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// The server of this package
    Server,
    /// The server of this package, with each stream compressed; for at most 1000 subscribers
    Gzip,
    /// axum's `Sse` over a broadcast channel
    Axum,
    /// A loop of writes
    Bare,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Server => "this server",
            Self::Gzip => "this server, gzip",
            Self::Axum => "axum's `Sse`",
            Self::Bare => "bare loop",
        }
    }

    fn start(self, program: &Path, port: u16) -> Result<Process, Failure> {
        let mut command = match self {
            Self::Server | Self::Gzip => {
                let mut command = Command::new(program);
                command.args(["--quiet", "--listen", &format!("127.0.0.1:{port}")]);
                command.args(["--streams", "20000", "--streams-per-client", "20000"]);
                command.args(["--connections", "15000", "--connections-per-address", "15000"]);
                if self == Self::Gzip {
                    command.args(["--gzip", "20000"]);
                }
                command
            }
            Self::Axum | Self::Bare => {
                let mut command = Command::new(std::env::current_exe()?);
                command.args(["--serve", if self == Self::Axum { "axum" } else { "bare" }]);
                command.args(["--port", &port.to_string()]);
                command
            }
        };
        command.env("RUST_LOG", "error").stdin(Stdio::null()).stdout(Stdio::null());
        Ok(Process(command.spawn()?))
    }
}

/// A server that runs, and was warmed up.
struct Running {
    process: Process,
    port: u16,
}

impl Running {
    async fn start(kind: Kind, program: &Path) -> Result<Self, Failure> {
        let port = free_port()?;
        let process = kind.start(program, port)?;
        let since = Instant::now();
        while Crowd::connect(port, 100, kind == Kind::Gzip).await.is_err() {
            if since.elapsed() > Duration::from_secs(20) {
                return Err("the server does not start".into());
            }
            sleep(Duration::from_millis(50)).await;
        }
        sleep(Duration::from_millis(500)).await;
        Ok(Self { process, port })
    }

    /// The processor time that it took so far.
    fn processor(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()));
        // Behind the name, which may hold blanks: user and system time, in hundredths of a second.
        let ticks = stat.ok().and_then(|stat| {
            let fields: Vec<u64> = stat
                .rsplit_once(')')?
                .1
                .split_whitespace()
                .skip(11)
                .take(2)
                .map_while(|field| field.parse().ok())
                .collect();
            Some(fields.iter().sum::<u64>())
        });
        Duration::from_millis(ticks.unwrap_or(0) * 10)
    }
}

async fn deliver(kind: Kind, program: &Path, count: usize, args: &Args) -> Result<(), Failure> {
    let server = Running::start(kind, program).await?;
    let (_, before) = server.process.memory();
    let mut crowd =
        timeout(PATIENCE, Crowd::connect(server.port, count, kind == Kind::Gzip)).await??;
    sleep(Duration::from_secs(1)).await;
    let (_, after) = server.process.memory();
    let used = server.processor();
    for _ in 0..args.events {
        post(server.port).await?;
        sleep(Duration::from_millis(args.pause)).await;
    }
    let deliveries = count * args.events as usize;
    let all = timeout(PATIENCE, crowd.delays(deliveries)).await;
    let used = server.processor().saturating_sub(used);
    let Ok(mut delays) = all else { return Err("not every event arrived".into()) };
    delays.sort_unstable();
    let at = |share: f64| delays[((deliveries - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "| {count} | {} | {:.1} | {:.1} | {:.1} | {:.1} |",
        kind.name(),
        after.saturating_sub(before) as f64 / 1024.0 / count as f64,
        used.as_secs_f64() * 1e6 / deliveries as f64,
        at(0.5),
        at(0.99),
    );
    Ok(())
}

async fn storm(kind: Kind, program: &Path) -> Result<(), Failure> {
    let server = Running::start(kind, program).await?;
    let mut crowd = timeout(PATIENCE, Crowd::connect(server.port, STORM, false)).await??;
    post(server.port).await?;
    timeout(PATIENCE, crowd.delays(STORM)).await?;
    let used = server.processor();
    drop(crowd);
    // Spread over a second, as the clients' reconnection times are.
    let mut waited = timeout(PATIENCE, Crowd::storm(server.port, STORM)).await??;
    let used = server.processor().saturating_sub(used);
    waited.sort_unstable();
    let at = |share: f64| waited[((STORM - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "| {} | {:.0} | {:.0} | {:.0} | {:.0} |",
        kind.name(),
        at(0.5),
        at(0.99),
        at(1.0),
        used.as_secs_f64() * 1e6 / STORM as f64,
    );
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    rlimit::increase_nofile_limit(u64::MAX)?;
    if let Some((kind, port)) = args.serve.zip(args.port) {
        return match kind {
            Kind::Bare => peers::bare(port),
            _ => peers::axum(port).await,
        };
    }
    let program = match &args.server {
        Some(program) => program.clone(),
        None => build()?,
    };
    let asked = |kind: &Kind| args.only.is_none_or(|only| only == *kind);
    let kinds = [Kind::Server, Kind::Axum, Kind::Bare, Kind::Gzip].into_iter().filter(asked);

    println!("| subscribers | server | KiB a subscriber | µs a delivery | p50, ms | p99, ms |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for count in &args.subscribers {
        for kind in kinds.clone().filter(|kind| *kind != Kind::Gzip || *count <= 1000) {
            deliver(kind, &program, *count, &args).await?;
        }
    }
    println!("\n| {STORM} come back | p50, ms | p99, ms | all, ms | µs of processor each |");
    println!("| --- | --- | --- | --- | --- |");
    for kind in kinds.filter(|kind| *kind != Kind::Gzip) {
        storm(kind, &program).await?;
    }
    Ok(())
}
