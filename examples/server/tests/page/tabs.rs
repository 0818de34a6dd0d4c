//! Many tabs of one browser, and pages that come back.

use std::time::Duration;

use serde_json::{json, Value};

use crate::browser::{listen, until, Browser};
use crate::scripted::Scripted;
use crate::support::{say, Process};

impl Browser {
    /// Opens another tab with a page, and goes there.
    async fn open_tab(&self, url: &str) {
        let tab = self.page.new_window(true).await.unwrap();
        self.page.switch_to_window(tab.handle).await.unwrap();
        self.page.goto(url).await.unwrap();
    }
}

async fn streams(base: &str) -> u64 {
    let health: Value = reqwest::get(format!("{base}/health")).await.unwrap().json().await.unwrap();
    health["streams"].as_u64().unwrap()
}

#[tokio::test]
async fn seven_tabs_share_one_stream() {
    for query in ["", "?eventsource"] {
        let server = Process::start(&["--quiet", "--listen", &listen()]).await.unwrap();
        let base = &server.base;
        let page = format!("{base}/{query}");
        let Some(browser) = Browser::open(&page).await else { return };
        browser.shows_state("open").await;
        let mut expected = vec!["before".to_owned()];
        say(base, "before").await;
        for number in 2..=7 {
            browser.open_tab(&page).await;
            browser.shows_state("open").await;
            let text = format!("tab {number}");
            say(base, &text).await;
            expected.push(text);
        }
        assert_eq!(streams(base).await, 1);
        for tab in browser.page.windows().await.unwrap() {
            browser.page.switch_to_window(tab).await.unwrap();
            until("all messages", async || browser.chat().await.len() >= expected.len()).await;
            assert_eq!(browser.chat().await, expected);
            assert_eq!((browser.state().await, browser.gaps().await), ("open".to_owned(), 0));
        }

        // One tab stops, and is sent what it missed when it goes on.
        browser.click("#toggle").await;
        browser.shows_state("stopped").await;
        say(base, "while one is stopped").await;
        expected.push("while one is stopped".to_owned());
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(browser.chat().await.len(), expected.len() - 1);
        assert_eq!(streams(base).await, 1);
        browser.click("#toggle").await;
        until("the rest", async || browser.chat().await == expected).await;
        assert_eq!(browser.gaps().await, 0);

        // The first tab goes, the others do not notice.
        let tabs = browser.page.windows().await.unwrap();
        browser.page.switch_to_window(tabs[0].clone()).await.unwrap();
        browser.page.close_window().await.unwrap();
        say(base, "after").await;
        expected.push("after".to_owned());
        for tab in &tabs[1..] {
            browser.page.switch_to_window(tab.clone()).await.unwrap();
            until("the last", async || browser.chat().await == expected).await;
            assert_eq!(browser.gaps().await, 0);
        }
        assert_eq!(streams(base).await, 1);
        // With the last tab the stream goes.
        for tab in &tabs[1..] {
            browser.page.switch_to_window(tab.clone()).await.unwrap();
            browser.click("#toggle").await;
            browser.shows_state("stopped").await;
        }
        until("no stream", async || streams(base).await == 0).await;
        browser.close().await;
    }
}

#[tokio::test]
async fn a_page_that_comes_back_misses_nothing() {
    for query in ["", "?alone"] {
        let server = Process::start(&["--quiet", "--listen", &listen()]).await.unwrap();
        let base = &server.base;
        let Some(browser) = Browser::open(&format!("{base}/{query}")).await else { return };
        browser.shows_state("open").await;
        say(base, "before").await;
        until("the first", async || browser.chat().await == ["before"]).await;
        browser.run("window.kept = true").await;
        browser.page.goto(&format!("{base}/health")).await.unwrap();
        until("no stream", async || streams(base).await == 0).await;
        say(base, "meanwhile").await;
        browser.page.back().await.unwrap();
        browser.shows_state("open").await;
        until("the second", async || browser.chat().await == ["before", "meanwhile"]).await;
        assert_eq!(browser.gaps().await, 0);
        assert_eq!(streams(base).await, 1);
        // It was kept, not loaded again.
        assert_eq!(browser.run("return window.kept").await, true, "{query}");
        browser.close().await;
    }
}

#[tokio::test]
async fn a_page_that_is_shown_again_does_not_wait() {
    for query in ["", "?alone", "?eventsource"] {
        let server = Scripted::default();
        // The stream ends at once, to be asked for after ten minutes.
        server.answers((200, "text/event-stream", "retry: 600000\ndata: {}\n\n"));
        let base = server.start().await;
        let Some(browser) = Browser::open(&format!("{base}/{query}")).await else { return };
        browser.shows_state("reconnecting").await;
        let asked = server.asked();
        browser.run("document.dispatchEvent(new Event('visibilitychange'))").await;
        until("a request", async || server.asked() == asked + 1).await;
        browser.close().await;
    }
}

#[tokio::test]
async fn a_tab_without_the_worker_has_a_stream_for_itself() {
    let server = Scripted::default();
    server.lacks("worker.js");
    server.answers((200, "text/event-stream", "retry: 600000\ndata: {}\n\n"));
    let base = server.start().await;
    let Some(browser) = Browser::open(&base).await else { return };
    browser.shows_state("reconnecting").await;
    assert_eq!(server.asked(), 1);
    browser.close().await;
}

#[tokio::test]
async fn a_tab_is_sent_what_it_missed_or_a_gap() {
    let server = Scripted::default();
    // The id 0 is that before the first event.
    let mut body = "retry: 600000\nevent: begin\nid: 0\ndata: {}\n\n".to_owned();
    let event = |id: usize| format!("event: line\nid: {id}\ndata: {{\"feed\":\"log\"}}\n\n");
    body.extend((1..=3).map(event));
    server.answers((200, "text/event-stream", body.leak()));
    let base = server.start().await;
    let Some(browser) = Browser::open(&base).await else { return };
    browser.shows_state("reconnecting").await;
    let join = r"
        const [after, done] = arguments;
        const { port } = new SharedWorker('worker.js', { type: 'module', name: '' });
        const seen = [];
        port.onmessage = ({ data: { event, state } }) => {
          if (event) seen.push(`${event.type} ${event.lastEventId}`);
          if (!state) return;
          port.postMessage('leave');
          done(seen.slice(0, 3).concat(seen.length));
        };
        port.postMessage({ path: '/feeds/all?newest=200', types: [], lastEventId: after });";
    let joined =
        async |after: &str| browser.page.execute_async(join, vec![json!(after)]).await.unwrap();
    assert_eq!(joined("").await, json!(["begin ", "line 1", "line 2", 4]));
    assert_eq!(joined("0").await, json!(["begin 0", "line 1", "line 2", 4]));
    assert_eq!(joined("2").await, json!(["begin 2", "line 3", 2]));
    assert_eq!(joined("3").await, json!(["begin 3", 1]));
    assert_eq!(joined("other").await, json!(["begin other", "gap other", "line 1", 5]));

    // 1000 more events push those out.
    let body: String = (4..=1003).map(event).collect();
    server.answers((200, "text/event-stream", body.leak()));
    browser.run("document.dispatchEvent(new Event('visibilitychange'))").await;
    let count = "return document.querySelector('#count').textContent";
    until("all events", async || browser.run(count).await == "1003").await;
    assert_eq!(joined("3").await, json!(["begin 3", "line 4", "line 5", 1001]));
    assert_eq!(joined("2").await, json!(["begin 2", "gap 2", "line 4", 1002]));
    browser.close().await;
}
