//! A client that ignores the id of a block without data, as many do, misses nothing and is told of no gap
//! that is none.

use std::sync::Arc;

use crate::support;
use crate::support::{post, quiet, settings, start, Reader};
use futures_util::{FutureExt, StreamExt};
use serde_json::json;
use server::auth::Client::User;
use server::hub::{Feed, Hub, Start, Subscription};
use server::limits::Bound;
use server::Server;

/// The client. It reads frames, which are blocks.
#[derive(Default)]
struct Client {
    last_event_id: String,
    texts: Vec<u64>,
    gaps: usize,
}

impl Client {
    /// Reads a frame, each of which has to have data and an id.
    fn take(&mut self, frame: &[u8]) {
        let block = std::str::from_utf8(frame).unwrap().strip_suffix("\n\n").expect("one block");
        let field = |name: &str| {
            let mut lines = block.lines().filter_map(|line| line.split_once(": "));
            lines.find(|(of, _)| *of == name).map(|(_, value)| value.to_owned())
        };
        let data = field("data").unwrap_or_else(|| panic!("no data: {block:?}"));
        self.last_event_id = field("id").unwrap_or_else(|| panic!("no id: {block:?}"));
        match field("event").unwrap().as_str() {
            "begin" => assert_eq!(data, r#"{"feed":"chat","keep_alive":15.0}"#),
            "gap" => self.gaps += 1,
            _ => self.texts.push(
                serde_json::from_str::<serde_json::Value>(&data).unwrap()["text"].as_u64().unwrap(),
            ),
        }
    }

    /// Connects, and reads the event that the stream begins with.
    async fn connect(&mut self, hub: &Hub, newest: usize) -> Subscription {
        let start = match self.last_event_id.as_str() {
            "" => Start::Newest(newest),
            id => Start::After(id.to_owned()),
        };
        let mut subscription = hub.subscribe(chat(hub), start).await;
        let opening = subscription.next().await.unwrap();
        assert!(opening.windows(7).any(|window| window == b"retry: "));
        self.take(&opening);
        subscription
    }

    /// Reads what there is, up to so many events.
    fn read(&mut self, subscription: &mut Subscription, mut most: usize) {
        while most > 0 {
            let Some(frames) = subscription.next().now_or_never() else { return };
            let frames = String::from_utf8(frames.unwrap().to_vec()).unwrap();
            for frame in frames.split_inclusive("\n\n").take(most) {
                self.take(frame.as_bytes());
                most -= 1;
            }
        }
    }
}

fn chat(hub: &Hub) -> Arc<Feed> {
    hub.feed("chat").unwrap()
}

async fn publish(hub: &Hub, feed: &str, text: u64) {
    hub.publish(feed, "new-message", json!({ "text": text })).await.unwrap();
}

#[tokio::test]
async fn cut_anywhere_it_misses_nothing_and_sees_no_gap() {
    // The events before the client comes; those that come during and after each of its connections, in
    // this feed and in another one; those that it reads of each connection; the newest that it wants.
    for before in [0, 1, 5, 90] {
        for (posts, others) in [(0, 0), (0, 20), (1, 0), (2, 20)] {
            for reads in 0..4 {
                for newest in [0, 1, 2, 20] {
                    let (server, _base) = start(settings(|settings| settings.events = 50)).await;
                    let Server { hub, .. } = &server;
                    for text in 0..before {
                        publish(hub, "chat", text).await;
                    }
                    let mut client = Client::default();
                    let mut published = before;
                    for _ in 0..5 {
                        let mut subscription = client.connect(hub, newest).await;
                        for _ in 0..posts {
                            publish(hub, "chat", published).await;
                            published += 1;
                        }
                        client.read(&mut subscription, reads);
                        drop(subscription);
                        for _ in 0..posts {
                            publish(hub, "chat", published).await;
                            published += 1;
                        }
                        for text in 0..others {
                            publish(hub, "blog", text).await;
                        }
                    }
                    let mut subscription = client.connect(hub, newest).await;
                    client.read(&mut subscription, usize::MAX);
                    let first = before.saturating_sub(newest as u64);
                    let expected: Vec<u64> = (first..published).collect();
                    let case = (before, posts, others, reads, newest);
                    assert_eq!((&client.texts, client.gaps), (&expected, 0), "{case:?}");
                }
            }
        }
    }
}

#[tokio::test]
async fn what_is_lost_is_a_gap_once() {
    let (server, _base) = start(settings(|settings| settings.events = 3)).await;
    let Server { hub, .. } = &server;
    let mut client = Client::default();
    let mut slow = client.connect(hub, 0).await;
    for text in 0..10 {
        publish(hub, "chat", text).await;
    }
    // In the middle of a stream, and cut before all is read.
    client.read(&mut slow, 1);
    assert_eq!((client.gaps, client.texts.len()), (1, 0));
    for cut in 0..3 {
        let mut again = client.connect(hub, 0).await;
        client.read(&mut again, cut);
    }
    assert_eq!((client.gaps, &*client.texts), (1, &[7, 8, 9][..]));
    // At the beginning of one.
    for text in 10..20 {
        publish(hub, "chat", text).await;
    }
    for cut in [0, 0, 1, 0, 2] {
        let mut again = client.connect(hub, 0).await;
        client.read(&mut again, cut);
    }
    assert_eq!((client.gaps, &*client.texts), (2, &[7, 8, 9, 17, 18, 19][..]));
    // What is known of a feed that forgot all.
    hub.lose("7-7");
    let mut last = client.connect(hub, 0).await;
    client.read(&mut last, 5);
    assert_eq!((client.gaps, &*client.last_event_id), (3, "7-7"));
    publish(hub, "chat", 20).await;
    let mut again = client.connect(hub, 0).await;
    client.read(&mut again, 5);
    assert_eq!((client.gaps, client.texts.last()), (3, Some(&20)));
}

#[tokio::test]
async fn an_answer_is_resumed_after_every_event() {
    let (_server, base) = start(quiet()).await;
    let response = post(&format!("{base}/tokens"), json!({ "prompt": "one two three" })).await;
    let mut reader = Reader::new(response);
    let start = reader.event().await;
    let url = format!("{base}{}", support::json(&start)["resume"].as_str().unwrap());
    // From its beginning, and cut after the event that each stream begins with.
    let mut reader = Reader::open(&url, None).await;
    let mut types = Vec::new();
    loop {
        let begin = reader.begin.take().expect("it begins with an event");
        assert_eq!(support::json(&begin), json!({ "feed": "tokens", "keep_alive": 15.0 }));
        let mut again = Reader::open(&url, Some(&begin.last_event_id)).await;
        assert_eq!(again.begin.as_ref().unwrap().last_event_id, begin.last_event_id);
        let event = again.event().await;
        let id = event.last_event_id;
        types.push(event.event_type);
        if types.last().unwrap() == "done" {
            break;
        }
        reader = Reader::open(&url, Some(&id)).await;
    }
    assert_eq!(types, ["start", "token", "token", "token", "token", "token", "done"]);
}

#[tokio::test]
async fn what_was_lost_with_a_feed_that_had_to_go_is_a_gap() {
    let config = settings(|settings| settings.feeds = Bound { each: 1, total: 2 });
    let (server, _base) = start(config).await;
    let Server { hub, .. } = &server;
    let bob = User("bob".to_owned());
    let open = || hub.open("user/bob", &bob).unwrap();
    let opening = hub.subscribe(open(), Start::Newest(0)).await.next().await.unwrap();
    let opening = String::from_utf8(opening.to_vec()).unwrap();
    let id = opening.lines().find_map(|line| line.strip_prefix("id: ")).unwrap();
    // Nothing else happens than that feeds of users come into being, and that of bob goes.
    for user in ["bob", "carol", "dan", "eve"] {
        publish(hub, &format!("user/{user}"), 1).await;
    }
    let opening = hub.subscribe(open(), Start::After(id.to_owned())).await.next().await.unwrap();
    assert!(opening.windows(10).any(|part| part == b"event: gap"), "{opening:?}");
}

#[tokio::test]
async fn an_id_that_is_made_known_during_a_stream_is_no_frame() {
    let (server, _base) = start(quiet()).await;
    let Server { hub, .. } = &server;
    let mut client = Client::default();
    let mut subscription = client.connect(hub, 0).await;
    hub.begin("7-7");
    publish(hub, "chat", 1).await;
    client.read(&mut subscription, 5);
    assert_eq!((client.gaps, &*client.texts), (0, &[1][..]));
    // The client that comes back with it misses nothing.
    let mut other = Client { last_event_id: "7-7".to_owned(), ..Client::default() };
    let mut subscription = other.connect(hub, 0).await;
    other.read(&mut subscription, 5);
    assert_eq!((other.gaps, &*other.texts), (0, &[1][..]));
}
