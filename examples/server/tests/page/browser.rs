//! A browser with the page.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{json, Value};

use crate::support::{free_port, skip};

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
pub struct Browser {
    driver: Child,
    pub page: Client,
}

impl Browser {
    /// `None` if there is no such program, and the test may be skipped.
    pub async fn open(url: &str) -> Option<Self> {
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
        let capabilities = json!({
            "goog:chromeOptions": { "args": FLAGS },
            // Milliseconds: a slow machine takes longer than usual.
            "timeouts": { "script": 300_000, "pageLoad": 300_000, "implicit": 0 },
        });
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

    pub async fn run(&self, script: &str) -> Value {
        self.page.execute(script, Vec::new()).await.unwrap()
    }

    /// The texts that the chat shows.
    pub async fn chat(&self) -> Vec<String> {
        let texts = "return [...document.querySelectorAll('#chat .text')].map(e => e.textContent)";
        serde_json::from_value(self.run(texts).await).unwrap()
    }

    pub async fn state(&self) -> String {
        let state = "return document.querySelector('#state').dataset.state";
        self.run(state).await.as_str().unwrap().to_owned()
    }

    pub async fn state_text(&self) -> String {
        let text = "return document.querySelector('#state-text').textContent";
        self.run(text).await.as_str().unwrap().to_owned()
    }

    pub async fn gaps(&self) -> u64 {
        let gaps = "return Number(document.querySelector('#gap-count').textContent)";
        self.run(gaps).await.as_u64().unwrap()
    }

    pub async fn click(&self, css: &str) {
        self.page.find(Locator::Css(css)).await.unwrap().click().await.unwrap();
    }

    pub async fn write(&self, css: &str, keys: &str) {
        self.page.find(Locator::Css(css)).await.unwrap().send_keys(keys).await.unwrap();
    }

    pub async fn shows_state(&self, state: &str) {
        until(state, async || self.state().await == state).await;
    }

    pub async fn screenshot(&self, width: u32, height: u32, name: &str) -> PathBuf {
        self.page.set_window_size(width, height).await.unwrap();
        self.run("scrollTo(0, 0)").await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::write(&path, self.page.screenshot().await.unwrap()).unwrap();
        path
    }

    pub async fn close(self) {
        let _ = self.page.clone().close().await;
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

pub async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    for _ in 0..400 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("not seen: {what}");
}

pub fn listen() -> String {
    format!("127.0.0.1:{}", free_port())
}
