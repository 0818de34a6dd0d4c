//! Two servers behind one store: what one of them sends, the other one resumes. Needs the program
//! `redis-server`.

use std::time::Duration;

use crate::support::redis::Redis;
use crate::support::{free_port, json, post, quiet, say, start, text, until, Process, Reader};
use serde_json::json;
use server::Config;

#[tokio::test]
async fn a_client_goes_from_server_to_server_and_misses_nothing() {
    let Some(redis) = Redis::start().await else { return };
    let (_one, one) = start(redis.config()).await;
    let (_two, two) = start(redis.config()).await;
    let bases = [&one, &two];
    let mut reader = Reader::open(&format!("{one}/feeds/chat"), None).await;
    let mut seen = Vec::new();
    for round in 0..40 {
        // Posted to either, read from the other one at once.
        say(bases[round % 2], &round.to_string()).await;
        seen.push(text(&reader.event().await));
        say(bases[(round + 1) % 2], &format!("{round}+")).await;
        let url = format!("{}/feeds/chat", bases[(round / 2) % 2]);
        reader = Reader::open(&url, Some(&reader.last_event_id())).await;
        seen.push(text(&reader.event().await));
    }
    let expected = (0..40).flat_map(|round| [format!("{round}"), format!("{round}+")]);
    assert_eq!(seen, expected.collect::<Vec<_>>());
}

#[tokio::test]
async fn a_server_that_is_behind_waits_for_what_its_client_has_seen() {
    let Some(redis) = Redis::start().await else { return };
    let (_server, base) = start(redis.config()).await;
    let url = format!("{base}/feeds/chat");
    // Another server has read this entry already.
    let id = "9999999999999-7";
    let append = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        redis.ask(&["XADD", "sse:events", id, "feed", "chat", "event", "seen", "data", "{}"]).await;
        say(&base, "next").await;
    };
    let (mut reader, ()) = tokio::join!(Reader::open(&url, Some(id)), append);
    assert_eq!(text(&reader.event().await), "next");
}

#[tokio::test]
async fn servers_have_the_same_events_in_the_same_order() {
    let Some(redis) = Redis::start().await else { return };
    let config = || {
        let mut config = redis.config();
        config.bounds.bodies.each = 100;
        config
    };
    let (_one, one) = start(config()).await;
    let (_two, two) = start(config()).await;
    let mut readers = [
        Reader::open(&format!("{one}/feeds/all"), None).await,
        Reader::open(&format!("{two}/feeds/all"), None).await,
    ];
    let posts = (0..100).map(|i| {
        let base = if i % 3 == 0 { &one } else { &two };
        async move { say(base, &i.to_string()).await }
    });
    let ids = futures_util::future::join_all(posts).await;
    let mut first = Vec::new();
    for reader in &mut readers {
        let mut events = Vec::new();
        for _ in 0..100 {
            let event = reader.event().await;
            events.push((event.last_event_id.clone(), text(&event)));
        }
        if first.is_empty() {
            first = events;
        } else {
            assert_eq!(first, events);
        }
    }
    for (i, id) in ids.into_iter().enumerate() {
        assert!(first.contains(&(id, i.to_string())), "{i}");
    }
}

#[tokio::test]
async fn a_client_that_has_seen_nothing_yet_goes_to_a_server_that_was_not_there() {
    let Some(redis) = Redis::start().await else { return };
    let (_one, one) = start(redis.config()).await;
    let id = Reader::open(&format!("{one}/feeds/chat"), None).await.last_event_id();
    say(&one, "first").await;
    let (_two, two) = start(redis.config()).await;
    let mut reader = Reader::open(&format!("{two}/feeds/chat"), Some(&id)).await;
    assert_eq!(text(&reader.event().await), "first");
}

