//! What subscribers cost that do not read, in a process of its own.

mod support;

use std::time::Duration;

use serde_json::json;
use support::{settings, start, text, Reader};

/// Memory that this process has in use, in bytes.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[tokio::test]
async fn who_does_not_read_costs_little_and_is_told_of_a_gap() {
    let mut config = settings(|settings| settings.bytes = 1 << 20);
    // They are not given up, however long this takes.
    config.patience.idle = Duration::from_secs(600);
    let (server, base) = start(config).await;
    let mut slow = Vec::new();
    for _ in 0..20 {
        slow.push(Reader::open(&format!("{base}/feeds/chat"), None).await);
    }
    let before = resident();
    // 20 streams of 12 MB, which is more than the system keeps for them.
    let payload = json!({ "user": "test", "text": "x".repeat(10_000) });
    for _ in 0..1250 {
        server.hub.publish("chat", "new-message", &payload).await.unwrap();
        tokio::task::yield_now().await;
    }
    let grown = resident().saturating_sub(before);
    assert!(grown < 30 << 20, "{} KiB", grown >> 10);
    server.hub.publish("chat", "new-message", json!({ "text": "end" })).await.unwrap();
    for mut reader in slow {
        let (mut gaps, mut events) = (0, 0);
        loop {
            let event = reader.event().await;
            match event.event_type.as_str() {
                "gap" => gaps += 1,
                _ if text(&event) == "end" => break,
                _ => events += 1,
            }
        }
        assert!(gaps > 0 && events < 1250, "{gaps} gaps, {events} events");
    }
}
