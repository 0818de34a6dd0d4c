//! The same over HTTPS.

use crate::support::tls::Files;
use crate::support::{json, quiet, Reader};
use server::Config;

#[tokio::test]
async fn feeds_are_served_over_tls() {
    let tls = Files::new("feeds");
    let server = server::start(Config { tls: Some(tls.paths()), ..quiet() }).await.unwrap();
    let client = tls.client();
    let base = format!("https://localhost:{}", server.address.port());
    let feed = client.get(format!("{base}/feeds/all")).send().await.unwrap();
    let mut reader = Reader::new(feed);
    let said = serde_json::json!({ "type": "new-message", "user": "u", "text": "x" });
    client.post(format!("{base}/chat")).json(&said).send().await.unwrap();
    assert_eq!(json(&reader.event().await)["text"], "x");
    // Plain HTTP is not answered there.
    assert!(reqwest::get(base.replace("https", "http")).await.is_err());
}
