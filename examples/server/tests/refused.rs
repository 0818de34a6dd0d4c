//! What is refused, and that the server goes on.

mod support;

use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{json, Value};
use server::auth::{now, Tokens};
use server::Config;
use support::{json, post, quiet, say, start, text, until, Reader};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn refusal(request: RequestBuilder, status: StatusCode) -> String {
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), status);
    response.text().await.unwrap()
}

#[tokio::test]
async fn a_last_event_id_that_is_none() {
    let (_server, base) = start(quiet()).await;
    let url = format!("{base}/feeds/chat");
    let long = "7".repeat(129);
    for bad in [&b"caf\xE9"[..], b"\xF0\x9F\xA6", b"a\tb\xFF", long.as_bytes()] {
        let why =
            refusal(Client::new().get(&url).header("last-event-id", bad), StatusCode::BAD_REQUEST);
        assert!(why.await.contains("last event ID"));
    }
    let two = Client::new().get(&url).header("last-event-id", "1").header("last-event-id", "2");
    let why = refusal(two, StatusCode::BAD_REQUEST).await;
    assert!(why.contains("more than one last event ID"), "{why}");
    let query = Client::new().get(&url).query(&[("last_event_id", &long)]);
    refusal(query, StatusCode::BAD_REQUEST).await;
    // As much as is read of a request at all.
    let gigantic = Client::new().get(&url).header("last-event-id", "7".repeat(1 << 20)).send();
    match gigantic.await {
        Ok(response) => assert_eq!(response.status(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
        Err(error) => assert!(error.is_request(), "{error}"), // closed while it was being sent
    }
    // An empty one is that of a client that has none; an unknown one is a gap.
    let mut reader = Reader::open(&url, Some("")).await;
    say(&base, "x").await;
    assert_eq!(text(&reader.event().await), "x");
    for unknown in ["0", "…", "99999999999999999999-0"] {
        let request = Client::new().get(&url).query(&[("last_event_id", unknown)]);
        assert_eq!(Reader::new(request.send().await.unwrap()).event().await.event_type, "gap");
    }
}

#[tokio::test]
async fn more_streams_than_a_client_may_have() {
    let (server, base) = start(Config { streams_per_client: 5, ..quiet() }).await;
    let url = format!("{base}/feeds/chat");
    let mut readers = Vec::new();
    for _ in 0..5 {
        readers.push(Reader::open(&url, None).await);
    }
    let response = reqwest::get(&url).await.unwrap();
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(response.headers()["retry-after"], "5");
    // An answer of tokens is a stream too.
    let answer = post(&format!("{base}/tokens"), json!({ "prompt": "x" })).await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    readers.pop();
    until("the stream did not end", || server.limits.open() == 4).await;
    Reader::open(&url, None).await;
}

#[tokio::test]
async fn thousands_of_streams_are_served_and_more_are_not() {
    const STREAMS: usize = 2000;
    let config = Config { streams_per_client: usize::MAX, streams: STREAMS, ..quiet() };
    let (server, base) = start(config).await;
    let mut streams = Vec::new();
    for _ in 0..STREAMS {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(b"GET /feeds/chat HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        streams.push(stream);
    }
    until("not all were opened", || server.limits.open() == STREAMS).await;
    for _ in 0..100 {
        let response = reqwest::get(format!("{base}/feeds/chat")).await.unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()["retry-after"], "5");
    }
    let id = say(&base, "to all").await;
    let frame = format!("id: {id}\n");
    for stream in &mut streams {
        let mut read = Vec::new();
        while !read.windows(frame.len()).any(|window| window == frame.as_bytes()) {
            let more = tokio::time::timeout(support::PATIENCE, stream.read_buf(&mut read));
            assert_ne!(more.await.unwrap().unwrap(), 0);
        }
    }
    drop(streams);
    until("the streams did not end", || server.limits.open() == 0).await;
}

#[tokio::test]
async fn connections_that_say_nothing_are_bounded() {
    let (server, base) = start(Config { streams: 0, ..quiet() }).await;
    let mut silent = Vec::new();
    for _ in 0..500 {
        silent.push(TcpStream::connect(server.address).await.unwrap());
    }
    let health = format!("{base}/health");
    let mut more = TcpStream::connect(server.address).await.unwrap();
    let mut byte = [0];
    let closed = tokio::time::timeout(Duration::from_secs(5), more.read(&mut byte));
    assert_eq!(closed.await.expect("it was let in").unwrap_or(0), 0);
    assert!(reqwest::get(&health).await.is_err());
    drop(silent);
    for _ in 0..100 {
        if reqwest::get(&health).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nobody is let in any more");
}

#[tokio::test]
async fn bodies_that_are_not_what_they_should_be() {
    let (_server, base) = start(quiet()).await;
    let mut all = Reader::open(&format!("{base}/feeds/all"), None).await;
    let binary: Vec<u8> = (0..=255).cycle().take(1000).collect();
    for path in ["chat", "blog", "blog/1", "notifications", "tokens"] {
        let url = format!("{base}/{path}");
        let send = |body: Vec<u8>| {
            Client::new().post(&url).header("content-type", "application/json").body(body)
        };
        let malformed = b"{\"text\":\"\xFF\"}".to_vec();
        for body in [binary.clone(), malformed, Vec::new(), b"{}".to_vec(), b"[".repeat(60_000)] {
            // It is not JSON, or it is not what is wanted: which is found out first is not said.
            let status = send(body).send().await.unwrap().status();
            assert!(matches!(status.as_u16(), 400 | 422), "{path}: {status}");
        }
        refusal(send(b" ".repeat(10 << 20)), StatusCode::PAYLOAD_TOO_LARGE).await;
        let plain = Client::new().post(&url).body("{}");
        refusal(plain, StatusCode::UNSUPPORTED_MEDIA_TYPE).await;
    }
    for said in [
        json!({ "type": "new-message", "user": "", "text": "x" }),
        json!({ "type": "new-message", "user": "u".repeat(65), "text": "x" }),
        json!({ "type": "new-message", "user": "u", "text": "x".repeat(16_385) }),
        json!({ "type": "new-message", "user": "u", "text": "" }),
        json!({ "type": "x\ndata: forged", "user": "u", "text": "x" }),
    ] {
        let response = post(&format!("{base}/chat"), said).await;
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
    // Nothing of this was published.
    say(&base, "x").await;
    assert_eq!(text(&all.event().await), "x");
}

#[tokio::test]
async fn an_upload_that_is_too_large_or_broken_off() {
    let (server, base) = start(quiet()).await;
    let mut feed = Reader::open(&format!("{base}/feeds/uploads"), None).await;
    let mut large = TcpStream::connect(server.address).await.unwrap();
    let head = "POST /uploads/large HTTP/1.1\r\nhost: x\r\ncontent-length: 999999999999\r\n\r\n";
    large.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    large.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
    assert_eq!(feed.event().await.event_type, "failed");

    let mut broken = TcpStream::connect(server.address).await.unwrap();
    let head = "POST /uploads/broken HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nabc";
    broken.write_all(head.as_bytes()).await.unwrap();
    broken.shutdown().await.unwrap();
    drop(broken);
    let event = feed.event().await;
    assert_eq!((&*event.event_type, &json(&event)["upload"]), ("failed", &json!("broken")));
}

#[tokio::test]
async fn a_page_of_another_origin() {
    let allowed = "https://allowed.example";
    let (_server, base) = start(Config { origins: vec![allowed.to_owned()], ..quiet() }).await;
    let said = json!({ "type": "user-joined", "user": "u" });
    let from = |origin: &str| {
        Client::new().post(format!("{base}/chat")).json(&said).header("origin", origin)
    };
    let port = base.rsplit(':').next().unwrap();
    for bad in [
        "https://evil.example",
        "null",
        "https://allowed.example.evil.example",
        "http://allowed.example",
        &format!("http://localhost:{port}"),
        "http://127.0.0.1",
        "",
    ] {
        refusal(from(bad), StatusCode::FORBIDDEN).await;
    }
    for good in [allowed, &base] {
        assert_eq!(from(good).send().await.unwrap().status(), StatusCode::CREATED);
    }

    // What a browser is told: with credentials, for the one origin and no other.
    let allowed_to = |origin: &'static str, method: Method| {
        let request = Client::new().request(method, format!("{base}/feeds/chat"));
        async move {
            let response = request
                .header("origin", origin)
                .header("access-control-request-method", "GET")
                .header("access-control-request-headers", "last-event-id")
                .send()
                .await
                .unwrap();
            let header = |name: &str| {
                response.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
            };
            (header("access-control-allow-origin"), header("access-control-allow-credentials"))
        }
    };
    for method in [Method::GET, Method::OPTIONS] {
        let yes = (Some(allowed.to_owned()), Some("true".to_owned()));
        assert_eq!(allowed_to("https://allowed.example", method.clone()).await, yes);
        assert_eq!(allowed_to("https://evil.example", method).await.0, None);
    }
}

#[tokio::test]
async fn tokens_that_are_not_valid() {
    let secret = "a secret of the test";
    let (_server, base) = start(Config { secret: Some(secret.to_owned()), ..quiet() }).await;
    let url = format!("{base}/feeds/me");
    let tokens = Tokens::new(secret);
    let good = tokens.issue("alice", now() + 60).unwrap();
    let forged = Tokens::new("another secret").issue("alice", now() + 60).unwrap();
    let expired = tokens.issue("alice", now() - 1).unwrap();
    let nameless = tokens.issue("", now() + 60).unwrap();
    let (head, rest) = good.split_once('.').unwrap();
    // {"alg":"none"}, and what was signed for somebody else.
    let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", rest.split('.').next().unwrap());
    let bob = tokens.issue("bob", now() + 60).unwrap();
    let mixed =
        format!("{head}.{}.{}", bob.split('.').nth(1).unwrap(), rest.split('.').nth(1).unwrap());
    for bad in [&forged, &expired, &nameless, &unsigned, &mixed, "x", "", &"x".repeat(10_000)] {
        let request = Client::new().get(&url).bearer_auth(bad);
        assert!(refusal(request, StatusCode::UNAUTHORIZED).await.contains("token"));
        let said = json!({ "type": "user-joined", "user": "u" });
        let request = Client::new().post(format!("{base}/chat")).bearer_auth(bad).json(&said);
        refusal(request, StatusCode::UNAUTHORIZED).await;
    }
    refusal(Client::new().get(format!("{base}/feeds/all")), StatusCode::UNAUTHORIZED).await;
    for request in [
        Client::new().get(&url).bearer_auth(&good),
        Client::new().get(&url).header("cookie", format!("a=b; token={good}")),
    ] {
        Reader::new(request.send().await.unwrap());
    }
    // A stream lives no longer than its token.
    let short = tokens.issue("alice", now() + 2).unwrap();
    let request = Client::new().get(&url).bearer_auth(&short);
    let mut reader = Reader::new(request.send().await.unwrap());
    let rest = tokio::time::timeout(Duration::from_secs(5), reader.rest());
    assert_eq!(rest.await.expect("it did not end").unwrap().len(), 0);
}

#[tokio::test]
async fn a_private_feed_is_its_users_alone() {
    let secret = "a secret of the test";
    let (_server, base) = start(Config { secret: Some(secret.to_owned()), ..quiet() }).await;
    let tokens = Tokens::new(secret);
    let token = |user: &str| tokens.issue(user, now() + 60).unwrap();
    let feed = async |user: &str, name: &str| {
        let request = Client::new().get(format!("{base}/feeds/{name}")).bearer_auth(token(user));
        request.send().await.unwrap()
    };
    let mut alice = Reader::new(feed("alice", "me").await);
    let mut bob = Reader::new(feed("bob", "me").await);
    let mut all = Reader::new(feed("bob", "all").await);
    let notify = async |body: Value| {
        let request =
            Client::new().post(format!("{base}/notifications")).bearer_auth(token("carol"));
        request.json(&body).send().await.unwrap().status()
    };
    assert_eq!(notify(json!({ "text": "secret", "to": "alice" })).await, StatusCode::CREATED);
    assert_eq!(notify(json!({ "text": "for bob", "to": "bob" })).await, StatusCode::CREATED);
    assert_eq!(notify(json!({ "text": "for all" })).await, StatusCode::CREATED);
    assert_eq!(json(&alice.event().await), json!({ "feed": "me", "text": "secret" }));
    assert_eq!(json(&bob.event().await)["text"], "for bob");
    assert_eq!(json(&all.event().await)["text"], "for all");
    for name in ["user%2Falice", "user/alice", "..%2Ffeeds%2Fme", "tokens%2Fx", "nothing"] {
        assert_eq!(feed("bob", name).await.status(), StatusCode::NOT_FOUND, "{name}");
    }
    // Without tokens there are no users.
    let (_server, base) = start(quiet()).await;
    refusal(Client::new().get(format!("{base}/feeds/me")), StatusCode::UNAUTHORIZED).await;
    let body = json!({ "text": "x", "to": "alice" });
    let response = post(&format!("{base}/notifications"), body).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
}
