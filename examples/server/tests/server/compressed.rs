//! Streams that are compressed: each event is there at once, fewer bytes are sent, and only so many streams
//! are compressed.

use std::io::Write;

use crate::support;
use crate::support::{bounds, client_at, say, start, PATIENCE};
use flate2::write::GzDecoder;
use reqwest::{header, Client, Response};
use serde_json::{json, Value};
use server::auth::{now, Tokens};
use server::limits::Bound;
use server::Config;
use sse_wire::Decoder;
use tokio::time::timeout;

/// A server that compresses up to so many streams.
fn compressing(streams: usize) -> Config {
    bounds(|bounds| bounds.compressed = Bound { each: usize::MAX, total: streams })
}

async fn open(client: &Client, url: &str, accept: &str) -> Response {
    client.get(url).header(header::ACCEPT_ENCODING, accept).send().await.unwrap()
}

fn is_compressed(response: &Response) -> bool {
    let coding = response.headers().get(header::CONTENT_ENCODING);
    coding.map(|coding| assert_eq!(coding, "gzip")).is_some()
}

/// A client that has what came, and nothing more.
struct Reader {
    response: Response,
    gzip: GzDecoder<Vec<u8>>,
    decoder: Decoder,
    received: usize,
    bytes: usize,
}

impl Reader {
    fn new(response: Response) -> Self {
        assert!(is_compressed(&response));
        for (name, value) in sse_wire::headers::RESPONSE {
            assert_eq!(response.headers()[name], value);
        }
        let gzip = GzDecoder::new(Vec::new());
        Self { response, gzip, decoder: Decoder::new(), received: 0, bytes: 0 }
    }

    /// The data of the next chunk's events; `None` at the end.
    async fn read(&mut self) -> Option<Vec<Value>> {
        let chunk =
            timeout(PATIENCE, self.response.chunk()).await.expect("nothing came").unwrap()?;
        self.received += chunk.len();
        self.gzip.write_all(&chunk).unwrap();
        self.gzip.flush().unwrap();
        let text = std::mem::take(self.gzip.get_mut());
        self.bytes += text.len();
        let mut events = self.decoder.feed(&text);
        let mut data = Vec::new();
        while let Some(event) = events.next_event() {
            data.push(serde_json::from_slice(event.unwrap().data().as_bytes()).unwrap());
        }
        Some(data)
    }
}

#[tokio::test]
async fn each_event_is_there_before_the_next_one_is_posted() {
    let (server, base) = start(compressing(10)).await;
    let response = open(&Client::new(), &format!("{base}/feeds/chat"), "gzip, br").await;
    assert_eq!(response.headers()[header::VARY], "accept-encoding");
    let mut reader = Reader::new(response);
    assert_eq!(reader.read().await.unwrap()[0]["feed"], "chat");
    for number in 0..50 {
        let text = "and so on ".repeat(number * 10 + 1);
        say(&base, &text).await;
        assert_eq!(reader.read().await.unwrap()[0]["text"], text);
    }
    let health: Value = reqwest::get(format!("{base}/health")).await.unwrap().json().await.unwrap();
    assert_eq!((&health["streams"], &health["compressed"]), (&json!(1), &json!(1)));
    // It ends as gzip does.
    server.stop(PATIENCE).await.unwrap();
    assert_eq!(reader.read().await, Some(Vec::new()));
    assert_eq!(reader.read().await, None);
    reader.gzip.finish().unwrap();
}

#[tokio::test]
async fn an_answer_is_compressed_too() {
    let (_server, base) = start(compressing(10)).await;
    let prompt = "some words that are said again, one after the other ".repeat(3);
    let asked = Client::new().post(format!("{base}/tokens")).json(&json!({ "prompt": prompt }));
    let asked = asked.header(header::ACCEPT_ENCODING, "gzip").send().await.unwrap();
    let mut reader = Reader::new(asked);
    let mut said = String::new();
    while let Some(events) = reader.read().await {
        said.extend(events.iter().filter_map(|event| event["text"].as_str()));
    }
    assert_eq!(said, format!("You said: {prompt}"));
    reader.gzip.try_finish().unwrap();
    // There is little but the tokens in these events.
    println!("{} bytes as {}", reader.bytes, reader.received);
    assert!(reader.received * 2 < reader.bytes, "{} of {}", reader.received, reader.bytes);
}

#[tokio::test]
async fn only_who_asks_for_it_is_sent_gzip_and_only_if_it_is_switched_on() {
    let (_server, base) = start(compressing(10)).await;
    let url = format!("{base}/feeds/chat");
    for accept in ["identity", "br", "gzip;q=0", ""] {
        let response = open(&Client::new(), &url, accept).await;
        assert!(!is_compressed(&response), "{accept}");
        assert_eq!(response.headers()[header::VARY], "accept-encoding");
    }
    let (_server, base) = start(compressing(0)).await;
    let response = open(&Client::new(), &format!("{base}/feeds/chat"), "gzip").await;
    assert!(!is_compressed(&response) && !response.headers().contains_key(header::VARY));
}

#[tokio::test]
async fn there_are_only_so_many_and_of_one_client_fewer() {
    let (server, base) = start(compressing(4)).await;
    let url = format!("{base}/feeds/chat");
    let (first, second) = (client_at(1), client_at(2));
    let mut open_streams = Vec::new();
    for expected in [true, true, true, false] {
        let response = open(&first, &url, "gzip").await;
        assert_eq!(is_compressed(&response), expected);
        open_streams.push(response);
    }
    for expected in [true, false] {
        let response = open(&second, &url, "gzip").await;
        assert_eq!(is_compressed(&response), expected);
        open_streams.push(response);
    }
    drop(open_streams);
    support::until("none is left", || server.limits.compressed.held() == 0).await;
    assert!(is_compressed(&open(&first, &url, "gzip").await));
}

#[tokio::test]
async fn the_feed_of_a_user_is_not_compressed() {
    let config = Config { secret: Some("a secret of the test".into()), ..compressing(10) };
    let (_server, base) = start(config).await;
    let token = Tokens::new("a secret of the test").issue("alice", now() + 60).unwrap();
    for (feed, expected) in [("me", false), ("chat", true)] {
        let asked = Client::new().get(format!("{base}/feeds/{feed}")).bearer_auth(&token);
        let response = asked.header(header::ACCEPT_ENCODING, "gzip").send().await.unwrap();
        assert_eq!((response.status().as_u16(), is_compressed(&response)), (200, expected));
    }
}
