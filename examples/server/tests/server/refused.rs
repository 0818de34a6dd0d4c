//! What is refused, and that the server goes on.

use std::time::Duration;

use crate::support;
use crate::support::{json, post, quiet, say, start, text, Reader};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{json, Value};
use server::auth::{now, Tokens};
use server::Config;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn refusal(request: RequestBuilder, status: StatusCode) -> String {
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), status);
    reason(response).await
}

/// The reason of a refusal, all of which have one shape.
async fn reason(response: Response) -> String {
    assert_eq!(response.headers()["content-type"], "application/json");
    let body: Value = response.json().await.unwrap();
    assert_eq!(body.as_object().unwrap().len(), 1, "{body}");
    body["error"].as_str().unwrap().to_owned()
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
    // The names under which polyfills and libraries send it. The last one counts, and the header wins.
    let [first, second] = [say(&base, "1").await, say(&base, "2").await];
    say(&base, "3").await;
    for name in
        ["last_event_id", "lastEventId", "lastEventID", "evs_last_event_id", "Last-Event-ID"]
    {
        let resumed = async |query: &[(&str, &str)], header: Option<&str>| {
            let mut request = Client::new().get(&url).query(query);
            if let Some(id) = header {
                request = request.header("last-event-id", id);
            }
            text(&Reader::new(request.send().await.unwrap()).event().await)
        };
        let [first, second] = [first.as_str(), second.as_str()];
        assert_eq!(resumed(&[(name, first)], None).await, "2", "{name}");
        let both = [("last_event_id", first), ("newest", "3"), (name, second)];
        assert_eq!(resumed(&both, None).await, "3", "{name}");
        assert_eq!(resumed(&[(name, second)], Some(first)).await, "2", "{name}");
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
            let response = send(body).send().await.unwrap();
            let status = response.status();
            assert!(matches!(status.as_u16(), 400 | 422), "{path}: {status}");
            reason(response).await;
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
    let head =
        "POST /uploads/large HTTP/1.1\r\nhost: [::1]\r\ncontent-length: 999999999999\r\n\r\n";
    large.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    large.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
    assert_eq!(feed.event().await.event_type, "failed");

    let mut broken = TcpStream::connect(server.address).await.unwrap();
    let head =
        "POST /uploads/broken HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\nabc";
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

    // The page is shown in no other page, which could guide what is clicked.
    let page = reqwest::get(&base).await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");

    // What a browser is told: with credentials, for the one origin and no other.
    let allowed_to = |origin: &'static str, method: Method| {
        let request = Client::new().request(method, format!("{base}/feeds/chat"));
        async move {
            let response = request
                .header("origin", origin)
                .header("access-control-request-method", "GET")
                .header(
                    "access-control-request-headers",
                    "accept,cache-control,last-event-id,pragma",
                )
                .send()
                .await
                .unwrap();
            let header = |name: &str| {
                response.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
            };
            // All that was asked for.
            if let Some(allowed) = header("access-control-allow-headers") {
                for name in ["accept", "cache-control", "last-event-id", "pragma"] {
                    assert!(allowed.split(',').any(|allowed| allowed.trim() == name), "{allowed}");
                }
            }
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

#[test]
fn a_secret_that_is_empty() {
    let server = || std::process::Command::new(env!("CARGO_BIN_EXE_server"));
    let with = |secret: &str| server().args(["token", "alice"]).env("JWT_SECRET", secret).output();
    assert!(with("a secret").unwrap().status.success());
    assert!(!with("").unwrap().status.success());
    let given = server().args(["--jwt-secret", "", "token", "alice"]).output();
    assert!(!given.unwrap().status.success());
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

#[tokio::test]
async fn a_refusal_has_one_shape_and_repeats_nothing() {
    const MARKER: &str = "xMARKERx";
    let (_server, base) = start(quiet()).await;
    let get = |path: &str| Client::new().get(format!("{base}{path}"));
    let post = |path: &str| {
        let request = Client::new().post(format!("{base}{path}"));
        request.header("content-type", "application/json")
    };
    let cases = [
        (get("/xMARKERx"), 404),
        (get("/feeds/xMARKERx"), 404),
        (get("/tokens/xMARKERx"), 404),
        (get("/feeds/chat/xMARKERx"), 404),
        (post("/xMARKERx"), 404),
        (get("/feeds/xMARKERx%FF"), 400),
        (get("/feeds/chat?newest=xMARKERx"), 400),
        (get("/feeds/chat?newest=-1"), 400),
        (get("/feeds/chat").header("last-event-id", b"xMARKERx\xFF".as_slice()), 400),
        (get("/feeds/me"), 401),
        (get("/chat?xMARKERx"), 405),
        (get("/uploads/xMARKERx"), 405),
        (post("/feeds/xMARKERx"), 405),
        (post("/health"), 405),
        (Client::new().request(Method::OPTIONS, format!("{base}/chat")), 405),
        (Client::new().delete(format!("{base}/tokens/xMARKERx")), 405),
        (post("/chat").body("{xMARKERx"), 400),
        (post("/chat").body(r#"{"type":"xMARKERx"}"#), 422),
        (post("/chat").body(r#"{"type":"new-message","user":{"xMARKERx":1},"text":"x"}"#), 422),
        (post("/blog/xMARKERx%FF").body("{}"), 400),
        (post("/chat").body(MARKER.repeat(1 << 20)), 413),
        (Client::new().post(format!("{base}/chat")).body(MARKER), 415),
        (post("/chat").header("origin", "https://xMARKERx.example"), 403),
        (get("/feeds/chat").header("host", "xMARKERx"), 421),
    ];
    for (request, status) in cases {
        let shown = format!("{request:?}");
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{shown}");
        if status == 405 {
            assert!(!response.headers()["allow"].is_empty(), "{shown}");
        }
        let reason = reason(response).await;
        assert!(!reason.is_empty() && !reason.contains(MARKER), "{shown}: {reason}");
    }
    // Where there is no body, there is none.
    let head = Client::new().head(format!("{base}/{MARKER}")).send().await.unwrap();
    assert_eq!((head.status(), head.text().await.unwrap().len()), (StatusCode::NOT_FOUND, 0));
}

#[tokio::test]
async fn a_host_that_is_not_this_server() {
    let mut config = Config { hosts: vec!["feeds.example".to_owned()], ..quiet() };
    config.bounds.tasks.each = 50;
    let (server, _base) = start(config).await;
    let ask = async |target: &str, hosts: &[&str]| {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let fields: String = hosts.iter().map(|host| ["host: ", host, "\r\n"].concat()).collect();
        let head = format!("{target} HTTP/1.1\r\ncontent-length: 0\r\n{fields}\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = vec![0; 1000];
        let read = tokio::time::timeout(support::PATIENCE, stream.read(&mut answer)).await;
        answer.truncate(read.unwrap().unwrap());
        String::from_utf8(answer).unwrap()
    };
    let known = [
        "127.0.0.1",
        "127.0.0.1:8000",
        "192.0.2.1",
        "[::1]",
        "[2001:db8::1]:80",
        "localhost:1",
        "LocalHost",
        "localhost.",
        "board.localhost",
        "feeds.example",
        "FEEDS.example:443",
    ];
    let unknown = [
        "evil.example",
        "evil.example:8000",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evillocalhost",
        "more.feeds.example",
        "2130706433",
        "[::1].evil.example",
    ];
    for host in known {
        for target in ["GET /feeds/chat", "GET /feeds/all", "POST /tasks"] {
            let answer = ask(target, &[host]).await;
            assert!(answer.starts_with("HTTP/1.1 20"), "{host}: {answer}");
        }
    }
    for host in unknown {
        for target in ["GET /feeds/chat", "POST /chat", "OPTIONS /chat", "GET /tokens/x"] {
            let answer = ask(target, &[host]).await;
            // Some are no hosts at all.
            let is_refused = ["HTTP/1.1 421", "HTTP/1.1 400"].iter().any(|s| answer.starts_with(s));
            assert!(is_refused && answer.contains(r#"{"error":"#), "{host}: {answer}");
        }
    }
    assert!(ask("GET /feeds/all", &[unknown[0]]).await.contains("--allow-host"));
    for hosts in [&[][..], &[""], &["localhost", "localhost"], &["a b"], &["user@localhost"]] {
        let answer = ask("GET /feeds/chat", hosts).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{hosts:?}: {answer}");
    }
    // An address that names another host than the header.
    let answer = ask("GET http://localhost/feeds/chat", &["evil.example"]).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    let answer = ask("GET http://evil.example/feeds/chat", &["evil.example"]).await;
    assert!(answer.starts_with("HTTP/1.1 421"), "{answer}");
}
