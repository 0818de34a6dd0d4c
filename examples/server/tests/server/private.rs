//! What belongs to one user reaches nobody else, and what the log feed shows of anybody.

use std::time::Duration;

use crate::support;
use crate::support::{bounds, free_port, json, post, quiet, start, Process, Reader};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::{json, Value};
use server::auth::{now, Tokens};
use server::{Config, Server};
use tokio::time::{timeout, Instant};

const SECRET: &str = "a secret of the test";

/// A client that speaks HTTP/2, whose library logs much more than that of HTTP/1.
fn client() -> Client {
    Client::builder().http2_prior_knowledge().build().unwrap()
}

/// A server that asks for tokens.
async fn guarded() -> (Server, String) {
    start(Config { secret: Some(SECRET.to_owned()), ..quiet() }).await
}

/// Somebody with a token.
struct Person {
    name: String,
    base: String,
}

impl Person {
    fn new(name: &str, base: &str) -> Self {
        Self { name: name.to_owned(), base: base.to_owned() }
    }

    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        request.bearer_auth(Tokens::new(SECRET).issue(&self.name, now() + 60).unwrap())
    }

    async fn get(&self, path: &str) -> Response {
        let request = client().get(format!("{}{path}", self.base));
        self.signed(request).send().await.unwrap()
    }

    async fn post(&self, path: &str, body: Value) -> Response {
        let request = client().post(format!("{}{path}", self.base));
        self.signed(request).json(&body).send().await.unwrap()
    }

    async fn upload(&self, name: &str, len: usize) {
        let request = client().post(format!("{}/uploads/{name}", self.base));
        let response = self.signed(request).body(vec![b'x'; len]).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::CREATED);
    }

    /// Opens a stream that has begun.
    async fn read(&self, path: &str) -> Reader {
        let mut reader = Reader::new(self.get(path).await);
        while reader.begin.is_none() {
            assert!(timeout(support::PATIENCE, reader.read()).await.unwrap().unwrap());
        }
        reader
    }

    /// Asks for an answer, and gives the path of its rest.
    async fn ask(&self, prompt: &str) -> (Reader, String) {
        let mut answer = Reader::new(self.post("/tokens", json!({ "prompt": prompt })).await);
        let start = answer.event().await;
        assert_eq!(start.event_type, "start");
        let rest = json(&start)["resume"].as_str().unwrap().to_owned();
        (answer, rest)
    }
}

#[tokio::test]
async fn an_answer_is_its_users_alone() {
    let (_server, base) = guarded().await;
    let [alice, bob] = ["alice", "bob"].map(|name| Person::new(name, &base));
    let (_answer, path) = alice.ask("a secret of alice").await;
    let job = path.strip_prefix("/tokens/").unwrap();
    assert_eq!(job.len(), 32, "{job}");
    assert!(job.bytes().all(|byte| byte.is_ascii_hexdigit()), "{job}");

    // To others it is as if it were not there.
    let unknown = format!("/tokens/{}", "0".repeat(32));
    let refusal = async |response: Response| {
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        response.text().await.unwrap()
    };
    assert_eq!(refusal(bob.get(&path).await).await, refusal(alice.get(&unknown).await).await);
    // The names inside are no addresses.
    for inside in [format!("tokens%2F{job}"), format!("tokens%2F{job}%2Falice")] {
        for person in [&alice, &bob] {
            refusal(person.get(&format!("/feeds/{inside}")).await).await;
            refusal(person.get(&format!("/{inside}")).await).await;
        }
    }
    // Names of users that look like a part of another one.
    let (_answer, path) = Person::new("a/b", &base).ask("x").await;
    let b = Person::new("b", &base);
    for path in [path.clone(), format!("{path}%2Fa"), format!("{path}%2Fa%2Fb")] {
        refusal(b.get(&path).await).await;
    }

    let events = alice.read(&format!("/tokens/{job}")).await.rest().await.unwrap();
    assert_eq!(events.last().unwrap().event_type, "done");
}

#[tokio::test]
async fn an_answer_without_tokens_has_a_name_that_cannot_be_guessed() {
    let (_server, base) = start(bounds(|bounds| bounds.jobs.each = 20)).await;
    let mut names = std::collections::BTreeSet::new();
    for _ in 0..20 {
        let response = post(&format!("{base}/tokens"), json!({ "prompt": "x" })).await;
        let start = json(&Reader::new(response).event().await);
        let name = start["resume"].as_str().unwrap().strip_prefix("/tokens/").unwrap().to_owned();
        assert_eq!(name.len(), 32, "{name}");
        assert!(names.insert(u128::from_str_radix(&name, 16).unwrap()));
    }
    // Each bit is 0 in some of them and 1 in others.
    let (and, or) = names.iter().fold((u128::MAX, 0), |(and, or), name| (and & name, or | name));
    assert_eq!((and.count_ones(), or.count_zeros()), (0, 0));
}

