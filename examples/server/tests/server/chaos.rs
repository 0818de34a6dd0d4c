//! Two servers, a store that is trimmed, and a way to it that loses answers and connections: what a
//! subscriber saw is held against the store's own record. Needs the program `redis-server`.

use std::collections::HashMap;
use std::time::Duration;

use crate::support::proxy::Proxy;
use crate::support::redis::Redis;
use crate::support::{start, Reader};
use reqwest::{Client, StatusCode};
use serde_json::{json, Value};
use server::hub::random;
use tokio::time::{sleep, Instant};

/// How long it goes on, unless `SSE_WIRE_CHAOS_SECONDS` says something else.
const SECONDS: u64 = 5;

/// Copies what was added, before it is trimmed, into a stream that nobody trims.
const RECORD: &str = "
    local from = redis.call('GET', 'recorded') or '0-1'
    for _, entry in ipairs(redis.call('XRANGE', 'sse:events', from, '+')) do
        if entry[1] ~= from and entry[2][1] == 'feed' then redis.call('XADD', 'record', entry[1], unpack(entry[2])) end
        redis.call('SET', 'recorded', entry[1])
    end";

const BURST: &str = "redis.call('XADD', 'sse:events', '*',
    'feed', 'chat', 'event', 'burst', 'data', '{}')";

const TRIM: &str = "redis.call('XTRIM', 'sse:events', 'MAXLEN', ARGV[1])";

/// Says the same again under its key until it is published.
async fn insist(base: &str, writer: usize, number: usize) {
    let message =
        json!({ "type": "new-message", "user": writer.to_string(), "text": number.to_string() });
    let client = Client::new();
    loop {
        let request = client.post(format!("{base}/chat")).json(&message);
        let response = request.header("idempotency-key", format!("{writer}-{number}")).send();
        let response = response.await.unwrap();
        if response.status() == StatusCode::CREATED {
            return;
        }
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        let answer: Value = response.json().await.unwrap();
        assert!(["no", "unknown"].contains(&answer["published"].as_str().unwrap()), "{answer}");
        sleep(Duration::from_millis(20)).await;
    }
}

/// What a subscriber saw: ids, and `None` for a gap.
type Seen = Vec<Option<String>>;

/// Reads a feed until the last message comes, and now and then resumes it at the other server.
async fn subscribe(bases: [String; 2], resumes: bool) -> Seen {
    let mut seen = Vec::new();
    let url = |i: usize| format!("{}/feeds/chat", bases[i % 2]);
    let mut reader = Reader::open(&url(0), None).await;
    for i in 1.. {
        let event = reader.event().await;
        if event.event_type == "gap" {
            seen.push(None);
        } else {
            seen.push(Some(event.last_event_id.clone()));
            if event.event_type == "last" {
                break;
            }
        }
        if resumes && i % 50 == 0 {
            let id = reader.last_event_id();
            reader = Reader::open(&url(i / 50), Some(&id)).await;
        }
    }
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_seen_is_a_gap() {
    let Some(redis) = Redis::start().await else { return };
    let proxies = [Proxy::to(&redis).await, Proxy::to(&redis).await];
    let mut bases = Vec::new();
    let mut servers = Vec::new();
    for proxy in &proxies {
        let (server, base) = start(proxy.config()).await;
        servers.push(server);
        bases.push(base);
    }
    let bases: [String; 2] = bases.try_into().unwrap();
    let stays = tokio::spawn(subscribe(bases.clone(), false));
    let other = tokio::spawn(subscribe([bases[1].clone(), bases[0].clone()], false));
    let roams = tokio::spawn(subscribe(bases.clone(), true));
    sleep(Duration::from_millis(300)).await;

    let seconds = std::env::var("SSE_WIRE_CHAOS_SECONDS").ok().and_then(|value| value.parse().ok());
    let ends = Instant::now() + Duration::from_secs(seconds.unwrap_or(SECONDS));
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let base = bases[writer % 2].clone();
            tokio::spawn(async move {
                let mut number = 0;
                while Instant::now() < ends {
                    insist(&base, writer, number).await;
                    number += 1;
                }
                number
            })
        })
        .collect();
    while Instant::now() < ends {
        let proxy = &proxies[usize::from(random() < 0.5)];
        match (random() * 10.0) as usize {
            0 => proxy.lose_answer_to(["XINFO", "XADD", "BLOCK"][(random() * 3.0) as usize]),
            1 | 2 => proxy.cut(),
            // More in one moment, and less is left.
            3..=5 => {
                let script = format!("{RECORD} for i = 1, 50 do {BURST} end {RECORD} {TRIM}");
                let left = (random() * 60.0) as usize;
                redis.ask(&["EVAL", &script, "0", &left.to_string()]).await;
            }
            _ => {}
        }
        sleep(Duration::from_millis((random() * 200.0) as u64)).await;
    }
    let mut written = Vec::new();
    for writer in writers {
        written.push(writer.await.unwrap());
    }
    let last =
        "redis.call('XADD', 'sse:events', '*', 'feed', 'chat', 'event', 'last', 'data', '{}')";
    redis.ask(&["EVAL", &format!("{RECORD} {last}"), "0"]).await;
    // Everything that was ever added, but for this last one.
    let record: Vec<(String, HashMap<String, String>)> =
        redis.answer(&["XRANGE", "record", "-", "+"]).await;

    // Nothing was published twice.
    let mut posted = HashMap::new();
    for (_, fields) in &record {
        if fields["event"] == "new-message" {
            let data: Value = serde_json::from_str(&fields["data"]).unwrap();
            *posted.entry((data["user"].to_string(), data["text"].to_string())).or_insert(0) += 1;
        }
    }
    assert!(posted.values().all(|count| *count == 1), "{posted:?}");
    assert_eq!(posted.len(), written.iter().sum::<usize>());
    // What a subscriber saw is what the record has, in its order, except at gaps.
    let position: HashMap<_, _> =
        record.iter().enumerate().map(|(i, entry)| (&entry.0, i)).collect();
    for seen in [stays, other, roams] {
        let seen = seen.await.unwrap();
        let (mut expected, mut gap, mut gaps) = (0, false, 0);
        for id in &seen {
            let Some(id) = id else {
                (gap, gaps) = (true, gaps + 1);
                continue;
            };
            let Some(&at) = position.get(id) else { continue };
            // After a gap a client that went to another server may see some again.
            assert!(at == expected || gap, "{id}: {at}, not {expected}");
            (expected, gap) = (at + 1, false);
        }
        assert!(expected == record.len() || gap, "{expected} of {}", record.len());
        println!("{} of {} seen, {gaps} gaps", seen.len(), record.len());
        assert!(gaps > 0 && seen.len() > record.len() / 20);
    }
}
