//! Answers that are no stream, and posts that are refused.

use std::time::Duration;

use fantoccini::key::Key;

use crate::browser::{until, Browser};
use crate::scripted::{Scripted, PAGE};

#[tokio::test]
async fn a_page_where_a_stream_should_be_is_shown_and_asked_for_seldom() {
    for query in ["", "?eventsource"] {
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
    for query in ["", "?eventsource"] {
        let server = Scripted::default();
        server.answers((204, "text/event-stream", ""));
        let base = server.start().await;
        let Some(browser) = Browser::open(&format!("{base}/{query}")).await else { return };
        browser.shows_state("ended").await;
        assert_eq!(browser.state_text().await, "ended by the server");
        let asked = server.asked();
        // EventSource does not show the status: it is asked for once more.
        assert_eq!(asked, if query.is_empty() { 1 } else { 2 });
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
