//! The page in a browser. Needs the programs `chromium` and `chromedriver`.

mod support;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::{header, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post as post_to};
use axum::Router;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{json, Value};
use support::redis::Redis;
use support::{free_port, post, say, skip, Process};

const FLAGS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
];

/// A browser with a page.
struct Browser {
    driver: Child,
    page: Client,
}

impl Browser {
    /// `None` if there is no such program, and the test may be skipped.
    async fn open(url: &str) -> Option<Self> {
        let port = free_port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(driver) = driver else {
            skip("there is no chromedriver");
            return None;
        };
        let capabilities = json!({ "goog:chromeOptions": { "args": FLAGS } });
        let Value::Object(capabilities) = capabilities else { unreachable!() };
        for _ in 0..200 {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            builder.capabilities(capabilities.clone());
            if let Ok(page) = builder.connect(&format!("http://127.0.0.1:{port}")).await {
                page.goto(url).await.unwrap();
                return Some(Self { driver, page });
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the browser did not start");
    }

    async fn run(&self, script: &str) -> Value {
        self.page.execute(script, Vec::new()).await.unwrap()
    }

    /// The texts that the chat shows.
    async fn chat(&self) -> Vec<String> {
        let texts = "return [...document.querySelectorAll('#chat .text')].map(e => e.textContent)";
        serde_json::from_value(self.run(texts).await).unwrap()
    }

    async fn state(&self) -> String {
        let state = "return document.querySelector('#state').dataset.state";
        self.run(state).await.as_str().unwrap().to_owned()
    }

    async fn state_text(&self) -> String {
        let text = "return document.querySelector('#state-text').textContent";
        self.run(text).await.as_str().unwrap().to_owned()
    }

    async fn gaps(&self) -> u64 {
        let gaps = "return Number(document.querySelector('#gap-count').textContent)";
        self.run(gaps).await.as_u64().unwrap()
    }

    async fn click(&self, css: &str) {
        self.page.find(Locator::Css(css)).await.unwrap().click().await.unwrap();
    }

    async fn write(&self, css: &str, keys: &str) {
        self.page.find(Locator::Css(css)).await.unwrap().send_keys(keys).await.unwrap();
    }

    async fn shows_state(&self, state: &str) {
        until(state, async || self.state().await == state).await;
    }

    async fn screenshot(&self, width: u32, height: u32, name: &str) -> PathBuf {
        self.page.set_window_size(width, height).await.unwrap();
        self.run("scrollTo(0, 0)").await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::write(&path, self.page.screenshot().await.unwrap()).unwrap();
        path
    }

    async fn close(self) {
        let _ = self.page.clone().close().await;
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    for _ in 0..400 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("not seen: {what}");
}

fn listen() -> String {
    format!("127.0.0.1:{}", free_port())
}

/// A server of the page whose answers a test gives, and how often it was asked for them.
#[derive(Clone, Default)]
struct Scripted {
    answer: Arc<Mutex<Answer>>,
    asked: Arc<Mutex<usize>>,
    /// The bodies of what was posted, and their idempotency keys.
    posted: Arc<Mutex<Vec<(String, String)>>>,
}

type Answer = (u16, &'static str, &'static str);

/// A page where a stream is asked for; who takes it for a stream sees an event.
const PAGE: Answer = (200, "text/html", "<html>sign in\nevent: line\ndata: {\"feed\":\"log\"}\n\n");

impl Scripted {
    async fn start(&self) -> String {
        let (feed, posting) = (self.clone(), self.clone());
        let file = |path: &str| {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("page").join(path);
            let kind = match path.extension().and_then(|kind| kind.to_str()) {
                Some("js") => "text/javascript",
                Some("css") => "text/css",
                _ => "text/html",
            };
            let text = std::fs::read_to_string(path).unwrap();
            get(async move || ([(header::CONTENT_TYPE, kind)], text))
        };
        let router = Router::new()
            .route("/", file("index.html"))
            .route("/app.js", file("app.js"))
            .route("/source.js", file("source.js"))
            .route("/style.css", file("style.css"))
            .route("/feeds/all", get(async move || feed.answer()))
            .route(
                "/blog",
                post_to(async move |headers: axum::http::HeaderMap, body: String| {
                    let key = headers["idempotency-key"].to_str().unwrap().to_owned();
                    posting.posted.lock().unwrap().push((body, key));
                    posting.answer()
                }),
            );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
        base
    }

    fn answer(&self) -> impl IntoResponse {
        *self.asked.lock().unwrap() += 1;
        let (status, kind, body) = *self.answer.lock().unwrap();
        (StatusCode::from_u16(status).unwrap(), [(header::CONTENT_TYPE, kind)], body)
    }

    fn answers(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    fn asked(&self) -> usize {
        *self.asked.lock().unwrap()
    }
}

#[tokio::test]
async fn a_page_where_a_stream_should_be_is_shown_and_asked_for_seldom() {
    for query in ["", "?fetch"] {
        let server = Scripted::default();
        server.answers(PAGE);
        let base = server.start().await;
        let Some(browser) = Browser::open(&format!("{base}/{query}")).await else { return };
        browser.shows_state("refused").await;
        assert_eq!(browser.state_text().await, "refused (not an event stream)");
        tokio::time::sleep(Duration::from_secs(8)).await;
        let asked = server.asked();
        assert!((1..=6).contains(&asked), "{query}: asked {asked} times in 8 s");
        let events = browser.run("return document.querySelector('#count').textContent").await;
        assert_eq!(events, "0", "{query}");
        // It comes back when there is a stream.
        server.answers((200, "text/event-stream", "retry: 60000\n\n"));
        browser.shows_state("reconnecting").await;
        browser.close().await;
    }
}

#[tokio::test]
async fn no_content_stops_a_stream() {
    for query in ["", "?fetch"] {
        let server = Scripted::default();
        server.answers((204, "text/event-stream", ""));
        let base = server.start().await;
        let Some(browser) = Browser::open(&format!("{base}/{query}")).await else { return };
        browser.shows_state("ended").await;
        assert_eq!(browser.state_text().await, "ended by the server");
        let asked = server.asked();
        // EventSource does not show the status: it is asked for once more.
        assert_eq!(asked, if query.is_empty() { 2 } else { 1 });
        tokio::time::sleep(Duration::from_secs(7)).await;
        assert_eq!(server.asked(), asked, "{query}");
        // The button begins anew.
        browser.click("#toggle").await;
        until("a request", async || server.asked() > asked).await;
        browser.close().await;
    }
}

#[tokio::test]
async fn what_is_posted_again_has_the_same_key_while_it_may_have_been_published() {
    let server = Scripted::default();
    server.answers((204, "text/event-stream", ""));
    let base = server.start().await;
    let Some(browser) = Browser::open(&base).await else { return };
    browser.shows_state("ended").await;
    browser.write("#blog input", "Title").await;
    browser.write("#blog textarea", "Text").await;
    let send = async |answer, notice| {
        server.answers(answer);
        let before = server.posted.lock().unwrap().len();
        browser.click("#blog button").await;
        until("the post", async || server.posted.lock().unwrap().len() > before).await;
        let shown = "return document.querySelector('#notice').textContent";
        until(notice, async || browser.run(shown).await == notice).await;
        server.posted.lock().unwrap()[before].1.clone()
    };
    let unknown = (503, "application/json", r#"{"error":"why","published":"unknown"}"#);
    let not = (503, "application/json", r#"{"error":"why","published":"no"}"#);
    let refused = (422, "application/json", r#"{"error":"why"}"#);
    let proxy = (502, "text/html", "<html>");
    let first = send(unknown, "Perhaps not sent: why").await;
    assert!(first.len() >= 16, "{first}");
    assert_eq!(send(proxy, "Perhaps not sent: status 502").await, first);
    assert_eq!(send(not, "Not sent: why").await, first);
    let second = send(refused, "Not sent: why").await;
    assert_ne!(second, first);
    let third = send(unknown, "Perhaps not sent: why").await;
    assert_ne!(third, second);
    // Another text is another post.
    browser.write("#blog textarea", "!").await;
    assert_ne!(send(unknown, "Perhaps not sent: why").await, third);
    browser.write("#blog textarea", &String::from(char::from(Key::Backspace))).await;
    assert_eq!(send((201, "application/json", r#"{"id":"1","repeated":true}"#), "").await, third);
    browser.close().await;
}

#[tokio::test]
async fn the_page_tells_a_stream_as_the_crate_does() {
    let server = Scripted::default();
    let base = server.start().await;
    let Some(browser) = Browser::open(&base).await else { return };
    let values = [
        "text/event-stream",
        "Text/Event-Stream ; charset=x",
        "text/event-stream-foobar",
        "text/event stream",
        "text/html",
        "*/*",
        "",
        "nonsense",
        "text/html; a=\"b, text/event-stream\"",
        "text/html; a=\"\\\", text/event-stream",
        "text/html; a=\"\\\\\", text/event-stream",
        "text/event-stream;a=\"",
    ];
    let lists = values.iter().flat_map(|first| {
        values
            .iter()
            .flat_map(move |second| [format!("{first}, {second}"), format!("{first},{second}")])
    });
    let values: Vec<_> = values.iter().map(ToString::to_string).chain(lists).collect();
    let script = r"
        const [values, done] = arguments;
        import('/source.js').then(({ isEventStream }) => {
          const response = (type) => ({ status: 200, headers: new Headers({ 'content-type': type }) });
          done(values.map((value) => isEventStream(response(value))));
        }).catch((error) => done(String(error)));";
    let found = browser.page.execute_async(script, vec![json!(values)]).await.unwrap();
    let expected: Vec<_> = values.iter().map(sse_wire::headers::is_event_stream).collect();
    for ((value, expected), found) in values.iter().zip(expected).zip(found.as_array().unwrap()) {
        assert_eq!(*found, expected, "{value}");
    }
    browser.close().await;
}

#[tokio::test]
async fn text_is_intact_and_stop_stops() {
    let listen = listen();
    let server = Process::start(&["--quiet", "--listen", &listen]).await.unwrap();
    for query in ["", "?fetch"] {
        let Some(browser) = Browser::open(&format!("{}/{query}", server.base)).await else {
            return;
        };
        browser.shows_state("open").await;
        let before = browser.chat().await.len();
        let texts = [
            "emoji 🦊👩‍👩‍👧 and 日本語",
            "quotes \" ' ` and <b>no markup</b> &amp; \\",
            "lines\nand\r\nand\rand\n\n\n",
            "data: forged\n\nevent: gap\ndata: {}\n\n",
            "  spaces, a tab\t, a mark \u{FEFF}, \u{2028} and NUL \0 ",
        ];
        for text in texts {
            say(&server.base, text).await;
        }
        until("all messages", async || browser.chat().await.len() == before + 5).await;
        assert_eq!(browser.chat().await[before..], texts, "{query}");
        assert_eq!(browser.gaps().await, 0);

        browser.click("#toggle").await;
        browser.shows_state("stopped").await;
        say(&server.base, "while it was stopped").await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(browser.chat().await.len(), before + 5);
        let streams: Value =
            reqwest::get(format!("{}/health", server.base)).await.unwrap().json().await.unwrap();
        assert_eq!(streams["streams"], 0);
        // It goes on where it stopped.
        browser.click("#toggle").await;
        until("the rest", async || browser.chat().await.len() == before + 6).await;
        assert_eq!(browser.gaps().await, 0);
        browser.close().await;
    }
}

#[tokio::test]
async fn with_a_store_a_restart_loses_nothing_and_doubles_nothing() {
    let Some(redis) = Redis::start().await else { return };
    let (listen, url) = (listen(), redis.url());
    let arguments = ["--quiet", "--listen", &listen, "--redis", &url, "--retry", "0.2"];
    for query in ["", "?fetch"] {
        redis.ask(&["FLUSHALL"]).await;
        let mut server = Process::start(&arguments).await.unwrap();
        let second = ["--quiet", "--redis", &url, "--listen", &self::listen()];
        let other = Process::start(&second).await.unwrap();
        let page = format!("{}/{query}", server.base);
        let Some(browser) = Browser::open(&page).await else { return };
        browser.shows_state("open").await;
        let mut expected = Vec::new();
        for round in 0..3 {
            for part in ["before", "while it is away", "after"] {
                let text = format!("{part} {round}");
                match part {
                    "while it is away" => {
                        server.kill();
                        browser.shows_state("reconnecting").await;
                        say(&other.base, &text).await;
                        server = Process::start(&arguments).await.unwrap();
                    }
                    _ => drop(say(&server.base, &text).await),
                }
                expected.push(text);
            }
            browser.shows_state("open").await;
        }
        until("all messages", async || browser.chat().await.len() >= expected.len()).await;
        assert_eq!(browser.chat().await, expected, "{query}");
        assert_eq!(browser.gaps().await, 0);
        browser.close().await;
        server.kill();
    }
}

#[tokio::test]
async fn without_a_store_a_restart_is_a_visible_gap() {
    let listen = listen();
    let arguments = ["--quiet", "--listen", &listen, "--retry", "0.2"];
    for query in ["", "?fetch"] {
        let server = Process::start(&arguments).await.unwrap();
        let page = format!("{}/{query}", server.base);
        let Some(browser) = Browser::open(&page).await else { return };
        browser.shows_state("open").await;
        say(&server.base, "before").await;
        until("the first", async || browser.chat().await.len() == 1).await;
        server.kill();
        browser.shows_state("reconnecting").await;
        let server = Process::start(&arguments).await.unwrap();
        say(&server.base, "after").await;
        until("the second", async || browser.chat().await.len() == 2).await;
        assert_eq!(
            (browser.chat().await, browser.gaps().await),
            (vec!["before".to_owned(), "after".to_owned()], 1)
        );
        browser.screenshot(390, 844, "gap.png").await;
        browser.close().await;
    }
}

#[tokio::test]
async fn a_refused_stream_is_shown_and_comes_back() {
    let listen = listen();
    let arguments = ["--quiet", "--listen", &listen, "--streams-per-client", "1"];
    let server = Process::start(&arguments).await.unwrap();
    for query in ["", "?fetch"] {
        let reader = support::Reader::open(&format!("{}/feeds/chat", server.base), None).await;
        let page = format!("{}/{query}", server.base);
        let Some(browser) = Browser::open(&page).await else { return };
        browser.shows_state("refused").await;
        assert_eq!(browser.state_text().await, "refused (429)");
        drop(reader);
        browser.shows_state("open").await;
        browser.close().await;
    }
}

#[tokio::test]
async fn the_forms_send_and_the_board_shows_it() {
    let listen = listen();
    let server = Process::start(&["--listen", &listen]).await.unwrap();
    let Some(browser) = Browser::open(&format!("{}/", server.base)).await else { return };
    browser.shows_state("open").await;

    // Chat: with Enter.
    browser.write("#chat textarea", &format!("hello{}", Key::Enter)).await;
    until("the message", async || browser.chat().await == ["hello"]).await;
    let left = browser.run("return document.querySelector('#chat textarea').value").await;
    assert_eq!(left, "");

    // Blog, and an update from elsewhere.
    browser.write("#blog input", "Title").await;
    browser.write("#blog textarea", "Text").await;
    browser.click("#blog button").await;
    let post_text = "return document.querySelector('#blog li')?.textContent ?? ''";
    until("the post", async || browser.run(post_text).await == "Title \nText").await;
    let name = browser.run("return document.querySelector('#blog li').dataset.post").await;
    let changed = format!("{}/blog/{}", server.base, name.as_str().unwrap());
    post(&changed, json!({ "title": "New", "text": "Text" })).await;
    until("the update", async || browser.run(post_text).await == "New \nText (edited)").await;

    // Upload, with its progress.
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("upload.bin");
    std::fs::write(&file, vec![0; 3_000_000]).unwrap();
    browser.write("#uploads input", file.to_str().unwrap()).await;
    browser.click("#uploads button").await;
    let bar = "const bar = document.querySelector('#uploads li progress');
               return bar ? [bar.value, bar.closest('li').textContent] : []";
    let complete = json!([1, "upload.bincomplete"]);
    until("the upload", async || browser.run(bar).await == complete).await;
    browser.click("#task").await;
    until("the task", async || {
        let bar = browser.run(bar).await;
        bar[0] == 1 && bar[1].as_str().is_some_and(|text| text.starts_with("task "))
    })
    .await;

    // Tokens.
    browser.write("#tokens textarea", "one two three").await;
    browser.click("#tokens button").await;
    let answer = "return document.querySelector('#tokens .answer').textContent";
    until("the answer", async || browser.run(answer).await == "You said: one two three").await;

    // What makes itself.
    let board = "return ['#clock .time', '#stocks td', '#system .cpu', '#match li', '#social li',
        '#log li'].map(css => document.querySelector(css)?.textContent ?? '')";
    until("all feeds", async || {
        let board = browser.run(board).await;
        let shown = |text: &Value| !matches!(text.as_str(), Some("" | "–" | "--:--:--"));
        board.as_array().unwrap().iter().all(shown)
    })
    .await;

    // Nothing is wider than the window, and every card is on it.
    for (width, height, name) in [(1400, 1500, "desktop.png"), (390, 2400, "phone.png")] {
        let path = browser.screenshot(width, height, name).await;
        let wide = browser.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth").await;
        assert_eq!(wide, 0, "{}", path.display());
    }
    browser.close().await;
}

#[tokio::test]
async fn with_a_token_the_user_has_a_feed() {
    let listen = listen();
    let arguments = ["--quiet", "--listen", &listen, "--jwt-secret", "a secret of the test"];
    let server = Process::start(&arguments).await.unwrap();
    let Some(browser) = Browser::open(&format!("{}/", server.base)).await else { return };
    until("the question", async || {
        browser.run("return document.querySelector('dialog').open").await == true
    })
    .await;
    browser.screenshot(390, 844, "login.png").await;
    let tokens = server::auth::Tokens::new("a secret of the test");
    let token = tokens.issue("alice", server::auth::now() + 60).unwrap();
    browser.write("#login input", &token).await;
    browser.click("#login button").await;
    browser.shows_state("open").await;
    let notify = reqwest::Client::new().post(format!("{}/notifications", server.base));
    let notification = json!({ "text": "psst", "to": "alice" });
    notify.bearer_auth(&token).json(&notification).send().await.unwrap();
    let text = "return document.querySelector('#notifications li')?.textContent ?? ''";
    until("the notification", async || browser.run(text).await == "for you: psst").await;

    // The page knows who that is, and shows what is the user's alone.
    let name = "return document.querySelector('#chat [name=user]').value";
    assert_eq!(browser.run(name).await, "alice");
    browser.write("#chat textarea", &format!("hello{}", Key::Enter)).await;
    let said = "return document.querySelector('#chat li:last-child')?.textContent ?? ''";
    until("the message", async || browser.run(said).await == "alice hello").await;
    browser.click("#task").await;
    let task = "return document.querySelector('#uploads li')?.textContent ?? ''";
    until("the task", async || {
        let shown = browser.run(task).await;
        shown.as_str().is_some_and(|shown| shown.starts_with("task ") && shown.contains("complete"))
    })
    .await;
    browser.close().await;
}

#[tokio::test]
async fn the_pages_own_parser_passes_the_vectors() {
    let server = Process::start(&["--quiet", "--listen", &listen()]).await.unwrap();
    let Some(browser) = Browser::open(&format!("{}/", server.base)).await else { return };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance/decoder.jsonl");
    let vectors = std::fs::read_to_string(path).unwrap();
    let script = r"
        const [vectors, done] = arguments;
        import('/source.js').then(({ Parser }) => {
          function decode(vector, chunks) {
            const events = [];
            const parser = new Parser(({ type, data, lastEventId }) =>
              events.push([type, data, lastEventId]));
            parser.lastEventId = vector.initial_last_event_id ?? '';
            const decoder = new TextDecoder();
            for (const chunk of chunks) parser.push(decoder.decode(chunk, { stream: true }));
            return JSON.stringify([events, parser.lastEventId, parser.retry ?? null]);
          }
          let cases = 0;
          const failures = [];
          for (const line of vectors.trim().split('\n')) {
            const vector = JSON.parse(line);
            const bytes = Uint8Array.from(vector.input_latin1, (byte) => byte.charCodeAt(0));
            const events = vector.events.map((e) => [e.event, e.data, e.last_event_id]);
            const expected = [events, vector.final_last_event_id, vector.retry_ms];
            const cuts = [[bytes], [...bytes].map((byte) => Uint8Array.of(byte))];
            for (let at = 1; at < bytes.length && bytes.length < 2000; at += 1) {
              cuts.push([bytes.subarray(0, at), bytes.subarray(at)]);
            }
            for (const chunks of cuts) {
              cases += 1;
              const found = decode(vector, chunks);
              // Larger ones are not exact here.
              const large = vector.retry_ms > Number.MAX_SAFE_INTEGER;
              if (!large && found !== JSON.stringify(expected)) {
                failures.push(`${vector.name}: ${found}`);
                break;
              }
            }
          }
          done([cases, failures]);
        }).catch((error) => done([0, [String(error)]]));";
    let result = browser.page.execute_async(script, vec![json!(vectors)]).await.unwrap();
    assert_eq!(result[1], json!([]));
    assert!(result[0].as_u64().unwrap() > 1000, "{}", result[0]);
    browser.close().await;
}
