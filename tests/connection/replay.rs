//! The replay ring beside a list that keeps everything.

#![cfg(feature = "bytes")]

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use sse_wire::server::{Gap, Position, Replay};
use sse_wire::Message;

/// All that was ever pushed, and how much of its end is still there.
#[derive(Default)]
struct List {
    all: Vec<Option<(Option<String>, Bytes)>>,
    kept: usize,
    /// The ids that are known, each with the numbers of its first and of its latest frame.
    known: Vec<(String, usize, usize)>,
}

impl List {
    /// Counts how many of the newest frames fit the bounds. `None` stands for a `clear`.
    fn push(&mut self, pushed: Option<(Option<String>, Bytes)>, frames: usize, bytes: usize) {
        self.all.push(pushed);
        let mut room = bytes;
        let newest = self.all.iter().rev().take(self.kept + 1).take(frames);
        self.kept = newest
            .take_while(|pushed| match pushed {
                Some((id, frame)) => {
                    let cost = frame.len() + id.as_ref().map_or(0, String::len);
                    let fits = cost <= room;
                    room = room.saturating_sub(cost);
                    fits
                }
                None => false,
            })
            .count();
        self.know(bytes);
    }

    /// What came after the first frame with this id since the id is known, if that is still there.
    fn after(&self, id: &str) -> Option<Vec<Bytes>> {
        let (_, first, _) = self.known.iter().find(|(known, ..)| known == id)?;
        self.since(first + 1)
    }

    /// Takes note of the id that was pushed last, and forgets those that have neither a frame that is
    /// kept nor the one just before.
    fn know(&mut self, bytes: usize) {
        let number = self.all.len() - 1;
        match &self.all[number] {
            None => self.known.clear(),
            Some((Some(id), _)) if id.len() <= bytes => {
                match self.known.iter_mut().find(|(known, ..)| known == id) {
                    Some((_, _, latest)) => *latest = number,
                    None => self.known.push((id.clone(), number, number)),
                }
            }
            Some(_) => {}
        }
        let oldest = self.all.len() - self.kept;
        self.known.retain(|(_, _, latest)| latest + 1 >= oldest);
    }

    /// The id of the frame just before, unless more than that was dropped. An id that exceeds the
    /// bound by itself is not kept.
    fn id_before(&self, position: usize, bytes: usize) -> Option<&str> {
        self.since(position)?;
        let (id, _) = self.all.get(position.checked_sub(1)?)?.as_ref()?;
        id.as_deref().filter(|id| id.len() <= bytes)
    }

    fn since(&self, position: usize) -> Option<Vec<Bytes>> {
        let newer = self.all.get(position..)?;
        (newer.len() <= self.kept)
            .then(|| newer.iter().flatten().map(|(_, frame)| frame.clone()).collect())
    }
}

fn frames<'a>(frames: impl Iterator<Item = &'a Bytes>) -> Vec<Bytes> {
    frames.cloned().collect()
}

/// Few ids, so that they repeat; some longer than small bounds.
fn id() -> impl Strategy<Value = Option<String>> {
    proptest::option::of(prop_oneof![6 => "[a-d]?", 1 => "[ab]{30,50}"])
}

fn frame() -> impl Strategy<Value = Bytes> {
    prop_oneof![8 => 0_usize..12, 1 => 12_usize..60].prop_map(|len| vec![b'x'; len].into())
}

proptest! {
    #[test]
    fn equals_a_list(
        max_frames in prop_oneof![0_usize..6, Just(usize::MAX)],
        max_bytes in prop_oneof![0_usize..80, Just(usize::MAX)],
        pushes in vec(proptest::option::weighted(0.95, (id(), frame())), 0..40),
    ) {
        let mut replay = Replay::new(max_frames, max_bytes);
        let mut list = List::default();
        let mut positions = vec![replay.end()];
        for pushed in pushes {
            match &pushed {
                Some((id, frame)) => {
                    let cost = frame.len() + id.as_ref().map_or(0, String::len);
                    let error = replay.push(id.as_deref(), frame.clone()).err();
                    prop_assert_eq!(error.is_some(), cost > max_bytes);
                    if let Some(error) = error {
                        prop_assert_eq!((error.bytes(), error.limit()), (cost as u64, max_bytes));
                    }
                }
                None => replay.clear(),
            }
            list.push(pushed, max_frames, max_bytes);
            positions.push(replay.end());

            prop_assert_eq!(replay.len(), list.kept);
            prop_assert!(replay.len() <= max_frames && replay.bytes() <= max_bytes as u64);
            prop_assert_eq!(replay.is_empty(), list.kept == 0);
            let newest = list.since(list.all.len() - list.kept);
            prop_assert_eq!(Some(frames(replay.frames())), newest);
            let ids = list.all.iter().flatten().filter_map(|(id, _)| id.as_deref());
            for id in ids.chain(["never"]) {
                // An id that exceeds the bound by itself is not kept.
                let expected = list.after(id).filter(|_| id.len() <= max_bytes);
                prop_assert_eq!(replay.after(id).map(frames).ok(), expected, "after {:?}", id);
            }
            for (i, &position) in positions.iter().enumerate() {
                prop_assert_eq!(replay.since(position).map(frames).ok(), list.since(i));
                prop_assert_eq!(replay.id_before(position), list.id_before(i, max_bytes));
            }
        }
    }

    /// A subscriber that takes a few frames at a time sees each frame once and in order, but for
    /// what it is told is missing.
    #[test]
    fn a_reader_by_position_misses_nothing_silently(
        max_frames in 1_usize..6,
        steps in vec((0_usize..5, 0_usize..5), 0..40),
    ) {
        let mut replay = Replay::new(max_frames, usize::MAX);
        let mut position = replay.end();
        let (mut pushed, mut expected) = (0_u32, 0_u32);
        for (pushes, takes) in steps {
            for _ in 0..pushes {
                replay.push(None, Bytes::copy_from_slice(&pushed.to_be_bytes())).unwrap();
                pushed += 1;
            }
            match replay.since(position) {
                Ok(mut some) => {
                    for frame in some.by_ref().take(takes) {
                        prop_assert_eq!(&frame[..], &expected.to_be_bytes()[..]);
                        expected += 1;
                    }
                    position = some.position();
                }
                Err(_gap) => {
                    prop_assert!((pushed - expected) as usize > max_frames);
                    position = replay.end();
                    expected = pushed;
                }
            }
        }
    }
}

