//! What a store can lose, and what it can keep to itself: subscribers are told, and go on. Needs the
//! program `redis-server`.

use std::time::Duration;

use crate::support;
use crate::support::proxy::Proxy;
use crate::support::redis::Redis;
use crate::support::{free_port, post, quiet, say, start, text, until, Process, Reader};
use reqwest::StatusCode;
use serde_json::{json, Value};
use server::Config;
use tokio::time::{timeout, Instant};

/// Adds so many messages to the chat in one moment, each with its number, and keeps so many entries.
const ADD: &str = "
    for number = 1, ARGV[1] do
        redis.call('XADD', 'sse:events', 'MAXLEN', '=', ARGV[2], '*', 'feed', 'chat',
            'event', 'new-message', 'data', '{\"text\":\"' .. number .. '\"}')
    end";

async fn add(redis: &Redis, count: usize, max_len: usize) {
    redis.ask(&["EVAL", ADD, "0", &count.to_string(), &max_len.to_string()]).await;
}

/// So many entries of each feed in the store.
fn keep(redis: &Redis, entries: usize) -> Config {
    let mut config = Config { redis: Some((redis.url(), entries)), ..quiet() };
    config.settings.events = entries - 1;
    config
}

/// The numbers of the messages that come next.
async fn numbers(reader: &mut Reader, count: usize) -> Vec<usize> {
    let mut numbers = Vec::new();
    for _ in 0..count {
        numbers.push(text(&reader.event().await).parse().unwrap());
    }
    numbers
}

async fn gap(reader: &mut Reader) {
    let event = reader.event().await;
    assert_eq!(event.event_type, "gap", "{}", event.data);
}

/// Looks whether the next thing that comes is this message: there was no gap.
async fn goes_on(base: &str, reader: &mut Reader, message: &str) {
    say(base, message).await;
    assert_eq!(text(&reader.event().await), message);
}

#[tokio::test]
async fn more_at_once_than_the_stream_keeps_is_a_gap() {
    let Some(redis) = Redis::start().await else { return };
    let (_server, base) = start(redis.config()).await;
    let url = format!("{base}/feeds/chat");
    let mut reader = Reader::open(&url, None).await;
    goes_on(&base, &mut reader, "before").await;
    let before = reader.last_event_id();
    add(&redis, 300, 100).await;
    gap(&mut reader).await;
    assert_eq!(numbers(&mut reader, 100).await, (201..=300).collect::<Vec<_>>());
    goes_on(&base, &mut reader, "after").await;

    // A client that comes back is told, too; one that has the first that is left gets the others.
    let mut reader = Reader::open(&url, Some(&before)).await;
    gap(&mut reader).await;
    assert_eq!(numbers(&mut reader, 1).await, [201]);
    let mut reader = Reader::open(&url, Some(&reader.last_event_id())).await;
    assert_eq!(numbers(&mut reader, 2).await, [202, 203]);
}

