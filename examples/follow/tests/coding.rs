//! The program against bodies with content codings.

// The other tests use the rest.
#[allow(dead_code)]
mod support;

use std::sync::Mutex;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::Response;
use futures_util::stream::{self, StreamExt};
use tokio::sync::mpsc;

use support::{chunks, events, follow, status, with, Encoder, Running, Server};

/// The codings of a body, the one that was applied first in front. "raw" is "deflate" without zlib's
/// format.
const CODINGS: [&[&str]; 10] = [
    &["gzip"],
    &["x-gzip"],
    &["deflate"],
    &["raw"],
    &["br"],
    &["zstd"],
    &["gzip", "br"],
    &["zstd", "identity", "raw", "gzip"],
    &["GZip", ""],
    &["identity"],
];

/// Names the codings of a response's body, in one header field or in several.
fn coded(response: Response<Body>, codings: &[&str], together: bool) -> Response<Body> {
    let named: Vec<_> =
        codings.iter().map(|name| if *name == "raw" { "deflate" } else { name }).collect();
    let fields = if together {
        vec![named.join(" ,")]
    } else {
        named.iter().map(ToString::to_string).collect()
    };
    fields.iter().fold(response, |response, field| with(response, "content-encoding", field))
}

/// An event that was flushed is printed before there is more.
#[tokio::test]
async fn what_is_coded_is_read_as_it_comes() {
    for (number, codings) in CODINGS.into_iter().enumerate() {
        let (body, parts) = mpsc::channel(1);
        let parts = Mutex::new(Some(parts));
        let server = Server::start(move |_, seen| {
            assert_eq!(seen.header("accept-encoding").unwrap(), "gzip, deflate, br, zstd");
            let parts = parts.lock().unwrap().take().unwrap();
            let parts = stream::unfold(parts, async |mut parts| Some((parts.recv().await?, parts)));
            coded(chunks(parts), codings, number % 2 == 0)
        })
        .await;
        let mut running = Running::start(&[&server.url]);
        let mut encoder = Encoder::new(codings);
        for event in ["one", "two", "three"] {
            // Cut anywhere: the last byte alone, and sometimes each of them.
            let part = encoder.flushed(&format!("data: {event}\n\n")).await;
            let cut = if number < 6 { 1 } else { part.len() - 1 };
            for piece in part.chunks(cut) {
                body.send(Bytes::copy_from_slice(piece)).await.unwrap();
            }
            assert_eq!(running.next().await, event, "{codings:?}");
        }
        running.signal("INT").await;
        assert_eq!(running.end().await.0.code(), Some(0));
    }
}

#[tokio::test]
async fn a_coding_that_cannot_be_undone_is_named() {
    for (coding, says) in [
        ("compress", "connection failed: the content coding \"compress\" cannot be undone"),
        ("gzip, x-mystery\t", "the content coding \"x-mystery\" cannot be undone"),
        ("gzip;q=1", "the content coding \"gzip;q=1\" cannot be undone"),
        ("gzip, gzip, gzip, gzip, gzip, gzip", "more than 5 content codings"),
    ] {
        let server =
            Server::start(move |_, _| with(events("data: a\n\n"), "content-encoding", coding))
                .await;
        follow(&[&server.url]).await.is(1, &[]).says(says);
        assert_eq!(server.seen().len(), 1);
    }
    // What is no event stream is none, whatever its coding.
    let server = Server::start(|_, _| with(status(404), "content-encoding", "compress")).await;
    follow(&[&server.url]).await.is(1, &[]).says("status 404");
}

#[tokio::test]
async fn a_damaged_body_is_a_lost_connection() {
    for codings in CODINGS {
        if codings == ["identity"] {
            continue;
        }
        // No coding has such a byte between two blocks.
        for damage in [&[0x0E; 64][..], &[]] {
            let part = Encoder::new(codings).flushed("retry: 10\nid: 7\ndata: a\n\n").await;
            let part = Bytes::from(part);
            let server = Server::start(move |number, _| {
                // A decoder gives nothing of a chunk that is damaged.
                let later = stream::once(async move {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    Bytes::from(damage)
                });
                let body = stream::iter([part.clone()]).chain(later);
                match number {
                    0 => coded(chunks(body), codings, true),
                    _ => status(204),
                }
            })
            .await;
            let ran = follow(&[&server.url]).await;
            ran.is(0, &["a"]).says("the body's content coding is damaged: ").says("again in");
            assert_eq!(server.seen()[1].last_event_id().as_deref(), Some("7"));
        }
    }
}

#[tokio::test]
async fn a_coded_body_that_ends_is_an_end() {
    for codings in CODINGS {
        // What was coded in two goes is one body.
        let goes = if codings == ["gzip"] || codings == ["zstd"] { 2 } else { 1 };
        let go = Encoder::new(codings).finished("data: a\n\n").await;
        let body = Bytes::from(go.repeat(goes));
        let server = Server::start(move |_, _| coded(events(body.clone()), codings, true)).await;
        let ran = follow(&["--max-reconnects", "0", &server.url]).await;
        ran.is(0, &["a"].repeat(goes));
    }
}

/// A few bytes that stand for very many are decoded in pieces.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_bomb_takes_no_memory() {
    for codings in [&["gzip"][..], &["raw"], &["br"], &["zstd"], &["gzip", "br"]] {
        let mut encoder = Encoder::new(codings);
        let mut body = encoder.flushed("data: a\n\ndata: ").await;
        for _ in 0..64 {
            body.extend(encoder.flushed(&"x".repeat(1 << 20)).await);
        }
        body.extend(encoder.flushed("\n\ndata: b\n\n").await);
        assert!(body.len() < 1 << 20, "{codings:?}: {}", body.len());
        let body = Bytes::from(body);
        let server = Server::start(move |_, _| {
            let body = stream::iter([body.clone()]).chain(stream::pending());
            coded(chunks(body), codings, true)
        })
        .await;
        let mut running = Running::start(&["--limit", "64KiB", &server.url]);
        assert_eq!(running.next().await, "a");
        assert_eq!(running.next().await, "b");
        let peak = running.peak_memory();
        assert!(peak < 48 << 20, "{codings:?}: {peak} bytes");
    }
}

/// A zstd stream says how much memory it needs: more than browsers give is refused.
#[tokio::test]
async fn a_zstd_window_is_bounded() {
    for (window, accepted) in [(0x68, true), (0x70, false), (0x88, false), (0xFF, false)] {
        // A frame with a window of 2^(10 + window / 8) bytes, and one block as it is.
        let block = b"data: a\n\n";
        let head = [0x28, 0xB5, 0x2F, 0xFD, 0, window, 1 | (9 << 3), 0, 0];
        let body = Bytes::from([&head[..], block].concat());
        let server =
            Server::start(move |_, _| with(events(body.clone()), "content-encoding", "zstd")).await;
        let ran = follow(&["--max-reconnects", "0", &server.url]).await;
        if accepted {
            ran.is(0, &["a"]);
        } else {
            ran.is(1, &[]).says("the body's content coding is damaged: ");
        }
    }
}
