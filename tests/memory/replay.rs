//! What the replay ring allocates and holds: counted, not believed.

#![cfg(feature = "bytes")]
#![allow(clippy::unwrap_used)] // The values are constants.

use crate::counting;
use sse_wire::server::Replay;
use sse_wire::Message;

/// Pushes events with these ids and gives the most bytes held meanwhile.
fn most_held(replay: &mut Replay, ids: impl Iterator<Item = String>) -> usize {
    let before = counting::held();
    let mut most = 0;
    for id in ids {
        let frame = Message::new("0123456789").id(&id).unwrap().to_bytes();
        replay.push(Some(&id), frame).unwrap();
        drop(id);
        most = most.max(counting::held() - before);
    }
    most.unsigned_abs()
}

#[test]
fn memory_is_bounded_by_the_number_of_frames() {
    let mut replay = Replay::new(1000, usize::MAX);
    let first = most_held(&mut replay, (0..10_000).map(|id| format!("{id:08}")));
    // Each is 32 bytes of frame and 8 of id.
    assert!(replay.len() == 1000 && first < 1000 * (200 + 40), "{first}");
    // However many ids went by.
    let more = most_held(&mut replay, (10_000..100_000).map(|id| format!("{id:08}")));
    assert!(more < 10_000, "{more} bytes more");
}

#[test]
fn memory_is_bounded_by_the_bytes() {
    let mut replay = Replay::new(10_000, 100_000);
    let ids = (0..1000).map(|id| format!("{id:010000}"));
    let most = most_held(&mut replay, ids);
    assert!(most < 200_000, "{most}");
}

#[test]
fn what_is_dropped_is_given_back() {
    let mut replay = Replay::new(1000, usize::MAX);
    let before = counting::held();
    most_held(&mut replay, (0..1000).map(|id| id.to_string()));
    replay.clear();
    let held = counting::held() - before;
    // The ring itself keeps its room.
    assert!(held <= 1024 * 48, "{held}");
}

#[test]
fn answers_allocate_nothing_and_share_the_frames() {
    let mut replay = Replay::new(1000, usize::MAX);
    most_held(&mut replay, (0..1000).map(|id| id.to_string()));
    let mut sent = Vec::with_capacity(20_000);
    // The first clone of a frame makes its reference count.
    sent.extend(replay.after("899").unwrap().cloned());
    let before = counting::allocations();
    for _ in 0..100 {
        sent.extend(replay.after("899").unwrap().cloned());
    }
    assert_eq!(counting::allocations() - before, 0);
    assert_eq!(sent.len(), 10_100);
    assert_eq!(sent[10_099].as_ptr(), sent[99].as_ptr());
}
