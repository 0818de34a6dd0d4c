//! Compressed streams, as a browser reads them.

use serde_json::Value;

use crate::browser::{listen, until, Browser};
use crate::support::{say, Process};

#[tokio::test]
async fn each_event_is_shown_before_the_next_one_is_posted() {
    let listen = listen();
    let arguments = ["--quiet", "--listen", &listen, "--gzip", "10", "--keep-alive", "1"];
    let server = Process::start(&arguments).await.unwrap();
    for query in ["", "?alone", "?eventsource"] {
        let Some(browser) = Browser::open(&format!("{}/{query}", server.base)).await else {
            return;
        };
        browser.shows_state("open").await;
        let health: Value =
            reqwest::get(format!("{}/health", server.base)).await.unwrap().json().await.unwrap();
        assert_eq!((&health["streams"], &health["compressed"]), (&1.into(), &1.into()), "{query}");
        let before = browser.chat().await.len();
        for number in 0..10 {
            let text = format!("{query} {number} 🦊");
            say(&server.base, &text).await;
            until(&text, async || browser.chat().await.len() == before + number + 1).await;
            assert_eq!(browser.chat().await.pop(), Some(text));
        }
        assert_eq!(browser.gaps().await, 0);
        // An answer to a POST, too.
        browser.write("#tokens textarea", "one two three").await;
        browser.click("#tokens button").await;
        let answer = "return document.querySelector('#tokens .answer').textContent";
        until("the answer", async || browser.run(answer).await == "You said: one two three").await;
        browser.close().await;
        until("no stream", async || {
            let health = reqwest::get(format!("{}/health", server.base)).await.unwrap();
            health.json::<Value>().await.unwrap()["streams"] == 0
        })
        .await;
    }
}
