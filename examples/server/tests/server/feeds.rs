//! What subscribers are sent.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::support;
use crate::support::{json, post, quiet, say, settings, start, text, until, Process, Reader};
use futures_util::StreamExt;
use reqwest::StatusCode;
use serde_json::{json, Value};
use server::hub::Start;
use server::Config;
use tokio::time::{timeout, Instant};

#[tokio::test]
async fn every_made_up_feed_has_its_events_with_ids_and_the_reconnection_time() {
    let (_server, base) = start(Config { made_up: true, ..quiet() }).await;
    let expected = [
        ("clock", "tick"),
        ("notifications", "notification"),
        ("stocks", "priceUpdate"),
        ("match", "matchStatus"),
        ("match", "matchEvent"),
        ("system", "cpuUpdate"),
        ("system", "memoryUpdate"),
        ("social", "newPost"),
    ];
    let mut missing: BTreeSet<_> = expected.into_iter().collect();
    let mut all = Reader::open(&format!("{base}/feeds/all?newest=100"), None).await;
    assert_eq!(all.retry(), Some(Duration::from_secs(2)));
    let mut ids = BTreeSet::new();
    while !missing.is_empty() {
        let event = all.event().await;
        assert!(ids.insert(event.last_event_id.clone()), "an id came twice");
        let feed = json(&event)["feed"].as_str().unwrap().to_owned();
        missing.retain(|&(of, event_type)| (of, event_type) != (&*feed, &*event.event_type));
    }
    // The feed by itself has the same event with the same id.
    let mut clock = Reader::open(&format!("{base}/feeds/clock?newest=1"), None).await;
    let event = clock.event().await;
    assert_eq!(event.event_type, "tick");
    while !ids.contains(&event.last_event_id) {
        ids.insert(all.event().await.last_event_id);
    }
}

#[tokio::test]
async fn figures_of_the_system_are_real() {
    let (_server, base) = start(Config { made_up: true, ..quiet() }).await;
    let mut system = Reader::open(&format!("{base}/feeds/system?newest=10"), None).await;
    let (mut cpu, mut memory) = (None, None);
    while cpu.is_none() || memory.is_none() {
        let event = system.event().await;
        match event.event_type.as_str() {
            "cpuUpdate" => cpu = Some(json(&event)),
            _ => memory = Some(json(&event)),
        }
    }
    let (cpu, memory) = (cpu.unwrap(), memory.unwrap());
    // This process may be allowed a part of them.
    let cores = cpu["cores"].as_array().unwrap().len();
    assert!(cores >= std::thread::available_parallelism().unwrap().get(), "{cores}");
    let info = std::fs::read_to_string("/proc/meminfo").unwrap();
    let total: u64 = info.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!(memory["total"].as_u64().unwrap() <= total * 1024);
    assert!(memory["used"].as_u64().unwrap() > 0);
}

#[tokio::test]
async fn what_is_posted_arrives_as_it_was() {
    let (_server, base) = start(quiet()).await;
    let mut all = Reader::open(&format!("{base}/feeds/all"), None).await;
    let odd =
        "quotes \" ' and \\, emoji 🦊👩‍👩‍👧, lines\nand\r\nand\r, data: x\n\nid: 1\n\n\u{2028}\0 ";
    let chat = [
        json!({ "type": "user-joined", "user": "Zoë" }),
        json!({ "type": "new-message", "user": "Zoë", "text": odd }),
        json!({ "type": "user-left", "user": "Zoë" }),
    ];
    for said in &chat {
        assert_eq!(post(&format!("{base}/chat"), said.clone()).await.status(), StatusCode::CREATED);
        let event = all.event().await;
        assert_eq!(event.event_type, said["type"].as_str().unwrap());
        let sent = json(&event);
        assert_eq!((&sent["user"], &sent["text"]), (&said["user"], &said["text"]));
        assert_eq!(sent["feed"], "chat");
    }
    let mut path = "blog".to_owned();
    for event_type in ["newPost", "postUpdate"] {
        let response = post(&format!("{base}/{path}"), json!({ "title": "T", "text": odd })).await;
        let id: Value = response.json().await.unwrap();
        let event = all.event().await;
        assert_eq!(
            (event.event_type.as_str(), &id["id"]),
            (event_type, &json!(event.last_event_id))
        );
        assert_eq!(json(&event)["text"], odd);
        let of = json(&event)["post"].as_str().unwrap().to_owned();
        assert!(event_type == "newPost" || path == format!("blog/{of}"));
        path = format!("blog/{of}");
    }
    post(&format!("{base}/notifications"), json!({ "text": odd })).await;
    assert_eq!(json(&all.event().await), json!({ "feed": "notifications", "text": odd }));
}

