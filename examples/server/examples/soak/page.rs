//! Pages in a browser: each follows a feed with the page's own modules.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde::Deserialize;
use serde_json::{json, Value};
use tokio::time::sleep;

use crate::client::{Follower, Kind};
use crate::common::{free_port, Failure};

const FLAGS: [&str; 6] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
];

/// Follows a feed, over `fetch` or over the browser's `EventSource`, and keeps what came.
const FOLLOW: &str = r#"
    const [path, native, done] = arguments;
    window.came = [];
    import("/stream.js").then(({ Stream }) => {
        const types = ["begin", "gap", "new-message", "newPost", "notification", "line"];
        const onevent = (event) => window.came.push(event);
        new Stream(path, { types, onevent, onstate() {}, native }).start();
        done("");
    }, (error) => done(String(error)));"#;

/// A browser. It ends when this is dropped.
pub struct Browser(Child);

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    r#type: String,
    data: String,
    last_event_id: String,
}

impl Browser {
    pub fn start() -> Result<(Self, u16), Failure> {
        let port = free_port()?;
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("chromedriver: {error}"))?;
        Ok((Self(driver), port))
    }
}

/// A page of the server at `base`, in the browser behind this port.
pub async fn open(port: u16, base: &str) -> Result<Client, Failure> {
    let capabilities = json!({ "goog:chromeOptions": { "args": FLAGS } });
    let Value::Object(capabilities) = capabilities else { return Err("no object".into()) };
    for _ in 0..200 {
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities.clone());
        if let Ok(page) = builder.connect(&format!("http://127.0.0.1:{port}")).await {
            // Without a stream of its own.
            page.goto(&format!("{base}/stream.js")).await?;
            return Ok(page);
        }
        sleep(Duration::from_millis(100)).await;
    }
    Err("the browser did not start".into())
}

/// Follows a feed until it is dropped, or the page fails.
pub async fn follow(page: &Client, follower: &Follower) -> Result<(), Failure> {
    let plan = &follower.plan;
    let arguments = vec![json!(format!("/feeds/{}", plan.feed)), json!(plan.kind == Kind::Native)];
    let failed = page.execute_async(FOLLOW, arguments).await?;
    if failed != "" {
        return Err(failed.to_string().into());
    }
    follower.begin();
    let mut last_id = String::new();
    loop {
        let came = page.execute("return window.came.splice(0)", Vec::new()).await?;
        for event in serde_json::from_value::<Vec<Event>>(came)? {
            follower.take_event(&event.r#type, &event.data, event.last_event_id, &mut last_id);
        }
        sleep(Duration::from_millis(300)).await;
    }
}
