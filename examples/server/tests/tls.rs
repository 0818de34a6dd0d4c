//! The same over HTTPS.

mod support;

use server::Config;
use support::{json, quiet, Reader};

#[tokio::test]
async fn feeds_are_served_over_tls() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let directory = std::env::temp_dir().join(format!("sse-wire-tls-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let (certificate, key) = (directory.join("cert.pem"), directory.join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();

    let server = server::start(Config { tls: Some((certificate, key)), ..quiet() }).await.unwrap();
    let trusted = reqwest::Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
    let client = reqwest::Client::builder().add_root_certificate(trusted).build().unwrap();
    let base = format!("https://localhost:{}", server.address.port());
    let feed = client.get(format!("{base}/feeds/all")).send().await.unwrap();
    let mut reader = Reader::new(feed);
    let said = serde_json::json!({ "type": "new-message", "user": "u", "text": "x" });
    client.post(format!("{base}/chat")).json(&said).send().await.unwrap();
    assert_eq!(json(&reader.event().await)["text"], "x");
    // Plain HTTP is not answered there.
    assert!(reqwest::get(base.replace("https", "http")).await.is_err());
    std::fs::remove_dir_all(&directory).unwrap();
}