#[tokio::test]
async fn exactly_as_much_as_the_stream_keeps_is_none() {
    let Some(redis) = Redis::start().await else { return };
    let (_server, base) = start(redis.config()).await;
    let mut reader = Reader::open(&format!("{base}/feeds/chat"), None).await;
    for _ in 0..50 {
        add(&redis, 5, 5).await;
        assert_eq!(numbers(&mut reader, 5).await, [1, 2, 3, 4, 5]);
    }
    add(&redis, 6, 5).await;
    gap(&mut reader).await;
    assert_eq!(numbers(&mut reader, 5).await, [2, 3, 4, 5, 6]);
    // More than one page.
    add(&redis, 450, 450).await;
    assert_eq!(numbers(&mut reader, 450).await, (1..=450).collect::<Vec<_>>());
    add(&redis, 451, 450).await;
    gap(&mut reader).await;
    assert_eq!(numbers(&mut reader, 450).await, (2..=451).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_constant_load_at_the_limit_is_none() {
    let Some(redis) = Redis::start().await else { return };
    let (_server, base) = start(keep(&redis, 50)).await;
    let mut reader = Reader::open(&format!("{base}/feeds/chat"), None).await;
    let mut expected = Vec::new();
    for round in 0..20 {
        let posts = (0..20).map(|i| say(&base, if i % 2 == 0 { "even" } else { "odd" }));
        expected.extend(futures_util::future::join_all(posts).await);
        if round % 2 == 0 {
            while expected.len() > 20 {
                let event = reader.event().await;
                text(&event);
                let at = expected.iter().position(|id| *id == event.last_event_id);
                expected.remove(at.expect("an event came twice"));
            }
        }
    }
}

#[tokio::test]
async fn a_server_that_stood_still_tells_what_it_missed() {
    let Some(redis) = Redis::start().await else { return };
    let listen = format!("127.0.0.1:{}", free_port());
    let url = redis.url();
    let arguments = ["--quiet", "--redis", &url, "--redis-events", "100", "--events", "99"];
    let stopped = Process::start(&[&arguments[..], &["--listen", &listen]].concat()).await.unwrap();
    let (_other, base) = start(keep(&redis, 100)).await;
    let mut reader = Reader::open(&format!("{}/feeds/chat", stopped.base), None).await;
    goes_on(&base, &mut reader, "before").await;
    for (posts, loses) in [(90, false), (150, true)] {
        stopped.signal("STOP");
        for i in 0..posts {
            say(&base, &i.to_string()).await;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        stopped.signal("CONT");
        if !loses {
            assert_eq!(numbers(&mut reader, posts).await, (0..posts).collect::<Vec<_>>());
            continue;
        }
        let (mut before, mut after, mut gaps) = (Vec::new(), Vec::new(), 0);
        while after.last() != Some(&(posts - 1)) {
            let event = reader.event().await;
            match event.event_type.as_str() {
                // It may be too slow for what comes at once; then it is told of that too.
                "gap" => gaps += 1,
                _ if gaps == 0 => before.push(text(&event).parse::<usize>().unwrap()),
                _ => after.push(text(&event).parse().unwrap()),
            }
        }
        // An answer of the store may have been on its way when the server was stopped.
        assert!(before.iter().copied().eq(0..before.len()), "{before:?}");
        assert!((99..=100).contains(&after.len()), "{after:?}");
        assert!(after.iter().copied().eq(posts - after.len()..posts), "{after:?}");
    }
    goes_on(&base, &mut reader, "after").await;
}

#[tokio::test]
async fn a_stream_that_somebody_empties() {
    let Some(redis) = Redis::start().await else { return };
    let (_one, one) = start(redis.config()).await;
    let (_two, two) = start(redis.config()).await;
    for command in ["FLUSHALL", "DEL sse:events", "RENAME sse:events away"] {
        let mut readers = [
            Reader::open(&format!("{one}/feeds/chat"), None).await,
            Reader::open(&format!("{two}/feeds/chat"), None).await,
        ];
        say(&one, "before").await;
        for reader in &mut readers {
            assert_eq!(text(&reader.event().await), "before");
        }
        let before = readers[0].last_event_id();
        redis.ask(&command.split(' ').collect::<Vec<_>>()).await;
        for reader in &mut readers {
            gap(reader).await;
        }
        goes_on(&one, &mut readers[0], "after").await;
        goes_on(&two, &mut readers[0], "again").await;
        assert_eq!(text(&readers[1].event().await), "after", "{command}");
        // A client can go from one to the other, and is told of the gap once.
        let mut reader = Reader::open(&format!("{two}/feeds/chat"), Some(&before)).await;
        gap(&mut reader).await;
        assert_eq!(text(&reader.event().await), "after");
        let id = reader.last_event_id();
        let mut reader = Reader::open(&format!("{one}/feeds/chat"), Some(&id)).await;
        assert_eq!(text(&reader.event().await), "again");
    }
}

#[tokio::test]
async fn a_stream_that_is_replaced_in_one_moment() {
    let Some(redis) = Redis::start().await else { return };
    let (_server, base) = start(redis.config()).await;
    let mut reader = Reader::open(&format!("{base}/feeds/chat"), None).await;
    let entry = "'feed', 'chat', 'event', 'new-message', 'data', '{\"text\":\"1\"}'";
    // With as many entries, with lower ids, with nothing.
    for with in [format!("'*', {entry}"), format!("'1-1', {entry}")] {
        goes_on(&base, &mut reader, "before").await;
        let script = format!("redis.call('DEL', KEYS[1]) redis.call('XADD', KEYS[1], {with})");
        redis.ask(&["EVAL", &script, "1", "sse:events"]).await;
        gap(&mut reader).await;
        assert_eq!(numbers(&mut reader, 1).await, [1]);
    }
    goes_on(&base, &mut reader, "after").await;
}

#[tokio::test]
async fn somebody_who_trims_or_deletes() {
    let Some(redis) = Redis::start().await else { return };
    let (_server, base) = start(redis.config()).await;
    let mut reader = Reader::open(&format!("{base}/feeds/chat"), None).await;
    goes_on(&base, &mut reader, "before").await;
    // What was read already.
    for rest in ["1", "0"] {
        redis.ask(&["XTRIM", "sse:events", "MAXLEN", "=", rest]).await;
        goes_on(&base, &mut reader, rest).await;
    }
    let id = reader.last_event_id();
    redis.ask(&["XDEL", "sse:events", &id]).await;
    goes_on(&base, &mut reader, "deleted").await;
    // What was not.
    let trim = format!("{ADD} redis.call('XTRIM', 'sse:events', 'MAXLEN', 1)");
    redis.ask(&["EVAL", &trim, "0", "3", "100"]).await;
    gap(&mut reader).await;
    assert_eq!(numbers(&mut reader, 1).await, [3]);
    let delete = format!(
        "{ADD} local last = redis.call('XREVRANGE', 'sse:events', '+', '-', 'COUNT', 2)
        redis.call('XDEL', 'sse:events', last[2][1])"
    );
    redis.ask(&["EVAL", &delete, "0", "3", "100"]).await;
    gap(&mut reader).await;
    assert_eq!(numbers(&mut reader, 2).await, [1, 3]);
    let clear = format!("{ADD} redis.call('XTRIM', 'sse:events', 'MAXLEN', 0)");
    redis.ask(&["EVAL", &clear, "0", "3", "100"]).await;
    gap(&mut reader).await;
    goes_on(&base, &mut reader, "after").await;
}

#[tokio::test]
async fn entries_that_are_no_events_stop_nothing() {
    let Some(redis) = Redis::start().await else { return };
    let (_server, base) = start(redis.config()).await;
    let mut reader = Reader::open(&format!("{base}/feeds/all"), None).await;
    let odd = "redis.call('XADD', 'sse:events', '*', '\\255', '\\254', 'feed', '\\253')";
    redis.ask(&["EVAL", odd, "0"]).await;
    redis.ask(&["XADD", "sse:events", "*", "nothing", ""]).await;
    // Events of these feeds are not in the store.
    for feed in ["all", "tokens/x"] {
        let event = ["feed", feed, "event", "odd", "data", "{}"];
        redis.ask(&[&["XADD", "sse:events", "*"][..], &event].concat()).await;
    }
    goes_on(&base, &mut reader, "after").await;
}

#[tokio::test]
async fn a_loss_is_none_for_an_answer_that_is_not_shared() {
    let Some(redis) = Redis::start().await else { return };
    let (_server, base) = start(redis.config()).await;
    let prompt = vec!["word"; 30].join(" ");
    let response = post(&format!("{base}/tokens"), json!({ "prompt": prompt })).await;
    let mut answer = Reader::new(response);
    answer.event().await;
    redis.ask(&["FLUSHALL"]).await;
    for event in answer.rest().await.unwrap() {
        assert_ne!(event.event_type, "gap");
    }
}

#[tokio::test]
async fn a_full_stream_is_read_in_pages() {
    let Some(redis) = Redis::start().await else { return };
    // 80 MiB in all.
    let fill = "
        local data = string.rep('x', 16384)
        for number = 1, 5000 do
            redis.call('XADD', KEYS[1], '*', 'feed', 'chat', 'event', number, 'data', data)
        end";
    redis.ask(&["EVAL", fill, "1", "sse:events"]).await;
    let (listen, url) = (format!("127.0.0.1:{}", free_port()), redis.url());
    let arguments = ["--quiet", "--redis", &url, "--listen", &listen];
    let server = Process::start(&arguments).await.unwrap();
    let mut reader = Reader::open(&format!("{}/feeds/chat?newest=1", server.base), None).await;
    assert_eq!(reader.event().await.event_type, "5000");
    let peak = server.peak_memory();
    println!("{peak} KiB");
    assert!(peak < 40 << 10, "{peak} KiB");
}

/// Health: the status, and the seconds since the stream was read.
async fn health(base: &str) -> (StatusCode, f64) {
    let response = reqwest::get(format!("{base}/health")).await.unwrap();
    let status = response.status();
    let health: Value = response.json().await.unwrap();
    (status, health["store"]["age_seconds"].as_f64().unwrap())
}

#[tokio::test]
async fn health_says_since_when_nothing_was_read() {
    let (_server, base) = start(quiet()).await;
    let alone: Value = reqwest::get(format!("{base}/health")).await.unwrap().json().await.unwrap();
    assert_eq!(alone.get("store"), None);

    let Some(mut redis) = Redis::start().await else { return };
    let (_server, base) = start(redis.config()).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let (status, age) = health(&base).await;
    assert!(status.is_success() && age < 2.5, "{age}");
    redis.child.kill().unwrap();
    redis.child.wait().unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(health(&base).await.0, StatusCode::OK);
    tokio::time::sleep(Duration::from_secs(6)).await;
    let (status, age) = health(&base).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(age > 10.0, "{age}");
    let _redis = Redis::on(redis.port).unwrap().ready().await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(health(&base).await.0, StatusCode::OK);
}

/// Loses the answer to a request of the reader, and looks whether events come again.
async fn reader_goes_on_without_the_answer_to(request: &'static str) {
    let Some(redis) = Redis::start().await else { return };
    let proxy = Proxy::to(&redis).await;
    let (_server, base) = start(proxy.config()).await;
    let mut reader = Reader::open(&format!("{base}/feeds/chat"), None).await;
    goes_on(&base, &mut reader, "before").await;
    proxy.lose_answer_to(request);
    proxy.has_lost(1).await;
    goes_on(&base, &mut reader, "after").await;
    assert_eq!(health(&base).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_read_that_is_not_answered() {
    reader_goes_on_without_the_answer_to("XINFO").await;
}

#[tokio::test]
async fn a_wait_for_entries_that_is_not_answered() {
    reader_goes_on_without_the_answer_to("BLOCK").await;
}

#[tokio::test]
async fn a_greeting_that_is_not_answered() {
    let Some(redis) = Redis::start().await else { return };
    let proxy = Proxy::to(&redis).await;
    let (_server, base) = start(proxy.config()).await;
    let mut reader = Reader::open(&format!("{base}/feeds/chat"), None).await;
    goes_on(&base, &mut reader, "before").await;
    proxy.lose_answer_to("CLIENT");
    proxy.cut();
    proxy.has_lost(1).await;
    let said = async {
        let message = json!({ "type": "new-message", "user": "u", "text": "after" });
        while post(&format!("{base}/chat"), message.clone()).await.status() != 201 {}
    };
    timeout(support::PATIENCE, said).await.unwrap();
    assert_eq!(text(&reader.event().await), "after");
}

#[tokio::test]
async fn a_start_that_is_not_answered_fails() {
    let Some(redis) = Redis::start().await else { return };
    for request in ["PING", "XREAD"] {
        let proxy = Proxy::to(&redis).await;
        proxy.lose_answer_to(request);
        let started = timeout(support::PATIENCE, server::start(proxy.config())).await.unwrap();
        assert!(started.is_err(), "{request}");
    }
}

#[tokio::test]
async fn a_post_that_is_not_answered() {
    let Some(redis) = Redis::start().await else { return };
    let proxy = Proxy::to(&redis).await;
    let (_server, base) = start(proxy.config()).await;
    let mut reader = Reader::open(&format!("{base}/feeds/chat"), None).await;
    proxy.lose_answer_to("MAXLEN");
    let message = json!({ "type": "user-joined", "user": "u" });
    let response = post(&format!("{base}/chat"), message).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(reader.event().await.event_type, "user-joined");
    // The next one has a connection of its own, and the right id.
    let id = say(&base, "next").await;
    assert_eq!(reader.event().await.last_event_id, id);
}

#[tokio::test]
async fn a_lead_that_is_not_answered_is_given_up_before_another_server_takes_it() {
    let Some(redis) = Redis::start().await else { return };
    let proxy = Proxy::to(&redis).await;
    let (one, _) = start(proxy.config()).await;
    until("it does not lead", || one.hub.leads()).await;
    let (two, _) = start(redis.config()).await;
    for _ in 0..2 {
        proxy.lose_answer_to("sse:leader");
        proxy.has_lost(1).await;
        let lost = Instant::now();
        while lost.elapsed() < Duration::from_secs(5) {
            assert!(!(one.hub.leads() && two.hub.leads()));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    until("nobody leads", || one.hub.leads() || two.hub.leads()).await;
}
