//! Posts that are repeated, and what is said of those that fail. A part needs the program
//! `redis-server`.

use std::time::Duration;

use crate::support;
use crate::support::proxy::Proxy;
use crate::support::redis::Redis;
use crate::support::{bounds, post, quiet, start, text, Reader};
use futures_util::future::join_all;
use reqwest::{Client, StatusCode};
use serde_json::{json, Value};
use server::Config;

/// Posts with a key; gives the status and the answer.
async fn post_once(url: &str, key: &str, body: &Value) -> (StatusCode, Value) {
    let request = Client::new().post(url).header("idempotency-key", key).json(body);
    let response = request.send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

fn message(text: &str) -> Value {
    json!({ "type": "new-message", "user": "u", "text": text })
}

/// What holds with and without a store.
async fn repeats_are_recognised(bases: [&str; 2]) {
    let [one, two] = bases;
    let mut all = Reader::open(&format!("{one}/feeds/all"), None).await;
    let posts = [
        ("chat", message("1")),
        ("blog", json!({ "title": "1", "text": "1" })),
        ("blog/x", json!({ "title": "1", "text": "1" })),
        ("notifications", json!({ "text": "1" })),
    ];
    for (i, (path, body)) in posts.iter().enumerate() {
        let key = format!("key-{i}!~");
        let (status, first) = post_once(&format!("{one}/{path}"), &key, body).await;
        assert_eq!((status, first.get("repeated")), (StatusCode::CREATED, None), "{first}");
        for base in bases {
            let url = format!("{base}/{path}");
            let (status, again) = post_once(&url, &key, body).await;
            assert_eq!(status, StatusCode::CREATED);
            assert_eq!(again, json!({ "id": first["id"], "repeated": true }));
        }
        assert_eq!(all.event().await.last_event_id, first["id"]);
    }
    // A key is of one request.
    for (path, key, body) in
        [("chat", "key-0!~", message("other")), ("blog/y", "key-2!~", posts[2].1.clone())]
    {
        let (status, answer) = post_once(&format!("{two}/{path}"), key, &body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(answer["published"], "no");
    }
    // Without a key, or with another one, it is another post.
    let url = format!("{two}/chat");
    let (_, second) = post_once(&url, "another", &message("1")).await;
    let third: Value = post(&url, message("1")).await.json().await.unwrap();
    for id in [&second["id"], &third["id"]] {
        assert_eq!(all.event().await.last_event_id, *id);
    }
    // At the same moment.
    let urls = bases.map(|base| format!("{base}/chat"));
    let said = message("at once");
    let answers = join_all((0..20).map(|i| post_once(&urls[i % 2], "at-once", &said))).await;
    let first: Vec<_> =
        answers.iter().filter(|answer| answer.1.get("repeated").is_none()).collect();
    assert_eq!(first.len(), 1, "{answers:?}");
    assert!(answers.iter().all(|answer| answer.1["id"] == first[0].1["id"]), "{answers:?}");
    assert_eq!(text(&all.event().await), "at once");
    // Nothing else was published.
    support::say(one, "last").await;
    assert_eq!(text(&all.event().await), "last");
}

#[tokio::test]
async fn repeats_are_recognised_without_a_store() {
    let (_server, base) = start(quiet()).await;
    repeats_are_recognised([&base, &base]).await;
}

#[tokio::test]
async fn repeats_are_recognised_by_other_servers_and_after_a_restart() {
    let Some(redis) = Redis::start().await else { return };
    let (_one, one) = start(redis.config()).await;
    let (_two, two) = start(redis.config()).await;
    repeats_are_recognised([&one, &two]).await;
    let (_later, later) = start(redis.config()).await;
    let (status, again) = post_once(&format!("{later}/chat"), "key-0!~", &message("1")).await;
    assert_eq!((status, &again["repeated"]), (StatusCode::CREATED, &json!(true)));
    // It is not known for ever.
    let script = "
        local posted = redis.call('KEYS', 'sse:posted:*')
        if #posted == 0 then return redis.error_reply('none') end
        for _, key in ipairs(posted) do
            local left = redis.call('PTTL', key)
            if left < 500000 or left > 600000 then return redis.error_reply(key .. left) end
        end";
    redis.ask(&["EVAL", script, "0"]).await;
}

#[tokio::test]
async fn a_key_is_of_one_user() {
    let secret = "a secret of the test".to_owned();
    let (_server, base) = start(Config { secret: Some(secret.clone()), ..quiet() }).await;
    let tokens = server::auth::Tokens::new(&secret);
    let mut ids = Vec::new();
    for user in ["alice", "bob"] {
        let token = tokens.issue(user, server::auth::now() + 60).unwrap();
        let url = format!("{base}/chat");
        let said = json!({ "type": "new-message", "text": "1" });
        let request = Client::new().post(url).bearer_auth(token).json(&said);
        let response = request.header("idempotency-key", "1").send().await.unwrap();
        assert_eq!(response.status(), StatusCode::CREATED);
        ids.push(response.json::<Value>().await.unwrap()["id"].clone());
    }
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test]
async fn a_key_that_is_none() {
    let (_server, base) = start(quiet()).await;
    let url = format!("{base}/chat");
    let long = "k".repeat(65);
    for bad in [&b""[..], b"a b", b"caf\xC3\xA9", b"\xFF", b"a\tb", long.as_bytes()] {
        let request = Client::new().post(&url).header("idempotency-key", bad).json(&message("1"));
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{bad:?}");
        assert!(response.json::<Value>().await.unwrap()["error"].is_string());
    }
    let two = Client::new().post(&url).header("idempotency-key", "1");
    let two = two.header("idempotency-key", "2").json(&message("1")).send().await.unwrap();
    assert_eq!(two.status(), StatusCode::BAD_REQUEST);
    let (status, _) = post_once(&url, &"k".repeat(64), &message("1")).await;
    assert_eq!(status, StatusCode::CREATED);
    // A body that is too large is that with a key, too, and what is no message gives no event.
    let (key, large) = ("large", message(&"x".repeat(100_000)));
    let request = Client::new().post(&url).header("idempotency-key", key).json(&large);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::PAYLOAD_TOO_LARGE);
    let request = Client::new().post(&url).header("idempotency-key", key).json(&json!([]));
    assert_eq!(request.send().await.unwrap().status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(post_once(&url, key, &message("1")).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn a_page_of_another_origin_may_send_a_key() {
    let origins = vec!["https://example.org".to_owned()];
    let (_server, base) = start(Config { origins, ..quiet() }).await;
    let asked = Client::new().request(reqwest::Method::OPTIONS, format!("{base}/chat"));
    let asked = asked.header("origin", "https://example.org");
    let asked = asked.header("access-control-request-method", "POST");
    let asked = asked.header("access-control-request-headers", "idempotency-key");
    let allowed = asked.send().await.unwrap();
    let allowed = allowed.headers()["access-control-allow-headers"].to_str().unwrap().to_owned();
    assert!(allowed.split(',').any(|name| name.trim() == "idempotency-key"), "{allowed}");
}

#[tokio::test]
async fn a_post_that_may_have_been_published_is_repeated_and_published_once() {
    let Some(redis) = Redis::start().await else { return };
    let proxy = Proxy::to(&redis).await;
    let (_server, base) = start(proxy.config()).await;
    let mut reader = Reader::open(&format!("{base}/feeds/chat"), None).await;
    proxy.lose_answer_to("MAXLEN");
    let url = format!("{base}/chat");
    let (status, answer) = post_once(&url, "1", &message("1")).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer["published"], "unknown");
    let (status, answer) = post_once(&url, "1", &message("1")).await;
    assert_eq!((status, &answer["repeated"]), (StatusCode::CREATED, &json!(true)));
    let event = reader.event().await;
    assert_eq!(event.last_event_id, answer["id"]);
    support::say(&base, "2").await;
    assert_eq!(text(&reader.event().await), "2");
}

#[tokio::test]
async fn what_the_store_cannot_be_told_was_not_published() {
    let Some(mut redis) = Redis::start().await else { return };
    let (_server, base) = start(redis.config()).await;
    let url = format!("{base}/chat");
    // It refuses.
    redis.ask(&["CONFIG", "SET", "maxmemory", "1"]).await;
    for (status, answer) in
        [post_once(&url, "1", &message("1")).await, post_once(&url, "2", &message("2")).await]
    {
        assert_eq!((status, &answer["published"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("no")));
    }
    redis.ask(&["CONFIG", "SET", "maxmemory", "0"]).await;
    assert_eq!(post_once(&url, "1", &message("1")).await.1.get("repeated"), None);
    // It is not there. The first one may find that only when it has been sent.
    redis.child.kill().unwrap();
    redis.child.wait().unwrap();
    post(&url, message("2")).await;
    let response = post(&url, message("3")).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()["retry-after"], "5");
    assert_eq!(response.json::<Value>().await.unwrap()["published"], "no");
    // What was received is received, also if nobody can be told.
    let upload = Client::new().post(format!("{base}/uploads/x")).body(vec![0; 100_000]).send();
    let upload = upload.await.unwrap();
    assert_eq!(upload.status(), StatusCode::CREATED);
    let answer: Value = upload.json().await.unwrap();
    assert_eq!(answer, json!({ "received": 100_000, "told": false }));
}

#[tokio::test]
async fn an_upload_waits_for_a_store_that_is_silent_no_longer_than_twice() {
    let Some(redis) = Redis::start().await else { return };
    let proxy = Proxy::to(&redis).await;
    let (_server, base) = start(proxy.config()).await;
    proxy.lose_answer_to("MAXLEN");
    let chunks = futures_util::stream::unfold(0, |i| async move {
        tokio::time::sleep(Duration::from_millis(150)).await;
        (i < 10).then(|| (Ok::<_, std::io::Error>(vec![0; 1000]), i + 1))
    });
    let upload = Client::new().post(format!("{base}/uploads/x"));
    let upload = upload.body(reqwest::Body::wrap_stream(chunks)).send();
    let upload = tokio::time::timeout(support::PATIENCE, upload).await.unwrap().unwrap();
    let answer: Value = upload.json().await.unwrap();
    proxy.has_lost(1).await;
    // The end is told again.
    assert_eq!(answer, json!({ "received": 10_000, "told": true }));
}

#[tokio::test]
async fn a_task_that_is_refused_did_not_begin() {
    let (_server, base) = start(bounds(|bounds| bounds.tasks.each = 5)).await;
    let url = format!("{base}/tasks");
    let mut refused = 0;
    for response in join_all((0..6).map(|_| post(&url, json!({})))).await {
        if response.status() == StatusCode::TOO_MANY_REQUESTS {
            let answer: Value = response.json().await.unwrap();
            assert!(answer["error"].as_str().unwrap().contains("did not begin"), "{answer}");
            refused += 1;
        }
    }
    assert_eq!(refused, 1);
}
