//! Frames are the stream byte for byte, mean what a decoder makes of them, and an edit is that edit.
#![no_main]

#[path = "../../tests/support/calls.rs"]
mod calls;
#[path = "../../tests/support/edits.rs"]
mod edits;
#[path = "../../tests/support/framing.rs"]
mod framing;

use arbitrary::Arbitrary;
use calls::Call;
use edits::{Change, Changes};
use framing::{concat, expected, items, items_breaking_off, joined, Shown};
use sse_wire::framer::{Comments, FrameItem, FramerConfig, Oversized};
use sse_wire::Framer;
use sse_wire_fuzz::cut;

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Set<T> {
    Keep,
    Remove,
    Set(T),
}

impl<T> Set<T> {
    fn change<U>(self, own: impl FnOnce(T) -> U) -> Change<U> {
        match self {
            Self::Keep => Change::Keep,
            Self::Remove => Change::Remove,
            Self::Set(value) => Change::Set(own(value)),
        }
    }
}

#[derive(Arbitrary, Debug)]
struct Case<'a> {
    /// Chunk lengths, in turn.
    lengths: [u8; 8],
    limit: u8,
    /// Calls in any order: a number for each.
    calls: [u8; 12],
    comments: u8,
    removes_comments: bool,
    event_type: Set<&'a str>,
    id: Set<&'a str>,
    retry: Set<u64>,
    data: Set<&'a str>,
    stream: &'a [u8],
}

libfuzzer_sys::fuzz_target!(|case: Case<'_>| {
    let stream = case.stream;
    let (whole, cut) = (vec![stream], cut(stream, &case.lengths));

    // The bytes, and what they mean.
    let expected = expected(stream, "");
    let mut memory = vec![0xAA; 2 * stream.len()];
    for chunks in [&whole, &cut] {
        let found = items(&mut Framer::new(), chunks);
        assert_eq!(concat(&found), stream);
        assert_eq!(joined(found), expected, "{chunks:?}");
        assert_eq!(joined(items_breaking_off(&mut Framer::new(), chunks)), expected, "{chunks:?}");
        assert_eq!(joined(items(&mut Framer::with_buffer(&mut memory[..]), chunks)), expected);
    }

    // The same under a limit, however it is cut.
    let limit = usize::from(case.limit);
    let comments =
        [Comments::Keep, Comments::Lines, Comments::Skip][usize::from(case.comments % 3)];
    for oversized in [Oversized::Drop, Oversized::PassThrough] {
        let config = FramerConfig::new().limit(limit).oversized(oversized).comments(comments);
        let growing = || Framer::with_config(config);
        let found = items(&mut growing(), &whole);
        let is_long =
            |item: &Shown| matches!(item, Shown::Frame { raw, .. } if raw.len() > limit + 1);
        assert!(!found.iter().any(is_long));
        let passed = concat(&found);
        let found = joined(found);
        assert_eq!(joined(items(&mut growing(), &cut)), found, "{limit} {cut:?}");
        assert_eq!(joined(items_breaking_off(&mut growing(), &cut)), found, "{limit} {cut:?}");
        let fixed = [&whole, &cut].map(|chunks| {
            let mut memory = vec![0xAA; limit];
            joined(items(&mut Framer::with_buffer_and_config(&mut memory[..], config), chunks))
        });
        assert_eq!(fixed[0], fixed[1], "{limit} {cut:?}");
        let loses_nothing = (oversized, comments) == (Oversized::PassThrough, Comments::Keep);
        assert!(!loses_nothing || passed == stream);
    }

    // Nothing is lost in any order of calls.
    let calls = case.calls.map(|call| match call % 8 {
        0 => Call::TakeComments,
        1 => Call::Clone,
        2 => Call::SetLastEventId,
        _ => Call::Feed { len: call % 19, items: call / 64 },
    });
    calls::check(stream, &calls, limit);

    // The edit.
    let changes = Changes {
        event_type: case.event_type.change(str::to_owned),
        id: case.id.change(str::to_owned),
        retry: case.retry.change(|value| value),
        data: case.data.change(str::to_owned),
        comments: if case.removes_comments { Change::Remove } else { Change::Keep },
    };
    let mut framer = Framer::new();
    let mut frames = framer.feed(stream);
    while let Some(item) = frames.next_item() {
        if let FrameItem::Frame(frame) = item {
            edits::check(&frame, changes.clone());
        }
    }
});