/// Pushes a frame of data for each pair of an id and that.
fn push(replay: &mut Replay, pairs: &[(&str, &'static str)]) {
    for (id, data) in pairs {
        assert!(replay.push(Some(id), Bytes::from_static(data.as_bytes())).is_ok());
    }
}

#[test]
fn behind_an_id_that_repeats_comes_all_behind_its_first_frame() {
    let mut replay = Replay::new(10, usize::MAX);
    // A message in three frames of one id, and the id once more later.
    let pairs = [("7", "1"), ("7", "2"), ("7", "3"), ("8", "4"), ("7", "5"), ("9", "6")];
    push(&mut replay, &pairs);
    assert_eq!(frames(replay.after("7").unwrap()), ["2", "3", "4", "5", "6"]);
    assert_eq!(frames(replay.after("8").unwrap()), ["5", "6"]);
    assert_eq!(frames(replay.after("9").unwrap()), [""; 0]);
}

#[test]
fn an_id_that_repeats_is_a_gap_once_something_behind_its_first_frame_is_gone() {
    let mut replay = Replay::new(3, usize::MAX);
    push(&mut replay, &[("a", "1"), ("b", "2"), ("a", "3"), ("c", "4")]);
    // The first frame is the one just before the ring.
    assert_eq!(frames(replay.after("a").unwrap()), ["2", "3", "4"]);
    push(&mut replay, &[("d", "5")]);
    assert!(replay.after("a").is_err());
    assert_eq!(frames(replay.after("b").unwrap()), ["3", "4", "5"]);
    // Known as long as it has a frame, and new when it comes again after that.
    push(&mut replay, &[("e", "6"), ("f", "7"), ("a", "8"), ("g", "9")]);
    assert_eq!(frames(replay.after("a").unwrap()), ["9"]);
    // A frame that is too large does not make its id a new one.
    let mut replay = Replay::new(3, 10);
    push(&mut replay, &[("a", "1"), ("b", "2")]);
    assert!(replay.push(Some("a"), Bytes::from_static(b"0123456789")).is_err());
    assert!(replay.after("a").is_err());
}

#[test]
fn the_id_before_the_ring_is_answered_whole() {
    let mut replay = Replay::new(2, usize::MAX);
    for id in ["1", "2", "3"] {
        replay.push(Some(id), Bytes::from_static(b"x")).unwrap();
    }
    assert_eq!(replay.after("1").unwrap().len(), 2);
    replay.push(None, Bytes::from_static(b"x")).unwrap();
    assert!(replay.after("1").is_err());
}

#[test]
fn a_frame_beyond_the_bound_is_a_gap_for_all_before_it() {
    let mut replay = Replay::new(10, 10);
    replay.push(Some("1"), Bytes::from_static(b"x")).unwrap();
    let position = replay.end();
    let error = replay.push(Some("2"), Bytes::from_static(b"0123456789")).unwrap_err();
    assert_eq!((error.bytes(), error.limit()), (11, 10));
    assert_eq!(error.to_string(), "a frame of 11 bytes is not kept where 10 may be");
    let gap: Gap = replay.after("1").unwrap_err();
    assert_eq!(replay.since(position).unwrap_err(), gap);
    assert_eq!(gap.to_string(), "events since then are not kept any more");
    assert_eq!(replay.after("2").unwrap().len(), 0);
    replay.push(Some("3"), Bytes::from_static(b"x")).unwrap();
    assert_eq!(replay.after("2").unwrap().len(), 1);
}

#[test]
fn a_position_of_a_longer_stream_is_a_gap() {
    let mut other = Replay::new(10, 10);
    other.push(None, Bytes::new()).unwrap();
    let position: Position = other.end();
    assert!(Replay::new(10, 10).since(position).is_err());
}

#[test]
fn frames_are_shared_and_do_not_show_in_debug_output() {
    let mut replay = Replay::new(10, 100);
    let frame = Message::new("secret").to_bytes();
    replay.push(Some("hidden"), frame.clone()).unwrap();
    assert_eq!(replay.frames().next().unwrap().as_ptr(), frame.as_ptr());
    let shown = format!("{replay:?} {:?}", replay.frames());
    assert!(!shown.contains("secret") && !shown.contains("hidden"), "{shown}");
    assert!(shown.contains("frames: 1, ") && shown.contains("Replayed { len: 1, "), "{shown}");
    assert_eq!(replay.bytes(), frame.len() as u64 + 6);
}