#[tokio::test]
async fn an_upload_tells_how_far_it_is() {
    let (_server, base) = start(quiet()).await;
    let mut feed = Reader::open(&format!("{base}/feeds/uploads"), None).await;
    let body: Vec<u8> = (0..5_000_000_u32).map(|i| (i % 251) as u8).collect();
    let len = body.len();
    let sent = reqwest::Client::new().post(format!("{base}/uploads/u1")).body(body).send().await;
    assert_eq!(
        sent.unwrap().json::<Value>().await.unwrap(),
        json!({ "received": len, "told": true })
    );
    let mut received = 0;
    loop {
        let event = feed.event().await;
        let progress = json(&event);
        assert_eq!(progress["upload"], "u1");
        if event.event_type == "complete" {
            assert_eq!(progress["received"], len);
            break;
        }
        assert_eq!((event.event_type.as_str(), &progress["total"]), ("progress", &json!(len)));
        assert!(progress["received"].as_u64().unwrap() > received);
        received = progress["received"].as_u64().unwrap();
    }
    assert_eq!(received, len as u64);
}

#[tokio::test]
async fn a_task_tells_how_far_it_is() {
    let (_server, base) = start(quiet()).await;
    let mut feed = Reader::open(&format!("{base}/feeds/tasks"), None).await;
    let response = post(&format!("{base}/tasks"), json!({})).await;
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    let task = response.json::<Value>().await.unwrap()["task"].clone();
    for step in 1..=20 {
        let progress = json(&feed.event().await);
        assert_eq!(progress, json!({ "feed": "tasks", "task": task, "step": step, "of": 20 }));
    }
    assert_eq!(feed.event().await.event_type, "complete");
}

