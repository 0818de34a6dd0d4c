//! Attacks with requests alone.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use reqwest::Method;
use serde_json::{json, Value};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{timeout_at, Instant};

use crate::common::{free_port, Failure, Server};
use crate::{client, hear, subscribe, yes, Outcome};

const SECRET: [&str; 2] = ["--jwt-secret", "a secret of the attack"];

fn token(program: &Path, user: &str) -> Result<String, Failure> {
    let printed = Command::new(program).args(SECRET).args(["token", user]).output()?;
    Ok(String::from_utf8(printed.stdout)?.trim().to_owned())
}

/// Bob reads the log while Alice asks for an answer, and asks for hers under what he read.
pub async fn another_users_answer(program: &Path) -> Outcome {
    let server = Server::start_with(program, free_port()?, &SECRET, "info", Stdio::null()).await?;
    let (alice, bob) = (token(program, "alice")?, token(program, "bob")?);
    let client = client(2)?;
    let get = |path: &str| client.get(format!("{}{path}", server.base)).bearer_auth(&bob);
    let log = get("/feeds/log").send().await?;
    let prompt = json!({ "prompt": "the words of alice" });
    let asked = client.post(format!("{}/tokens?query=of-alice", server.base)).bearer_auth(&alice);
    let answer = hear(asked.json(&prompt).send().await?, Duration::from_secs(3), 1).await;
    let start: Value = serde_json::from_str(&answer.events.first().ok_or("no answer")?.data)?;
    let resume = start["resume"].as_str().ok_or("no address")?.to_owned();
    let lines = hear(log, Duration::from_secs(2), usize::MAX).await;
    let said = |what: &str| yes(lines.events.iter().any(|line| line.data.contains(what)));
    let job = resume.trim_start_matches("/tokens/");
    let stolen = get(&resume).send().await?;
    let status = stolen.status();
    let read = hear(stolen, Duration::from_secs(3), usize::MAX).await;
    let words = read.events.iter().any(|event| event.data.contains("alice"));
    Ok(format!(
        "the log names the job: {}, the user: {}, an address: {}, a query: {}; another user reads the \
         answer under its name: {} (status {status})",
        said(job), said("alice"), said("127.0.0."), said("of-alice"), yes(words)
    ))
}

