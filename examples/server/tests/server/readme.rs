//! The handlers that the README and the guide show are those that are built.

use axum::body::BodyDataStream;
use axum::extract::State;
use axum::http::HeaderMap;
use futures_util::{FutureExt, StreamExt};
use sse_wire::server::Replay;
use tokio::sync::watch;

/// Without its `main`.
#[allow(dead_code)]
#[path = "../../examples/feed.rs"]
mod feed;

/// The code of a file without the text in front of it.
fn code(file: &str) -> String {
    file.lines().skip_while(|line| line.starts_with("//!")).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_readme_shows_the_handler() {
    let readme = include_str!("../../../../README.md");
    let handler = code(include_str!("../../examples/handler.rs"));
    assert!(readme.contains(handler.trim()), "README.md has another handler");
}

#[test]
fn the_guide_shows_the_feed() {
    let guide = include_str!("../../../../src/guide/cookbook.md");
    let feed = code(include_str!("../../examples/feed.rs"));
    let (shown, _main) = feed.split_once("#[tokio::main]").unwrap();
    assert!(guide.contains(shown.trim()), "cookbook.md has another feed");
}

/// The body of the answer to a client that has this last event ID.
async fn connect(feed: &watch::Sender<Replay>, id: Option<&'static str>) -> BodyDataStream {
    let headers = id.map(|id| ("last-event-id".parse().unwrap(), id.parse().unwrap()));
    let answer = feed::events(State(feed.clone()), HeaderMap::from_iter(headers)).await;
    assert_eq!(answer.status(), 200);
    answer.into_body().into_data_stream()
}

/// The frames that are there without waiting.
fn ready(body: &mut BodyDataStream) -> String {
    let mut frames = String::new();
    while let Some(Some(frame)) = body.next().now_or_never() {
        frames.push_str(std::str::from_utf8(&frame.unwrap()).unwrap());
    }
    frames
}

#[tokio::test(start_paused = true)]
async fn a_feed_goes_on_where_its_client_was() {
    const GAP: &str = "event: gap\ndata: events are missing here\n\n";
    let feed = watch::Sender::new(Replay::new(2, 1 << 10));
    for id in ["1", "2", "3"] {
        feed::publish(&feed, id, "x").unwrap();
    }
    let [two, three] = ["id: 2\ndata: x\n\n", "id: 3\ndata: x\n\n"];
    let all = format!("{two}{three}");
    for (id, expected) in [
        (None, all.clone()),
        (Some(""), all.clone()),
        (Some("2"), three.into()),
        (Some("0"), format!("{GAP}{all}")),
    ] {
        assert_eq!(ready(&mut connect(&feed, id).await), expected, "{id:?}");
    }

    let mut body = connect(&feed, Some("3")).await;
    assert_eq!(ready(&mut body), "");
    assert_eq!(body.next().await.unwrap().unwrap(), ":\n\n");
    feed::publish(&feed, "4", "x").unwrap();
    assert_eq!(ready(&mut body), "id: 4\ndata: x\n\n");
    // Too slow for the ring.
    for id in ["5", "6", "7"] {
        feed::publish(&feed, id, "x").unwrap();
    }
    assert_eq!(ready(&mut body), format!("{GAP}id: 6\ndata: x\n\nid: 7\ndata: x\n\n"));
    // Too large for it.
    assert!(feed::publish(&feed, "8", &"x".repeat(1 << 10)).is_err());
    assert_eq!(ready(&mut body), GAP);

    let headers = [("last-event-id".parse().unwrap(), "1".repeat(257).parse().unwrap())];
    let refused = feed::events(State(feed), HeaderMap::from_iter(headers)).await;
    assert_eq!(refused.status(), 400);
}