#[tokio::test]
async fn uploads_and_tasks_are_their_users_alone() {
    let (_server, base) = guarded().await;
    let [alice, bob, eve] = ["alice", "bob", "eve"].map(|name| Person::new(name, &base));
    let mut public = Vec::new();
    for feed in ["all", "uploads", "tasks"] {
        public.push(eve.read(&format!("/feeds/{feed}")).await);
    }
    let mut own = [alice.read("/feeds/me").await, bob.read("/feeds/me").await];
    // Both use the same name at the same time.
    tokio::join!(alice.upload("one", 1_000_000), bob.upload("one", 2_000_000));
    for (reader, len) in own.iter_mut().zip([1_000_000, 2_000_000]) {
        loop {
            let event = reader.event().await;
            let told = json(&event);
            assert_eq!((&told["feed"], &told["upload"]), (&json!("uploads"), &json!("one")));
            if event.event_type == "complete" {
                assert_eq!(told["received"], len);
                break;
            }
            assert_eq!((&*event.event_type, &told["total"]), ("progress", &json!(len)));
        }
    }
    let task = bob.post("/tasks", json!({})).await.json::<Value>().await.unwrap()["task"].clone();
    let mut types = Vec::new();
    while types.last().map(String::as_str) != Some("complete") {
        let event = own[1].event().await;
        assert_eq!((&json(&event)["feed"], &json(&event)["task"]), (&json!("tasks"), &task));
        types.push(event.event_type);
    }
    assert_eq!(types.len(), 21);

    // Nobody else has been told anything.
    eve.post("/chat", json!({ "type": "new-message", "text": "the first" })).await;
    assert_eq!(json(&public[0].event().await)["text"], "the first");
    bob.post("/notifications", json!({ "text": "the next", "to": "alice" })).await;
    assert_eq!(json(&own[0].event().await)["text"], "the next");
    for feed in &mut public[1..] {
        assert!(timeout(Duration::from_millis(100), feed.read()).await.is_err());
        assert!(feed.is_empty());
    }
}

#[tokio::test]
async fn who_speaks_is_the_user_of_the_token() {
    let (_server, base) = guarded().await;
    let alice = Person::new("alice", &base);
    let mut chat = alice.read("/feeds/chat").await;
    for event_type in ["user-joined", "new-message", "user-left"] {
        let said = |user: Option<&str>| json!({ "type": event_type, "user": user, "text": "x" });
        let refused = alice.post("/chat", said(Some("bob"))).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN);
        for user in [None, Some("alice")] {
            let response = alice.post("/chat", said(user)).await;
            assert_eq!(response.status(), StatusCode::CREATED);
            let event = chat.event().await;
            assert_eq!((&*event.event_type, &json(&event)["user"]), (event_type, &json!("alice")));
        }
    }
    // The stream of the user says who that is, the others do not.
    assert_eq!(json(chat.begin.as_ref().unwrap()), json!({ "feed": "chat", "keep_alive": 15.0 }));
    let me = alice.read("/feeds/me").await;
    assert_eq!(
        json(me.begin.as_ref().unwrap()),
        json!({ "feed": "me", "keep_alive": 15.0, "user": "alice" })
    );
}