/// One of each refusal.
pub async fn refusals(program: &Path) -> Outcome {
    let server = Server::start(program, free_port()?, &["--streams-per-client", "1"]).await?;
    let closed = Server::start(program, free_port()?, &SECRET).await?;
    let client = client(2)?;
    let on = |method: Method, path: &str| client.request(method, format!("{}{path}", server.base));
    let json = |path: &str, body: &str| {
        on(Method::POST, path).header("content-type", "application/json").body(body.to_owned())
    };
    let _taken = subscribe(&client, &format!("{}/feeds/chat", server.base), None).await?;
    let requests = [
        ("unknown path", on(Method::GET, "/nothing")),
        ("unknown feed", on(Method::GET, "/feeds/nothing")),
        ("unknown answer", on(Method::GET, "/tokens/nothing")),
        ("wrong method", on(Method::DELETE, "/chat")),
        ("wrong method of a feed", on(Method::PUT, "/feeds/chat")),
        ("malformed query", on(Method::GET, "/feeds/chat?newest=x")),
        ("malformed path", on(Method::GET, "/feeds/%FF")),
        ("malformed id", on(Method::GET, "/feeds/chat").header("last-event-id", &b"\xFF"[..])),
        ("too many streams", on(Method::GET, "/feeds/chat")),
        ("no JSON", json("/chat", "{")),
        ("other JSON", json("/chat", "[]")),
        ("empty text", json("/notifications", r#"{"text":""}"#)),
        ("no content type", on(Method::POST, "/chat").body("{}")),
        ("too large", json("/chat", &" ".repeat(100_000))),
        ("another origin", json("/chat", "{}").header("origin", "http://evil.example")),
        ("no token", client.get(format!("{}/feeds/chat", closed.base))),
    ];
    let number = requests.len();
    let mut others = Vec::new();
    for (name, request) in requests {
        let response = request.send().await?;
        let status = response.status();
        let is_json =
            response.headers().get("content-type").is_some_and(|kind| kind == "application/json");
        let body: Value = serde_json::from_str(&response.text().await?).unwrap_or_default();
        if !(is_json && body["error"].is_string() && status.as_u16() >= 400) {
            others.push(format!("{name} ({})", status.as_u16()));
        }
    }
    Ok(format!("{} of {number} {}", others.len(), others.join(", ")))
}

/// A page whose name was made to point here asks as the user of the browser.
pub async fn rebound_name(program: &Path) -> Outcome {
    let server = Server::start(program, free_port()?, &SECRET).await?;
    let (client, cookie) = (client(2)?, format!("token={}", token(program, "alice")?));
    let url = format!("{}/feeds/me", server.base);
    let request = client.get(&url).header("cookie", &cookie).header("host", "evil.example:8000");
    let read = request.send().await?.status();
    let post = client.post(format!("{}/notifications", server.base)).header("cookie", &cookie);
    let post = post.header("host", "evil.example").header("origin", "http://evil.example");
    let changed = post.json(&json!({ "text": "forged" })).send().await?.status();
    Ok(format!("a private feed: status {read}, a post: status {changed}"))
}

/// The stream ends soon, and the client resumes with the id of the last event that had data.
pub async fn quiet_feed(program: &Path) -> Outcome {
    const TIMES: usize = 5;
    let server = Server::start(program, free_port()?, &["--max-age", "0.4"]).await?;
    let client = client(2)?;
    let feed = |name: &str| format!("{}/feeds/{name}", server.base);
    // Something is posted while the client is away, before its first event.
    let mut missed = 0;
    for _ in 0..TIMES {
        let first = subscribe(&client, &feed("chat"), None).await?;
        let first = hear(first, Duration::from_secs(2), 1).await;
        let said = json!({ "type": "new-message", "user": "u", "text": "while you were away" });
        client
            .post(format!("{}/chat", server.base))
            .json(&said)
            .send()
            .await?
            .error_for_status()?;
        let second = subscribe(&client, &feed("chat"), first.id_with_data.as_deref()).await?;
        let second = hear(second, Duration::from_secs(2), 1).await;
        missed += usize::from(second.events.is_empty());
    }
    // The client comes with the id of an earlier run. It misses something once, and nothing after that.
    let (mut id, mut gaps) = ("1-1".to_owned(), 0);
    for _ in 0..=TIMES {
        let stream = subscribe(&client, &feed("blog"), Some(&id)).await?;
        let heard = hear(stream, Duration::from_secs(2), 1).await;
        id = heard.id_with_data.filter(|id| !id.is_empty()).unwrap_or(id);
        gaps += heard.gaps;
    }
    Ok(format!("missed {missed} of {TIMES}, false gaps {} of {TIMES}", gaps.saturating_sub(1)))
}

/// A client that cannot send the header has the id in its address.
pub async fn names_of_the_id(program: &Path) -> Outcome {
    let server = Server::start(program, free_port()?, &[]).await?;
    let client = client(2)?;
    let mut ids = Vec::new();
    for text in ["one", "two"] {
        let said = json!({ "type": "new-message", "user": "u", "text": text });
        let posted = client.post(format!("{}/chat", server.base)).json(&said).send().await?;
        ids.push(posted.json::<Value>().await?["id"].as_str().ok_or("no id")?.to_owned());
    }
    let mut known = Vec::new();
    for name in ["last_event_id", "lastEventId", "evs_last_event_id", "Last-Event-ID"] {
        let url = format!("{}/feeds/chat?{name}={}", server.base, ids[0]);
        let heard =
            hear(subscribe(&client, &url, None).await?, Duration::from_millis(500), 1).await;
        let resumed = heard.events.first().is_some_and(|event| event.last_event_id == ids[1]);
        known.push(format!("{name}: {}", yes(resumed)));
    }
    Ok(format!("resumed with {}", known.join(", ")))
}

/// One address begins one answer after the other, and another one wants one.
pub async fn token_jobs(program: &Path) -> Outcome {
    const JOBS: usize = 1300;
    let server = Server::start(program, free_port()?, &[]).await?;
    let (greedy, other) = (client(2)?, client(3)?);
    let url = format!("{}/tokens", server.base);
    let prompt = json!({ "prompt": "x" });
    let ask = || async {
        let response = greedy.post(&url).json(&prompt).send().await;
        let Ok(response) = response else { return false };
        let begun = response.status() == 200;
        hear(response, Duration::from_secs(5), usize::MAX).await;
        begun
    };
    let asked = stream::iter(0..JOBS).map(|_| ask()).buffer_unordered(90);
    let begun = asked.filter(|begun| std::future::ready(*begun)).count().await;
    let response = other.post(&url).json(&prompt).send().await?;
    let status = response.status();
    let answer = hear(response, Duration::from_secs(5), usize::MAX).await;
    let done = answer.events.last().is_some_and(|event| event.event_type == "done");
    Ok(format!("{begun} of {JOBS} begun; another client gets one: {} (status {status})", yes(done)))
}

/// Somebody reads the log of a server that logs everything, over HTTP/2, of whose frames there are lines.
pub async fn log_of_the_log(program: &Path) -> Outcome {
    const TIME: Duration = Duration::from_secs(3);
    let server = Server::start_with(program, free_port()?, &[], "trace", Stdio::null()).await?;
    let authority = server.address.to_string();
    let head = [
        // GET, http, and the two that have no number.
        &[0x82, 0x86, 0x04, 10][..],
        b"/feeds/log",
        &[0x01, u8::try_from(authority.len())?],
        authority.as_bytes(),
    ]
    .concat();
    let request = [
        &b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..],
        // Settings: a window of 2^31 - 1 for each stream; as much more for the connection.
        b"\0\0\x06\x04\0\0\0\0\0\0\x04\x7F\xFF\xFF\xFF",
        b"\0\0\x04\x08\0\0\0\0\0\x7F\xFF\0\0",
        // The head, which is the whole request.
        &[0, 0, u8::try_from(head.len())?, 0x01, 0x05, 0, 0, 0, 1],
        &head,
    ]
    .concat();
    let mut stream = TcpStream::connect(server.address).await?;
    stream.write_all(&request).await?;
    let until = Instant::now() + TIME;
    let mut came = Vec::new();
    while let Ok(len) = timeout_at(until, stream.read_buf(&mut came)).await {
        if len? == 0 {
            return Err("the stream ended".into());
        }
    }
    let begins = |what: &[u8]| came.windows(what.len()).filter(|part| *part == what).count();
    if begins(b"retry:") == 0 {
        return Err("no stream began".into());
    }
    let rate = begins(b"event: line") as u64 / TIME.as_secs();
    Ok(format!("{rate} events/s, while nobody does anything"))
}
