//! A server in the test's process and a client that reads with the crate's decoder.

// Every user of this file uses a part of it.
#![allow(dead_code)]

pub mod http2;
pub mod proxy;
pub mod redis;
pub mod tls;

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use reqwest::{Response, StatusCode};
use serde_json::Value;
use server::hub::Settings;
use server::limits::Bounds;
use server::{Config, Server};
use sse_wire::{Decoder, Item, OwnedEvent};
use tokio::time::timeout;

/// The longest that a test waits for something that should come.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Says why a test is skipped. It fails instead where `SSE_WIRE_NO_SKIP` is 1.
pub fn skip(why: &str) {
    assert_ne!(std::env::var("SSE_WIRE_NO_SKIP").as_deref(), Ok("1"), "skipped: {why}");
    eprintln!("skipped: {why}");
}

/// A server on a free port that makes nothing up.
pub fn quiet() -> Config {
    Config { listen: ([127, 0, 0, 1], 0).into(), made_up: false, ..Config::default() }
}

pub fn settings(change: impl FnOnce(&mut Settings)) -> Config {
    let mut config = quiet();
    change(&mut config.settings);
    config
}

pub fn bounds(change: impl FnOnce(&mut Bounds)) -> Config {
    let mut config = quiet();
    change(&mut config.bounds);
    config
}

pub async fn start(config: Config) -> (Server, String) {
    let server = server::start(config).await.unwrap();
    let base = format!("http://{}", server.address);
    (server, base)
}

pub async fn post(url: &str, body: Value) -> Response {
    reqwest::Client::new().post(url).json(&body).send().await.unwrap()
}

/// Says something in the chat and gives the event's id.
pub async fn say(base: &str, text: &str) -> String {
    let said = serde_json::json!({ "type": "new-message", "user": "test", "text": text });
    let response = post(&format!("{base}/chat"), said).await;
    assert_eq!(response.status(), StatusCode::CREATED);
    response.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned()
}

pub fn json(event: &OwnedEvent) -> Value {
    serde_json::from_str(&event.data).unwrap()
}

/// The text of a chat message, after a look at its type.
pub fn text(event: &OwnedEvent) -> String {
    assert_eq!(event.event_type, "new-message", "{}", event.data);
    json(event)["text"].as_str().unwrap().to_owned()
}

/// A stream that is being read.
pub struct Reader {
    response: Response,
    decoder: Decoder,
    events: VecDeque<OwnedEvent>,
    /// That of the last event that was given. More may have been read.
    last_event_id: String,
    /// The event `begin`, which is none of the feed's.
    pub begin: Option<OwnedEvent>,
    pub comments: usize,
}

impl Reader {
    pub fn new(response: Response) -> Self {
        assert_eq!(response.status(), StatusCode::OK);
        for (name, value) in sse_wire::headers::RESPONSE {
            assert_eq!(response.headers()[name], value);
        }
        let decoder = Decoder::with_config(sse_wire::decoder::Config::new().comments(true));
        Self {
            response,
            decoder,
            events: VecDeque::new(),
            last_event_id: String::new(),
            begin: None,
            comments: 0,
        }
    }

    /// Opens a stream, and resumes it if there is an id.
    pub async fn open(url: &str, last_event_id: Option<&str>) -> Self {
        let mut request = reqwest::Client::new().get(url);
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        let mut reader = Self::new(request.send().await.unwrap());
        // The event that each stream begins with: from here on nothing is missed.
        let opened = async {
            while reader.decoder.reconnection_time().is_none() {
                assert!(reader.read().await.unwrap(), "the stream ended at once");
            }
        };
        timeout(PATIENCE, opened).await.expect("the stream did not begin");
        reader
    }

    pub fn last_event_id(&self) -> String {
        self.last_event_id.clone()
    }

    pub fn retry(&self) -> Option<Duration> {
        self.decoder.reconnection_time()
    }

    /// Reads a chunk; `false` at a clean end.
    pub async fn read(&mut self) -> reqwest::Result<bool> {
        let Some(chunk) = self.response.chunk().await? else { return Ok(false) };
        let mut items = self.decoder.feed(&chunk);
        while let Some(item) = items.next_item() {
            match item {
                Item::Event(event) => match event.into_owned() {
                    begin if begin.event_type == "begin" => {
                        self.last_event_id.clone_from(&begin.last_event_id);
                        self.begin = Some(begin);
                    }
                    event => self.events.push_back(event),
                },
                Item::Comment(_) => self.comments += 1,
                _ => {}
            }
        }
        Ok(true)
    }

    /// Gives the next event; `None` at a clean end.
    pub async fn next(&mut self) -> reqwest::Result<Option<OwnedEvent>> {
        let read = async {
            while self.events.is_empty() && self.read().await? {}
            Ok(self.events.pop_front())
        };
        let event = timeout(PATIENCE, read).await.expect("no event came")?;
        if let Some(event) = &event {
            self.last_event_id.clone_from(&event.last_event_id);
        }
        Ok(event)
    }

    /// Whether no event was read that was not asked for.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    pub async fn event(&mut self) -> OwnedEvent {
        self.next().await.unwrap().expect("the stream ended")
    }

    /// Reads what comes until the stream ends.
    pub async fn rest(&mut self) -> reqwest::Result<Vec<OwnedEvent>> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await? {
            events.push(event);
        }
        Ok(events)
    }
}

/// Waits until a condition holds.
pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..400 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{what}");
}

/// The program `server` itself, on a port that it keeps when it is started again.
pub struct Process {
    pub child: std::process::Child,
    pub base: String,
}

impl Process {
    pub async fn start(arguments: &[&str]) -> io::Result<Self> {
        Self::logging(arguments, "info", std::process::Stdio::null()).await
    }

    /// Starts it with a filter for its log.
    pub async fn logging(
        arguments: &[&str],
        filter: &str,
        output: impl Into<std::process::Stdio>,
    ) -> io::Result<Self> {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_server"));
        command.args(arguments).env("RUST_LOG", filter).stdout(output);
        let listen = arguments.iter().position(|argument| *argument == "--listen").unwrap();
        Self::spawn(command, arguments[listen + 1]).await
    }

    /// Starts it by a command, and waits until it answers at this address.
    pub async fn spawn(mut command: std::process::Command, listen: &str) -> io::Result<Self> {
        let process = Self { child: command.spawn()?, base: format!("http://{listen}") };
        for _ in 0..1000 {
            if reqwest::get(format!("{}/health", process.base)).await.is_ok() {
                return Ok(process);
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the server did not start");
    }

    /// Ends it without a chance to say goodbye.
    pub fn kill(mut self) {
        self.end();
    }

    /// Asks it to stop, and waits until it has.
    pub fn terminate(mut self) -> std::process::ExitStatus {
        let id = self.child.id().to_string();
        std::process::Command::new("kill").arg(id).status().unwrap();
        self.child.wait().unwrap()
    }

    /// Sends it a signal, for example `STOP`.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = std::process::Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.unwrap().success());
    }

    /// The most memory that it had, in KiB.
    pub fn peak_memory(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches(" kB").parse().unwrap()
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// A port that is free for now.
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// A client whose requests come from 127.0.0.`host`: an address of its own.
pub fn client_at(host: u8) -> reqwest::Client {
    let address = std::net::IpAddr::from([127, 0, 0, host]);
    reqwest::Client::builder().local_address(address).build().unwrap()
}

/// A connection from 127.0.0.`host`.
pub async fn connect_from(host: u8, address: std::net::SocketAddr) -> tokio::net::TcpStream {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, host], 0).into()).unwrap();
    socket.connect(address).await.unwrap()
}
