//! The page in a browser. Needs the programs `chromium` and `chromedriver`, and `node`.

#[path = "../support/mod.rs"]
mod support;

mod browser;
mod compressed;
mod look;
mod modules;
mod refused;
mod scripted;
mod tabs;

use std::path::Path;
use std::time::Duration;

use browser::{listen, until, Browser};
use fantoccini::key::Key;
use serde_json::{json, Value};
use support::redis::Redis;
use support::{post, say, Process};

#[tokio::test]
async fn text_is_intact_and_stop_stops() {
    let listen = listen();
    let server = Process::start(&["--quiet", "--listen", &listen]).await.unwrap();
    for query in ["", "?alone", "?eventsource"] {
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
    for query in ["", "?alone", "?eventsource"] {
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
    for query in ["", "?alone", "?eventsource"] {
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
    for query in ["", "?alone", "?eventsource"] {
        let reader = support::Reader::open(&format!("{}/feeds/chat", server.base), None).await;
        let page = format!("{}/{query}", server.base);
        let Some(browser) = Browser::open(&page).await else { return };
        browser.shows_state("refused").await;
        assert_eq!(browser.state_text().await, "refused (429)");
        drop(reader);
        browser.shows_state("open").await;
        browser.close().await;
        until("the page's stream is left", async || {
            let health = reqwest::get(format!("{}/health", server.base)).await.unwrap();
            health.json::<Value>().await.unwrap()["streams"] == 0
        })
        .await;
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

    browser.fits().await;
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
