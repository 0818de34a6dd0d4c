//! The servers beside: as little as each of them needs.

use std::convert::Infallible;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use axum::Router;
use futures_util::stream;
use tokio::sync::broadcast;

use crate::common::Failure;

/// axum's `Sse` over a broadcast channel, as its documentation has it.
pub async fn axum(port: u16) -> Result<(), Failure> {
    let (sender, _) = broadcast::channel::<(u64, String)>(1000);
    let feed = sender.clone();
    let subscribe = async move || {
        let events = stream::unfold(feed.subscribe(), |mut events| async move {
            let (id, data) = events.recv().await.ok()?;
            let event = Event::default().id(id.to_string()).event("new-message").data(data);
            Some((Ok::<_, Infallible>(event), events))
        });
        let keep_alive = KeepAlive::new().interval(Duration::from_secs(15));
        Sse::new(events).keep_alive(keep_alive)
    };
    let say = async move |body: String| {
        // With nobody there nobody is told.
        let _ = sender.send((0, body));
    };
    let app = Router::new().route("/feeds/chat", get(subscribe)).route("/chat", post(say));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, app).await?)
}

/// One thread that writes a frame to one connection after the other.
pub fn bare(port: u16) -> Result<(), Failure> {
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    let mut subscribers: Vec<TcpStream> = Vec::new();
    for stream in listener.incoming() {
        let mut stream = stream?;
        let Some((head, mut body)) = head(&mut stream) else { continue };
        if head.starts_with("get") {
            stream.set_nodelay(true)?;
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")?;
            subscribers.push(stream);
            continue;
        }
        let len = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let begun = body.len();
        body.resize(len.unwrap_or("0").parse()?, 0);
        stream.read_exact(&mut body[begun..])?;
        let frame = [b"id: 0\nevent: new-message\ndata: ", body.as_slice(), b"\n\n"].concat();
        // Of whoever is gone a write fails.
        subscribers.retain_mut(|subscriber| subscriber.write_all(&frame).is_ok());
        stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")?;
    }
    Ok(())
}

/// The head of a request, and what came behind it.
fn head(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut read = Vec::new();
    let mut piece = [0; 1024];
    loop {
        if let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            let body = read.split_off(end + 4);
            return Some((String::from_utf8(read).ok()?.to_ascii_lowercase(), body));
        }
        let len = stream.read(&mut piece).ok().filter(|len| *len > 0)?;
        read.extend_from_slice(&piece[..len]);
    }
}
