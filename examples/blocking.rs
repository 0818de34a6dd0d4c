//! A client over `std::net` and HTTP/1.0, to show that nothing else is needed: thirty lines of loop,
//! thirty of HTTP.
//!
//! ```sh
//! cargo run --example blocking -- localhost:8080 /events
//! ```
//!
//! There is no TLS and there are no redirects; `examples/follow` is a client with all that.
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "a program with the standard library"
)]

use std::error::Error;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::Duration;

use sse_wire::headers::{self, LastEventId};
use sse_wire::source::{NetworkError, Policy, Stopped, Turn};
use sse_wire::{Event, EventSource};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(host), Some(path)) = (args.next(), args.next()) else {
        return Err("usage: blocking HOST:PORT PATH".into());
    };
    let stopped =
        follow(&host, &path, |event| println!("{} {}", event.event_type(), event.data()))?;
    Err(stopped.into())
}

/// Follows a stream until the connection fails, or the server says that it is over.
pub(crate) fn follow(
    host: &str,
    path: &str,
    mut see: impl FnMut(Event<'_>),
) -> Result<Stopped, Box<dyn Error>> {
    let policy = Policy::new().min_delay(Duration::from_millis(100));
    let mut source = EventSource::new().with_policy(policy);
    let (mut body, mut chunk) = (None, [0; 4096]);
    loop {
        match source.turn() {
            Turn::Connect(turn) => match request(host, path, turn.last_event_id_header()) {
                Ok((status, content_type, rest)) => {
                    turn.response(status, &content_type);
                    body = Some(rest);
                }
                Err(_) => turn.error(NetworkError::Other),
            },
            Turn::Read(turn) => match body.as_mut().map_or(Ok(0), |body| body.read(&mut chunk)) {
                Ok(0) => turn.end(),
                Ok(len) => {
                    let mut events = turn.data(&chunk[..len]);
                    while let Some(event) = events.next_event() {
                        event.map_or_else(|dropped| eprintln!("{dropped}"), &mut see);
                    }
                }
                Err(_) => turn.error(NetworkError::Other),
            },
            Turn::Wait(turn) => {
                sleep(turn.delay());
                turn.over();
            }
            Turn::Stop(stopped) => return Ok(stopped),
        }
    }
}

/// The status, the content type, and what the body is to be read from.
type Response = (u16, String, BufReader<TcpStream>);

fn request(
    host: &str,
    path: &str,
    id: Option<LastEventId<'_>>,
) -> Result<Response, Box<dyn Error>> {
    let mut connection = TcpStream::connect(host)?;
    let mut request = BufWriter::new(&mut connection);
    write!(request, "GET {path} HTTP/1.0\r\nhost: {host}\r\n")?;
    for (name, value) in headers::REQUEST {
        write!(request, "{name}: {value}\r\n")?;
    }
    if let Some(id) = id {
        write!(request, "{}: {id}\r\n", headers::LAST_EVENT_ID)?;
    }
    write!(request, "\r\n")?;
    request.flush()?;
    drop(request);

    // No server makes it read an endless head.
    let mut head = BufReader::new(connection).take(64 << 10);
    let mut line = String::new();
    head.read_line(&mut line)?;
    let status = line.split(' ').nth(1).ok_or("no status")?.parse()?;
    // Several fields are one list.
    let mut content_type = String::new();
    while line.trim_end() != "" {
        line.clear();
        head.read_line(&mut line)?;
        match line.split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case(headers::CONTENT_TYPE) => {
                content_type += ",";
                content_type += value;
            }
            _ => {}
        }
    }
    Ok((status, content_type, head.into_inner()))
}