#[tokio::test]
async fn the_log_and_the_public_feeds_hold_nothing_of_anybody() {
    const MARKER: &str = "xMARKERx";
    let listen = format!("127.0.0.1:{}", free_port());
    let output = std::env::temp_dir().join(format!("sse-wire-log-{}", std::process::id()));
    let file = std::fs::File::create(&output).unwrap();
    let arguments = ["--listen", &listen, "--quiet", "--jwt-secret", SECRET];
    let process = Process::logging(&arguments, "trace", file).await.unwrap();
    let other = Person::new("watcher", &process.base);
    let mut watched = [other.read("/feeds/all").await, other.read("/feeds/log").await];

    let victim = Person::new(&format!("user-{MARKER}"), &process.base);
    let me = victim.read(&format!("/feeds/me?{MARKER}={MARKER}&last_event_id=")).await;
    let (answer, path) = victim.ask(&format!("prompt {MARKER}")).await;
    drop(victim.read(&format!("{path}?{MARKER}")).await);
    drop(victim.read("/feeds/all").await);
    victim.upload(&format!("upload-{MARKER}"), 100_000).await;
    victim.post("/tasks", json!({})).await;
    let notification = json!({ "text": format!("text {MARKER}"), "to": victim.name });
    victim.post("/notifications", notification).await;
    for path in [
        format!("/feeds/{MARKER}"),
        format!("/feeds/chat?newest={MARKER}"),
        format!("/{MARKER}"),
        format!("/tokens/{MARKER}"),
        format!("/feeds/me?last_event_id={}{MARKER}", MARKER.repeat(20)),
    ] {
        assert!(victim.get(&path).await.status().is_client_error());
    }
    for path in ["/chat", "/blog", "/notifications", "/tokens", "/tasks", "/nothing"] {
        for body in [json!(MARKER), json!({ MARKER: MARKER, "type": MARKER })] {
            victim.post(path, body).await;
        }
    }
    let request = client().get(format!("{}/feeds/all", process.base));
    let request = request.header("user-agent", MARKER).header("cookie", MARKER);
    assert_eq!(
        request.bearer_auth(MARKER).send().await.unwrap().status(),
        StatusCode::UNAUTHORIZED
    );
    drop((me, answer));
    tokio::time::sleep(Duration::from_millis(1200)).await;
    // The last line that there may be.
    drop(other.read("/feeds/chat").await);

    let job = path.strip_prefix("/tokens/").unwrap();
    for reader in &mut watched {
        let mut lines = Vec::new();
        while !lines.iter().any(|line: &String| line.contains("closed feed=chat")) {
            lines.push(reader.event().await.data);
        }
        // What it shows are the kinds of the feeds.
        for kind in ["all", "me", "tokens"] {
            let line = format!("a stream opened feed={kind} resumed=false");
            assert!(lines.iter().any(|shown| shown.contains(&line)), "{kind}: {lines:#?}");
        }
        for line in lines {
            for secret in [MARKER, job, "127.0.0.1", "watcher"] {
                assert!(!line.contains(secret), "{line}");
            }
        }
    }
    process.kill();

    // The operator's lines have addresses, but nothing that opens a stream.
    let log = std::fs::read_to_string(&output).unwrap();
    std::fs::remove_file(&output).unwrap();
    let opened = log.lines().filter(|line| line.contains("a stream opened"));
    let (with, without): (Vec<_>, Vec<_>) = opened.partition(|line| line.contains("127.0.0.1"));
    assert!(with.len() >= 6 && without.is_empty(), "{with:#?} {without:#?}");
    let token = Tokens::new(SECRET).issue("x", now() + 60).unwrap();
    for secret in [MARKER, job, SECRET, token.split('.').next().unwrap()] {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None);
    }
}

#[tokio::test]
async fn the_log_does_not_feed_itself_and_is_bounded() {
    let listen = format!("127.0.0.1:{}", free_port());
    let arguments = ["--listen", &listen, "--quiet"];
    let process = Process::logging(&arguments, "trace", std::process::Stdio::null()).await.unwrap();
    let url = |feed: &str| format!("{}/feeds/{feed}", process.base);
    let all = Reader::new(client().get(url("all")).send().await.unwrap());
    let mut log = Reader::new(client().get(url("log")).send().await.unwrap());

    // While nothing happens there is little to tell: those two have opened.
    let mut lines = 0;
    let end = Instant::now() + Duration::from_millis(1500);
    while let Ok(event) = tokio::time::timeout_at(end, log.event()).await {
        assert_eq!(event.event_type, "line");
        lines += 1;
    }
    assert!(lines <= 2, "{lines}");

    // 80 streams open and close. Of the lines that are not shown, none is missing in the count.
    let since = Instant::now();
    let chat = url("chat");
    let streams = (0..80).map(|_| Reader::open(&chat, None));
    drop(futures_util::future::join_all(streams).await);
    let (mut shown, mut left_out) = (0, 0);
    while shown + left_out < 160 {
        let line = json(&log.event().await);
        let text = line["text"].as_str().unwrap();
        match text.strip_suffix(" lines were left out") {
            Some(more) => left_out += more.parse::<u32>().unwrap(),
            None if text.contains("feed=chat") => shown += 1,
            None => {}
        }
    }
    assert_eq!(shown + left_out, 160);
    assert!(left_out > 0);
    let seconds = since.elapsed().as_secs() as u32 + 1;
    assert!(shown <= 20 * (seconds + 1), "{shown} in {seconds} seconds");
    drop(all);
}
