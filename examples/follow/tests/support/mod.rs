//! A server whose answers a test gives one by one, and the program, run against it.

use std::convert::Infallible;
use std::ffi::OsStr;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_compression::tokio::write::{
    BrotliEncoder, DeflateEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder,
};
use async_compression::Level;
use axum::body::{to_bytes, Body, Bytes};
use axum::http::{HeaderMap, Method, Request, Response, StatusCode};
use axum::Router;
use futures_util::stream::{self, Stream, StreamExt};
use tokio::io::{
    AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, DuplexStream, Lines,
};
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

/// More than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: Method,
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Seen {
    /// A header, as text.
    pub fn header(&self, name: &str) -> Option<String> {
        let value = self.headers.get(name)?;
        Some(String::from_utf8(value.as_bytes().to_vec()).unwrap())
    }

    pub fn last_event_id(&self) -> Option<String> {
        self.header("last-event-id")
    }
}

/// A server on the loopback interface; every port of it is an origin of its own.
pub struct Server {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Starts a server that answers the n-th request, counted from 0, with what `answer` makes of
    /// it.
    pub async fn start(
        answer: impl Fn(usize, &Seen) -> Response<Body> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (answer, all) = (Arc::new(answer), seen.clone());
        let router = Router::new().fallback(move |request: Request<Body>| {
            let (answer, all) = (answer.clone(), all.clone());
            async move {
                let (head, body) = request.into_parts();
                let seen = Seen {
                    method: head.method,
                    path: head.uri.to_string(),
                    headers: head.headers,
                    body: to_bytes(body, 1 << 20).await.unwrap(),
                };
                let number = {
                    let mut all = all.lock().unwrap();
                    all.push(seen.clone());
                    all.len() - 1
                };
                answer(number, &seen)
            }
        });
        tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
        Self { url, seen }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

/// A response with a status and nothing else.
pub fn status(status: u16) -> Response<Body> {
    Response::builder().status(StatusCode::from_u16(status).unwrap()).body(Body::empty()).unwrap()
}

pub fn redirect(code: u16, location: &str) -> Response<Body> {
    with(status(code), "location", location)
}

pub fn with(mut response: Response<Body>, name: &'static str, value: &str) -> Response<Body> {
    response.headers_mut().append(name, value.parse().unwrap());
    response
}

/// A stream that comes to its end.
pub fn events(body: impl Into<Body>) -> Response<Body> {
    with(Response::new(body.into()), "content-type", "text/event-stream; charset=utf-8")
}

fn pieces(pieces: &[&str]) -> impl Stream<Item = Result<Bytes, Infallible>> {
    let pieces: Vec<_> = pieces.iter().map(|piece| Bytes::from((*piece).to_owned())).collect();
    stream::iter(pieces).map(Ok)
}

/// A stream that goes silent.
pub fn silent(first: &[&str]) -> Response<Body> {
    events(Body::from_stream(pieces(first).chain(stream::pending())))
}

/// A stream that breaks off.
pub fn broken(first: &[&str]) -> Response<Body> {
    let first = pieces(first).map(|piece| piece.map_err(|never| match never {}));
    // The pieces are on their way before it breaks.
    let pause = stream::once(async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        Err(std::io::Error::other("broken on purpose"))
    });
    events(Body::from_stream(first.chain(pause)))
}

/// A stream of these pieces.
pub fn chunks(chunks: impl Stream<Item = Bytes> + Send + 'static) -> Response<Body> {
    events(Body::from_stream(chunks.map(Ok::<_, Infallible>)))
}

/// Applies content codings, one to the other.
pub struct Encoder {
    encoder: Box<dyn AsyncWrite + Send + Unpin>,
    coded: DuplexStream,
}

impl Encoder {
    /// The first coding is applied first. "raw" is "deflate" without zlib's format.
    pub fn new(codings: &[&str]) -> Self {
        let (sink, coded) = tokio::io::duplex(1 << 20);
        let mut encoder: Box<dyn AsyncWrite + Send + Unpin> = Box::new(sink);
        for coding in codings.iter().rev() {
            encoder = match coding.to_ascii_lowercase().as_str() {
                "gzip" | "x-gzip" => Box::new(GzipEncoder::new(encoder)),
                "deflate" => Box::new(ZlibEncoder::new(encoder)),
                "raw" => Box::new(DeflateEncoder::new(encoder)),
                "br" => Box::new(BrotliEncoder::with_quality(encoder, Level::Fastest)),
                "zstd" => Box::new(ZstdEncoder::new(encoder)),
                _ => encoder,
            };
        }
        Self { encoder, coded }
    }

