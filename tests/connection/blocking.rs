//! The example `blocking` against a server that is hardly one.
#![cfg(feature = "std")]
#![allow(
    clippy::unwrap_used,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests"
)]

// Its `main` is for the command line.
#[allow(dead_code)]
#[path = "../../examples/blocking.rs"]
mod example;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread::spawn;

use sse_wire::source::Stopped;

/// Answers one connection after the other and closes it; the request heads that came.
fn serve(answers: &'static [&'static str]) -> (String, std::thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let server = spawn(move || {
        let mut heads = Vec::new();
        for answer in answers {
            let (mut connection, _) = listener.accept().unwrap();
            let mut head = String::new();
            let mut lines = BufReader::new(connection.try_clone().unwrap());
            while lines.read_line(&mut head).unwrap() > 2 {}
            heads.push(head);
            connection.write_all(answer.as_bytes()).unwrap();
        }
        heads
    });
    (host, server)
}

#[test]
fn it_follows_a_stream_over_several_connections() {
    let (host, server) = serve(&[
        "HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\nretry: 1\nid: …\ndata: a\n\nid: 2\ndata: lost",
        "", // Not even a status.
        "HTTP/1.0 200 OK\r\nServer: x\r\ncontent-type:Text/Event-Stream;charset=utf-8\r\nContent-Type: nonsense\r\n\r\nevent: bye\ndata: b\n\nid\n\n",
        "HTTP/1.0 204 No Content\r\n\r\n",
    ]);
    let mut seen = Vec::new();
    let stopped = example::follow(&host, "/events?x=1", |event| {
        seen.push(format!("{} {} {}", event.event_type(), event.data(), event.last_event_id()));
    });
    assert_eq!(stopped.unwrap(), Stopped::Status(204));
    assert_eq!(seen, ["message a …", "bye b …"]);
    let head = |id: &str| {
        format!(
            "GET /events?x=1 HTTP/1.0\r\nhost: {host}\r\naccept: text/event-stream\r\n\
             cache-control: no-cache\r\npragma: no-cache\r\n{id}\r\n"
        )
    };
    let (without, with) = (head(""), head("last-event-id: …\r\n"));
    assert_eq!(server.join().unwrap(), [without.clone(), with.clone(), with, without]);
}

#[test]
fn it_stops_where_there_is_no_event_stream() {
    let (host, server) = serve(&[
        "HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\nContent-Type: text/html\r\n\r\ndata: a\n\n"
    ]);
    let stopped = example::follow(&host, "/", |event| unreachable!("{event:?}")).unwrap();
    assert_eq!(stopped, Stopped::ContentType);
    assert_eq!(server.join().unwrap().len(), 1);
}