#[tokio::test]
async fn tokens_answer_a_post_and_the_rest_can_be_fetched() {
    let (_server, base) = start(quiet()).await;
    let prompt = "one two\nthree \u{1F44B}";
    let response = post(&format!("{base}/tokens"), json!({ "prompt": prompt })).await;
    let mut answer = Reader::new(response);
    let resume = json(&answer.event().await)["resume"].as_str().unwrap().to_owned();
    let first = answer.event().await;
    drop(answer); // the connection breaks
    let url = format!("{base}{resume}");
    let mut rest = Reader::open(&url, Some(&first.last_event_id)).await;
    let mut said = json(&first)["text"].as_str().unwrap().to_owned();
    let events = rest.rest().await.unwrap();
    let (done, tokens) = events.split_last().unwrap();
    for token in tokens {
        assert_eq!(token.event_type, "token");
        said += json(token)["text"].as_str().unwrap();
    }
    assert_eq!(said, format!("You said: {prompt}"));
    assert_eq!((done.event_type.as_str(), json(done)), ("done", json!({ "tokens": 6 })));
    // Who has read all of it need not come again.
    let again = reqwest::Client::new().get(&url).header("last-event-id", &done.last_event_id);
    assert_eq!(again.send().await.unwrap().status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn who_comes_back_misses_nothing_and_gets_nothing_twice() {
    let (_server, base) = start(quiet()).await;
    let url = format!("{base}/feeds/chat");
    // Even who has seen no event yet.
    let reader = Reader::open(&url, None).await;
    let mut last_event_id = reader.last_event_id();
    assert!(!last_event_id.is_empty());
    drop(reader);
    let mut seen = Vec::new();
    for round in 0..20 {
        for part in 0..3 {
            say(&base, &format!("{round}.{part}")).await;
        }
        let mut reader = Reader::open(&url, Some(&last_event_id)).await;
        // It breaks again before all is read.
        for _ in 0..2 {
            let event = reader.event().await;
            seen.push(text(&event));
            last_event_id = event.last_event_id;
        }
    }
    let expected = (0..20).flat_map(|round| (0..3).map(move |part| format!("{round}.{part}")));
    assert_eq!(seen, expected.take(40).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_feed_that_says_much_takes_nothing_of_another_one() {
    let (server, base) = start(settings(|settings| settings.events = 20)).await;
    let before = Reader::open(&format!("{base}/feeds/blog"), None).await.last_event_id();
    let publish = async |feed: &str| server.hub.publish(feed, "said", json!({})).await.unwrap();
    let quiet = publish("blog").await;
    for _ in 0..100 {
        publish("chat").await;
    }
    let mut resumed = Reader::open(&format!("{base}/feeds/blog"), Some(&before)).await;
    assert_eq!(resumed.event().await.last_event_id, quiet);
    for feed in ["chat", "all"] {
        let mut resumed = Reader::open(&format!("{base}/feeds/{feed}"), Some(&before)).await;
        assert_eq!(resumed.event().await.event_type, "gap", "{feed}");
    }
}

#[tokio::test]
async fn what_is_not_kept_any_more_is_a_gap_once() {
    let (_server, base) = start(settings(|settings| settings.events = 3)).await;
    let url = format!("{base}/feeds/chat");
    let first = say(&base, "0").await;
    for i in 1..=4 {
        say(&base, &i.to_string()).await;
    }
    let mut reader = Reader::open(&url, Some(&first)).await;
    assert_eq!(reader.event().await.event_type, "gap");
    for i in 2..=4 {
        assert_eq!(text(&reader.event().await), i.to_string());
    }
    let last_event_id = reader.last_event_id();
    let mut again = Reader::open(&url, Some(&last_event_id)).await;
    say(&base, "5").await;
    assert_eq!(text(&again.event().await), "5");
    // The id of another run: a gap, and only once although nothing is there that has an id.
    let mut reader = Reader::open(&format!("{base}/feeds/blog"), Some("18c0ffee-7")).await;
    assert_eq!(reader.event().await.event_type, "gap");
    let mut again =
        Reader::open(&format!("{base}/feeds/blog"), Some(&reader.last_event_id())).await;
    post(&format!("{base}/blog"), json!({ "title": "t", "text": "t" })).await;
    assert_eq!(again.event().await.event_type, "newPost");
}

#[tokio::test]
async fn what_is_too_large_to_be_kept_is_a_gap_once() {
    let (_server, base) = start(settings(|settings| settings.bytes = 1000)).await;
    let url = format!("{base}/feeds/chat");
    let mut reader = Reader::open(&url, None).await;
    let before = say(&base, "before").await;
    assert_eq!(text(&reader.event().await), "before");
    let large = say(&base, &"x".repeat(5000)).await;
    for mut reader in [reader, Reader::open(&url, Some(&before)).await] {
        let gap = reader.event().await;
        assert_eq!((gap.event_type, gap.last_event_id), ("gap".to_owned(), large.clone()));
    }
    let mut reader = Reader::open(&url, Some(&large)).await;
    say(&base, "after").await;
    assert_eq!(text(&reader.event().await), "after");
}

#[tokio::test]
async fn a_silent_stream_has_comments() {
    let (_server, base) =
        start(settings(|settings| settings.keep_alive = Duration::from_millis(50))).await;
    let mut reader = Reader::open(&format!("{base}/feeds/chat"), None).await;
    let since = Instant::now();
    while reader.comments < 4 {
        reader.read().await.unwrap();
    }
    assert!(since.elapsed() >= Duration::from_millis(150), "{:?}", since.elapsed());
}

#[tokio::test]
async fn an_old_stream_ends_cleanly_and_is_resumed() {
    let (_server, base) =
        start(settings(|settings| settings.max_age = Duration::from_millis(100))).await;
    let url = format!("{base}/feeds/chat");
    let mut reader = Reader::open(&url, None).await;
    let poster = tokio::spawn({
        let base = base.clone();
        async move {
            for i in 0..60 {
                say(&base, &i.to_string()).await;
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    });
    let (mut seen, mut streams) = (Vec::new(), 1);
    loop {
        let over = poster.is_finished();
        seen.extend(reader.rest().await.unwrap().iter().map(text));
        if over {
            break;
        }
        reader = Reader::open(&url, Some(&reader.last_event_id())).await;
        streams += 1;
    }
    assert_eq!(seen, (0..60).map(|i| i.to_string()).collect::<Vec<_>>());
    assert!(streams > 3, "{streams}");
}

#[tokio::test]
async fn a_stop_ends_the_streams_cleanly() {
    let (server, base) = start(quiet()).await;
    let mut readers = Vec::new();
    for _ in 0..20 {
        readers.push(Reader::open(&format!("{base}/feeds/chat"), None).await);
    }
    say(&base, "last").await;
    let limits = server.limits.clone();
    timeout(Duration::from_secs(5), server.stop(Duration::from_secs(10))).await.unwrap().unwrap();
    for mut reader in readers {
        let rest = reader.rest().await.expect("a clean end");
        assert_eq!(rest.iter().map(text).collect::<Vec<_>>(), ["last"]);
    }
    assert_eq!(limits.streams.held(), 0);
    assert!(reqwest::get(format!("{base}/health")).await.is_err());
}

#[tokio::test]
async fn an_event_is_encoded_once_for_all() {
    let (server, _base) = start(quiet()).await;
    let hub = &server.hub;
    let mut subscriptions = Vec::new();
    for i in 0..1000 {
        let feed = hub.feed(if i % 2 == 0 { "chat" } else { "all" }).unwrap();
        let mut subscription = hub.subscribe(feed, Start::Newest(0)).await;
        subscription.next().await.unwrap(); // the opening
        subscriptions.push(subscription);
    }
    hub.publish("chat", "new-message", json!({ "text": "x" })).await.unwrap();
    let mut frames = Vec::new();
    for subscription in &mut subscriptions {
        frames.push(subscription.next().await.unwrap());
    }
    assert!(frames.iter().all(|frame| frame.as_ptr() == frames[0].as_ptr()));
}

#[tokio::test]
async fn after_a_restart_without_a_store_there_is_a_gap() {
    let listen = format!("127.0.0.1:{}", support::free_port());
    let arguments = ["--listen", &listen, "--quiet"];
    let process = Process::start(&arguments).await.unwrap();
    let url = format!("{}/feeds/chat", process.base);
    let mut reader = Reader::open(&url, None).await;
    say(&process.base, "before").await;
    assert_eq!(text(&reader.event().await), "before");
    process.kill();
    assert!(reader.next().await.is_err(), "a torn stream is not a clean end");

    let process = Process::start(&arguments).await.unwrap();
    say(&process.base, "after").await;
    let mut reader = Reader::open(&url, Some(&reader.last_event_id())).await;
    assert_eq!(reader.event().await.event_type, "gap");
    assert_eq!(text(&reader.event().await), "after");
}

#[tokio::test]
async fn the_program_ends_its_streams_when_it_is_told_to_stop() {
    let listen = format!("127.0.0.1:{}", support::free_port());
    let process = Process::start(&["--listen", &listen, "--quiet"]).await.unwrap();
    let mut reader = Reader::open(&format!("{}/feeds/chat", process.base), None).await;
    say(&process.base, "last").await;
    let stopped = tokio::task::spawn_blocking(|| process.terminate());
    let rest = reader.rest().await.expect("a clean end");
    assert_eq!(rest.iter().map(text).collect::<Vec<_>>(), ["last"]);
    assert!(stopped.await.unwrap().success());
}

#[tokio::test]
async fn the_log_is_a_feed() {
    let listen = format!("127.0.0.1:{}", support::free_port());
    let process = Process::start(&["--listen", &listen, "--quiet"]).await.unwrap();
    let mut log = Reader::open(&format!("{}/feeds/log", process.base), None).await;
    let chat = Reader::open(&format!("{}/feeds/chat", process.base), None).await;
    loop {
        let line = json(&log.event().await);
        let line = line["text"].as_str().unwrap();
        assert!(!line.contains("127.0.0.1"), "{line}");
        if line.contains("a stream opened") && line.contains("chat") {
            break;
        }
    }
    drop(chat);
}

#[tokio::test]
async fn a_client_that_leaves_is_forgotten() {
    let (server, base) = start(Config { made_up: true, ..quiet() }).await;
    let mut readers = Vec::new();
    for _ in 0..30 {
        readers.push(Reader::open(&format!("{base}/feeds/all"), None).await);
    }
    assert_eq!(server.limits.streams.held(), 30);
    // In the middle of what is being sent.
    let payload = json!({ "text": "x".repeat(100_000) });
    let publish = async {
        for _ in 0..50 {
            server.hub.publish("chat", "new-message", &payload).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    tokio::join!(publish, async { drop(readers) });
    until("the streams did not end", || server.limits.streams.held() == 0).await;
    say(&base, "still there").await;
}