#[tokio::test]
async fn one_of_two_servers_is_killed() {
    let Some(redis) = Redis::start().await else { return };
    let url = redis.url();
    let listen = [free_port(), free_port()].map(|port| format!("127.0.0.1:{port}"));
    let arguments = |i: usize| ["--quiet", "--redis", &url, "--listen", &listen[i]];
    let mut processes = Vec::new();
    for i in 0..2 {
        processes.push(Process::start(&arguments(i)).await.unwrap());
    }
    let two = processes.pop().unwrap();
    let one = processes.pop().unwrap();
    let feed = |process: &Process| format!("{}/feeds/chat", process.base);

    let mut reader = Reader::open(&feed(&one), None).await;
    say(&one.base, "0").await;
    say(&one.base, "1").await;
    assert_eq!(text(&reader.event().await), "0");
    one.kill();
    // Whatever it still had sent is read; then the connection is found broken.
    let mut seen = vec!["0".to_owned()];
    while let Ok(Some(event)) = reader.next().await {
        seen.push(text(&event));
    }
    say(&two.base, "2").await;
    let mut reader = Reader::open(&feed(&two), Some(&reader.last_event_id())).await;
    while seen.len() < 3 {
        seen.push(text(&reader.event().await));
    }
    assert_eq!(seen, ["0", "1", "2"]);

    // The one that was killed comes back, and knows what it has not seen.
    say(&two.base, "3").await;
    let one = Process::start(&arguments(0)).await.unwrap();
    let mut reader = Reader::open(&feed(&one), Some(&reader.last_event_id())).await;
    assert_eq!(text(&reader.event().await), "3");
    say(&two.base, "4").await;
    assert_eq!(text(&reader.event().await), "4");
}

#[tokio::test]
async fn one_server_makes_events_up_and_another_takes_over() {
    let Some(redis) = Redis::start().await else { return };
    let listen = format!("127.0.0.1:{}", free_port());
    let url = redis.url();
    let one = Process::start(&["--redis", &url, "--listen", &listen]).await.unwrap();
    // It has the lead.
    let mut clock = Reader::open(&format!("{}/feeds/clock", one.base), None).await;
    clock.event().await;
    let (two, base) = start(Config { made_up: true, ..redis.config() }).await;
    let mut clock = Reader::open(&format!("{base}/feeds/clock"), None).await;
    let mut times = Vec::new();
    for _ in 0..3 {
        times.push(json(&clock.event().await)["time"].as_u64().unwrap());
    }
    assert!(!two.hub.leads());
    // One clock, not two.
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] > 700), "{times:?}");
    one.kill();
    until("nobody took over", || two.hub.leads()).await;
    clock.event().await;
}

#[tokio::test]
async fn what_was_trimmed_is_a_gap_and_what_was_not_is_none() {
    let Some(redis) = Redis::start().await else { return };
    let config = || {
        let mut config = Config { redis: Some((redis.url(), 5)), ..quiet() };
        config.settings.events = 4;
        config
    };
    let (_server, base) = start(config()).await;
    let mut ids = Vec::new();
    for i in 0..8 {
        ids.push(say(&base, &i.to_string()).await);
    }
    // This one reads only what is left, 3 to 7, keeps 4 to 7, and knows that these follow 3.
    let (_late, late) = start(config()).await;
    let url = format!("{late}/feeds/chat");
    for (i, id) in ids.iter().enumerate() {
        let mut reader = Reader::open(&url, Some(id)).await;
        if i < 3 {
            assert_eq!(reader.event().await.event_type, "gap");
        }
        if i < 7 {
            assert_eq!(text(&reader.event().await), (i.max(3) + 1).to_string());
        }
    }
}

#[tokio::test]
async fn a_private_feed_is_shared_too() {
    let Some(redis) = Redis::start().await else { return };
    let secret = "a secret of the test".to_owned();
    let config = || Config { secret: Some(secret.clone()), ..redis.config() };
    let (_one, one) = start(config()).await;
    let (_two, two) = start(config()).await;
    let tokens = server::auth::Tokens::new(&secret);
    let token = tokens.issue("alice", server::auth::now() + 60).unwrap();
    let client = reqwest::Client::new();
    let feed = |base: &str| client.get(format!("{base}/feeds/me")).bearer_auth(&token).send();
    let mut reader = Reader::new(feed(&one).await.unwrap());
    let notification = json!({ "text": "secret", "to": "alice" });
    let notify = client.post(format!("{two}/notifications")).bearer_auth(&token);
    notify.json(&notification).send().await.unwrap();
    assert_eq!(json(&reader.event().await), json!({ "feed": "me", "text": "secret" }));
}

