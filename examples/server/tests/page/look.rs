//! What a person sees, and what a keyboard and a screen reader find.

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::key::Key;
use serde_json::{json, Value};

use crate::browser::{listen, until, Browser};
use crate::scripted::Scripted;
use crate::support::{say, Process};

impl Browser {
    /// Asserts that nothing is wider than the window, however narrow that is.
    pub async fn fits(&self) {
        for (width, height, name) in [
            (1400, 1500, "desktop.png"),
            (768, 2000, "tablet.png"),
            (390, 2400, "phone.png"),
            (320, 2400, "small.png"),
        ] {
            let path = self.screenshot(width, height, name).await;
            let wide = "return [...document.querySelectorAll('body *')]
                .filter(element => element.getBoundingClientRect().right > innerWidth + 0.5)
                .map(element => element.outerHTML)";
            assert_eq!(self.run("return innerWidth").await, width);
            assert_eq!(self.run(wide).await, json!([]), "{}", path.display());
        }
    }

    async fn notice(&self) -> Value {
        let notice = "const notice = document.querySelector('#notice');
            return notice.hidden ? '' : notice.textContent";
        self.run(notice).await
    }
}

#[tokio::test]
async fn panels_say_what_will_appear_and_look_disconnected_while_they_are() {
    let server = Process::start(&["--quiet", "--listen", &listen()]).await.unwrap();
    let Some(browser) = Browser::open(&server.base).await else { return };
    browser.shows_state("open").await;
    // The log has a line already.
    let silent = "return [...document.querySelectorAll('.lines, tbody, .answer')]
        .filter(list => list.childElementCount === 0)
        .filter(list => !getComputedStyle(list, '::before').content.match(/[A-Z]/))
        .map(list => list.outerHTML)";
    assert_eq!(browser.run(silent).await, json!([]));
    let border = "return getComputedStyle(document.querySelector('#chat')).borderStyle";
    assert_eq!(browser.run(border).await, "solid");
    browser.screenshot(1400, 1500, "empty.png").await;
    browser.click("#toggle").await;
    browser.shows_state("stopped").await;
    assert_eq!(browser.run(border).await, "dashed");
    browser.screenshot(1400, 1500, "stopped.png").await;
    browser.click("#toggle").await;
    browser.shows_state("open").await;
    assert_eq!(browser.run(border).await, "solid");
    // What is there now is not announced any more.
    say(&server.base, "text").await;
    let content =
        "return getComputedStyle(document.querySelector('#chat .lines'), '::before').content";
    until("the text alone", async || browser.run(content).await == "none").await;
    // Long words, and text without any space.
    say(&server.base, &"long".repeat(300)).await;
    until("both", async || browser.chat().await.len() == 2).await;
    browser.fits().await;
    browser.close().await;
}

#[tokio::test]
async fn an_alert_goes_away_with_its_cause() {
    let listen = listen();
    let arguments = ["--quiet", "--listen", &listen, "--retry", "0.2"];
    let server = Process::start(&arguments).await.unwrap();
    let Some(browser) = Browser::open(&server.base).await else { return };
    browser.shows_state("open").await;
    server.kill();
    browser.shows_state("reconnecting").await;
    browser.write("#blog input", "Title").await;
    browser.write("#blog textarea", "Text").await;
    browser.click("#blog button").await;
    let unreachable = "Perhaps not sent: the server does not answer";
    until("the alert", async || browser.notice().await == unreachable).await;
    browser.screenshot(390, 844, "alert.png").await;
    let _server = Process::start(&arguments).await.unwrap();
    browser.shows_state("open").await;
    until("no alert", async || browser.notice().await == "").await;

    // What was refused may be written anew.
    browser.run("document.querySelector('#chat textarea').removeAttribute('maxlength')").await;
    browser.run("document.querySelector('#chat textarea').value = 'x'.repeat(70000)").await;
    browser.click("#chat button").await;
    until("the refusal", async || {
        browser.notice().await.as_str().is_some_and(|text| text.starts_with("Not sent: "))
    })
    .await;
    browser.write("#chat textarea", "!").await;
    assert_eq!(browser.notice().await, "");
    browser.close().await;
}

#[tokio::test]
async fn what_did_not_move_is_not_green_and_lines_have_their_time() {
    let server = Scripted::default();
    let body = concat!(
        "retry: 600000\n\n",
        "event: priceUpdate\ndata: {\"feed\":\"stocks\",\"symbol\":\"A\",\"price\":1,\"change\":0.001}\n\n",
        "event: priceUpdate\ndata: {\"feed\":\"stocks\",\"symbol\":\"B\",\"price\":1,\"change\":-0.001}\n\n",
        "event: priceUpdate\ndata: {\"feed\":\"stocks\",\"symbol\":\"C\",\"price\":1,\"change\":0.01}\n\n",
        "event: priceUpdate\ndata: {\"feed\":\"stocks\",\"symbol\":\"D\",\"price\":1,\"change\":-0.25}\n\n",
        "event: line\ndata: {\"feed\":\"log\",\"time\":0,\"level\":\"WARN\",\"text\":\"text\"}\n\n",
    );
    server.answers((200, "text/event-stream", body));
    let base = server.start().await;
    let Some(browser) = Browser::open(&base).await else { return };
    browser.shows_state("reconnecting").await;
    let changes = "return [...document.querySelectorAll('#stocks td:last-child')]
        .map(cell => [cell.textContent, cell.className])";
    let expected = json!([["0.00", ""], ["0.00", ""], ["+0.01", "up"], ["−0.25", "down"]]);
    assert_eq!(browser.run(changes).await, expected);
    let line = "const time = new Date(0).toLocaleTimeString([], { hour12: false });
        return document.querySelector('#log li').textContent === `${time} WARN text`";
    assert_eq!(browser.run(line).await, true);
    browser.close().await;
}

#[tokio::test]
async fn everything_has_a_name_and_the_keyboard_reaches_it() {
    let server = Process::start(&["--quiet", "--listen", &listen()]).await.unwrap();
    let Some(browser) = Browser::open(&server.base).await else { return };
    browser.shows_state("open").await;
    let nameless = "const name = element => {
            const titles = element.getAttribute('aria-labelledby')?.split(' ') ?? [];
            const texts = titles.map(title => document.getElementById(title)?.textContent ?? '');
            return [element.getAttribute('aria-label') ?? '', ...texts].join('').trim()
                || (element.localName === 'button' && element.textContent.trim());
        };
        const all = 'section, dialog, input, textarea, button, meter, progress, [tabindex]';
        return [...document.querySelectorAll(all)].filter(e => !name(e)).map(e => e.outerHTML)";
    assert_eq!(browser.run(nameless).await, json!([]));
    // From one end to the other with the key alone.
    let reachable = "return [...document.querySelectorAll('input, textarea, button, [tabindex]')]
        .filter(element => !element.closest('dialog')).length";
    let expected = browser.run(reachable).await.as_u64().unwrap();
    browser
        .run("window.reached = new Set(); addEventListener('focusin', e => reached.add(e.target))")
        .await;
    for _ in 0..expected + 2 {
        let value = Key::Tab.into();
        let tab = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value })
            .then(KeyAction::Up { value });
        browser.page.perform_actions(tab).await.unwrap();
    }
    assert_eq!(browser.run("return reached.size").await, expected);
    browser.close().await;
}
