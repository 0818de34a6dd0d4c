//! What the programs share: a server and a store as processes, and how they are seen from outside.

// Every user of this file uses a part of it.
#![allow(dead_code)]

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::time::sleep;

/// The stream in the store that the servers share.
pub const STREAM: &str = "sse:events";

pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The program `server`, built now, in the folder of this program's target.
pub fn build() -> Result<PathBuf, Failure> {
    let examples = std::env::current_exe()?;
    let built = examples.ancestors().nth(2).ok_or("this program is in no target folder")?;
    let target = built.parent().ok_or("this program is in no target folder")?;
    let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--bin", "server", "--all-features", "--profile", profile])
        .args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")])
        .arg("--target-dir")
        .arg(target)
        .status()?;
    status.success().then(|| built.join("server")).ok_or_else(|| "the server was not built".into())
}

/// A port that is free for now.
pub fn free_port() -> io::Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Sends a signal to a process.
pub fn signal(process: u32, name: &str) {
    let _ = Command::new("kill").args(["-s", name, &process.to_string()]).status();
}

/// A process that is killed when it is dropped.
pub struct Process(pub Child);

impl Process {
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(Some(_)))
    }

    pub fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }

    /// How long it takes to end; `None` if it does not in this time.
    pub async fn ends_within(&mut self, patience: Duration) -> Option<Duration> {
        let since = Instant::now();
        while !self.has_ended() {
            if since.elapsed() > patience {
                return None;
            }
            sleep(Duration::from_millis(20)).await;
        }
        Some(since.elapsed())
    }

    /// The most memory that it had so far, in bytes, and the memory that it has.
    pub fn memory(&self) -> (u64, u64) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id()));
        let field = |name| {
            let line = status.as_ref().ok()?.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim().trim_end_matches(" kB").parse::<u64>().ok()
        };
        let bytes = |name| field(name).unwrap_or(0) << 10;
        (bytes("VmHWM:"), bytes("VmRSS:"))
    }

    /// The number of files and connections that it has open.
    pub fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.id())).map_or(0, Iterator::count)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The program `redis-server`.
pub struct Store {
    pub process: Process,
    pub port: u16,
}

impl Store {
    /// Starts a store; with a folder it keeps there what it is told, before it answers.
    pub async fn start(port: u16, folder: Option<&Path>) -> Result<Self, Failure> {
        let mut command = Command::new("redis-server");
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""]);
        match folder {
            Some(folder) => command
                .args(["--appendonly", "yes", "--appendfsync", "always", "--dir"])
                .arg(folder),
            None => command.args(["--appendonly", "no"]),
        };
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let child = child.map_err(|error| format!("redis-server: {error}"))?;
        let store = Self { process: Process(child), port };
        let client = store.client()?;
        // It listens before it has read its files.
        for _ in 0..500 {
            if let Ok(mut connection) = client.get_multiplexed_async_connection().await {
                let ping: redis::RedisResult<String> =
                    redis::cmd("PING").query_async(&mut connection).await;
                if ping.is_ok() {
                    return Ok(store);
                }
            }
            sleep(Duration::from_millis(20)).await;
        }
        Err("redis-server does not start".into())
    }

    pub fn client(&self) -> redis::RedisResult<redis::Client> {
        redis::Client::open(self.url())
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }
}

/// The program `server`.
pub struct Server {
    pub process: Process,
    pub base: String,
    pub address: SocketAddr,
}

impl Server {
    /// Starts a server that makes nothing up, and waits until it listens.
    pub async fn start(program: &Path, port: u16, arguments: &[&str]) -> Result<Self, Failure> {
        Self::start_with(program, port, arguments, "warn", Stdio::null()).await
    }

    pub async fn start_with(
        program: &Path,
        port: u16,
        arguments: &[&str],
        log: &str,
        output: Stdio,
    ) -> Result<Self, Failure> {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let child = Command::new(program)
            .args(["--quiet", "--listen", &address.to_string()])
            .args(arguments)
            .env("RUST_LOG", log)
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(Stdio::null())
            .spawn();
        let child = child.map_err(|error| format!("{}: {error}", program.display()))?;
        let mut process = Process(child);
        let since = Instant::now();
        while TcpStream::connect(address).await.is_err() {
            if process.has_ended() || since.elapsed() > Duration::from_secs(20) {
                return Err("the server does not start".into());
            }
            sleep(Duration::from_millis(20)).await;
        }
        Ok(Self { process, base: format!("http://{address}"), address })
    }
}