#[tokio::test]
async fn without_the_store_a_post_is_refused_and_the_streams_go_on_when_it_is_back() {
    let Some(mut redis) = Redis::start().await else { return };
    let (_server, base) = start(redis.config()).await;
    let mut reader = Reader::open(&format!("{base}/feeds/chat"), None).await;
    say(&base, "before").await;
    assert_eq!(text(&reader.event().await), "before");
    redis.child.kill().unwrap();
    redis.child.wait().unwrap();
    let said = json!({ "type": "user-joined", "user": "u" });
    assert_eq!(post(&format!("{base}/chat"), said).await.status(), 503);
    let redis = Redis::on(redis.port).unwrap().ready().await.unwrap();
    // What happened to the store meanwhile: other entries came, and the first ones are gone.
    redis.ask(&["XADD", "sse:events", "*", "feed", "blog", "event", "lost", "data", "{}"]).await;
    let mut posted = false;
    for _ in 0..100 {
        let said = json!({ "type": "new-message", "user": "u", "text": "after" });
        posted = post(&format!("{base}/chat"), said).await.status() == 201;
        if posted {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(posted, "the store was not found again");
    let before = reader.last_event_id();
    assert_eq!(reader.event().await.event_type, "gap");
    assert_eq!(text(&reader.event().await), "after");
    // It is told of the gap once, whatever feed it is.
    for feed in ["chat", "tasks"] {
        let url = format!("{base}/feeds/{feed}");
        let mut reader = Reader::open(&url, Some(&before)).await;
        assert_eq!(reader.event().await.event_type, "gap");
        if feed == "chat" {
            assert_eq!(text(&reader.event().await), "after");
        }
        let last_event_id = reader.last_event_id();
        let reader = Reader::open(&url, Some(&last_event_id)).await;
        assert!(reader.is_empty(), "{feed}");
    }
}

#[tokio::test]
async fn a_feed_that_says_much_takes_nothing_of_another_one() {
    let Some(redis) = Redis::start().await else { return };
    let small = || {
        let mut config = Config { redis: Some((redis.url(), 50)), ..quiet() };
        config.settings.events = 40;
        config
    };
    let (server, base) = start(small()).await;
    let before = Reader::open(&format!("{base}/feeds/blog"), None).await.last_event_id();
    let publish = async |feed: &str, number: usize| {
        server.hub.publish(feed, "said", json!({ "number": number })).await.unwrap()
    };
    let mut quiet = Vec::new();
    for number in 0..3 {
        quiet.push(publish("blog", number).await);
    }
    let mut chatty = Vec::new();
    for number in 0..1500 {
        chatty.push(publish("chat", number).await);
    }
    // The chat has no more than its share, and the entry that a stream begins with.
    let kept: usize = redis.answer(&["XLEN", "sse:events"]).await;
    assert_eq!(kept, 1 + 3 + 50);

    // A server that was not there then has what the quiet feed said, and nobody is told of a gap.
    let (_restarted, base) = start(small()).await;
    for (from, id) in [&before].into_iter().chain(&quiet).enumerate() {
        let mut resumed = Reader::open(&format!("{base}/feeds/blog"), Some(id)).await;
        for expected in &quiet[from..] {
            assert_eq!(resumed.event().await.last_event_id, *expected);
        }
        assert!(resumed.is_empty() && resumed.begin.is_some());
    }
    // What the chat lost is a gap to its subscribers, and to those of all feeds. Nothing else is.
    for feed in ["chat", "all"] {
        let url = format!("{base}/feeds/{feed}");
        for id in [&before, &quiet[0], &quiet[2], &chatty[0], &chatty[1448], &chatty[1458]] {
            let mut resumed = Reader::open(&url, Some(id)).await;
            assert_eq!(resumed.event().await.event_type, "gap", "{feed} {id}");
            assert_eq!(resumed.event().await.last_event_id, chatty[1460]);
        }
        let mut resumed = Reader::open(&url, Some(&chatty[1459])).await;
        assert_eq!(resumed.event().await.last_event_id, chatty[1460]);
    }
}

#[tokio::test]
async fn all_feeds_together_are_bounded_too() {
    let Some(redis) = Redis::start().await else { return };
    let mut config = Config { redis: Some((redis.url(), 3)), ..quiet() };
    config.settings.events = 2;
    let (server, _base) = start(config).await;
    for number in 0..100 {
        let feed = format!("user/{}", number / 2);
        server.hub.publish(&feed, "said", json!({ "number": number })).await.unwrap();
    }
    let kept: usize = redis.answer(&["XLEN", "sse:events"]).await;
    assert_eq!(kept, 3 * 20);
    let expires: i64 = redis.answer(&["PTTL", "sse:kept:user/0"]).await;
    assert!(expires > 0, "{expires}");
}