    /// Everything that a decoder needs for this text and what was before it.
    pub async fn flushed(&mut self, text: &str) -> Vec<u8> {
        self.encoder.write_all(text.as_bytes()).await.unwrap();
        self.encoder.flush().await.unwrap();
        let mut coded = Vec::with_capacity(1 << 20);
        self.coded.read_buf(&mut coded).await.unwrap();
        coded
    }

    /// The text and the end of the body.
    pub async fn finished(mut self, text: &str) -> Vec<u8> {
        self.encoder.write_all(text.as_bytes()).await.unwrap();
        self.encoder.shutdown().await.unwrap();
        let mut coded = Vec::new();
        self.coded.read_to_end(&mut coded).await.unwrap();
        coded
    }
}

/// What a run of the program left behind.
#[derive(Debug)]
pub struct Ran {
    pub status: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// Holds the run against an exit status and the data of the events.
    #[track_caller]
    pub fn is(&self, status: i32, data: &[&str]) -> &Self {
        assert_eq!(self.status, Some(status), "{self:?}");
        assert_eq!(self.data(), data, "{self:?}");
        self
    }

    /// Standard error has this in it.
    #[track_caller]
    pub fn says(&self, what: &str) -> &Self {
        assert!(self.err.contains(what), "no {what:?} in {self:?}");
        self
    }

    fn data(&self) -> Vec<String> {
        self.out.lines().map(data).collect()
    }
}

/// The data of an event as it is printed.
pub fn data(line: &str) -> String {
    let event: serde_json::Value = serde_json::from_str(line).unwrap();
    event["data"].as_str().unwrap().to_owned()
}

pub fn command(args: &[&str]) -> Command {
    program(env!("CARGO_BIN_EXE_follow"), args)
}

pub fn program(file: impl AsRef<OsStr>, args: &[&str]) -> Command {
    let mut command = Command::new(file);
    command
        .args(args)
        .env_remove("FOLLOW_BEARER")
        .env("NO_PROXY", "*")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Runs the program to its end.
pub async fn follow(args: &[&str]) -> Ran {
    run(command(args)).await
}

pub async fn run(mut command: Command) -> Ran {
    let output = timeout(PATIENCE, command.output()).await.expect("it does not end").unwrap();
    Ran {
        status: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The program while it runs.
pub struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Running {
    pub fn start(args: &[&str]) -> Self {
        let mut child = command(args).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The data of the next event.
    pub async fn next(&mut self) -> String {
        let line = timeout(PATIENCE, self.lines.next_line()).await.expect("no line comes");
        data(&line.unwrap().expect("it has ended"))
    }

    /// The most memory that it had so far, in bytes.
    #[cfg(target_os = "linux")]
    pub fn peak_memory(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches(" kB").parse::<usize>().unwrap() << 10
    }

    pub fn id(&self) -> u32 {
        self.child.id().unwrap()
    }

    pub async fn signal(&self, name: &str) {
        let process = self.id().to_string();
        let status = Command::new("kill").args(["-s", name, &process]).status().await.unwrap();
        assert!(status.success());
    }

    /// Closes the standard output from this side.
    pub fn read_no_more(self) -> Child {
        self.child
    }

    /// Waits for the end.
    pub async fn end(mut self) -> (ExitStatus, String) {
        let mut err = String::new();
        let rest = async {
            self.child.stderr.take().unwrap().read_to_string(&mut err).await.unwrap();
            self.child.wait().await.unwrap()
        };
        let status = timeout(PATIENCE, rest).await.expect("it does not end");
        (status, err)
    }
}
