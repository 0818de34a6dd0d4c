//! Calls of a framer in any order, and what has to come out of them.

// Every user of this file uses a part of it.
#![allow(dead_code, unreachable_pub)]
// The helpers are part of the tests.
#![allow(clippy::panic, clippy::unwrap_used)]

use super::framing::{naive, naive_lines};
use sse_wire::decoder::{Buffer, Refusal};
use sse_wire::framer::{ChunkFramer, Comments, FrameItem, FramerConfig, Oversized};
use sse_wire::Framer;

/// A call of a framer.
#[derive(Clone, Copy, Debug)]
pub enum Call {
    /// Feeds this many bytes more, and takes so many items; what remains is fed again later.
    Feed {
        len: u8,
        items: u8,
    },
    TakeComments,
    /// Takes the chunk back, if it is owned; what is not read of it is pushed again later.
    TakeBack,
    /// Goes on with a clone.
    Clone,
    /// Sets the last event ID to what it is.
    SetLastEventId,
}

/// What comes out of a stream.
pub fn output(input: &[u8], calls: &[Call], config: FramerConfig) -> Vec<u8> {
    run(&mut Framer::with_config(config), input, calls)
}

fn run<B: Buffer + Clone>(framer: &mut Framer<B>, input: &[u8], calls: &[Call]) -> Vec<u8> {
    let (mut out, mut at) = (Vec::new(), 0);
    let rest = [Call::Feed { len: u8::MAX, items: u8::MAX }];
    for call in calls.iter().chain(rest.iter().cycle()) {
        match *call {
            Call::Feed { len, items } => {
                let end = input.len().min(at + usize::from(len));
                let mut frames = framer.feed(&input[at..end]);
                for _ in 0..items {
                    let Some(item) = frames.next_item() else { break };
                    out.extend_from_slice(item.raw());
                }
                at = end - frames.remaining().len();
                drop(frames);
                assert_eq!(framer.stream_offset(), at as u64);
                if at == input.len() && len == u8::MAX {
                    break;
                }
            }
            Call::TakeComments => out.extend_from_slice(framer.take_comments().unwrap_or_default()),
            Call::TakeBack => {}
            Call::Clone => *framer = framer.clone(),
            Call::SetLastEventId => {
                let id = framer.last_event_id().as_bytes().to_vec();
                framer.set_last_event_id(&id).unwrap();
            }
        }
    }
    if let Some(FrameItem::Tail(tail)) = framer.finish() {
        out.extend_from_slice(tail);
    }
    assert_eq!(framer.finish(), None);
    out
}

/// What comes out of a framer that owns its chunk: what is not read of one stays there.
fn output_of_owned(input: &[u8], calls: &[Call], config: FramerConfig) -> Vec<u8> {
    let mut framer = ChunkFramer::with_framer(Framer::with_config(config));
    let (mut out, mut pushed) = (Vec::new(), 0);
    let rest = [Call::Feed { len: u8::MAX, items: u8::MAX }];
    for call in calls.iter().chain(rest.iter().cycle()) {
        let unread = framer.remaining().to_vec();
        assert_eq!(unread, input[pushed - unread.len()..pushed]);
        assert_eq!(framer.stream_offset(), (pushed - unread.len()) as u64);
        match *call {
            Call::Feed { len, items } => {
                let end = input.len().min(pushed + usize::from(len));
                let chunk = &input[pushed..end];
                match framer.push(chunk.to_vec()) {
                    Ok(()) => {
                        assert!(unread.is_empty());
                        pushed = end;
                    }
                    Err(refused) => {
                        assert_eq!(refused.reason(), Refusal::Unread { bytes: unread.len() });
                        assert_eq!(refused.into_chunk(), chunk);
                    }
                }
                for _ in 0..items {
                    let Some(item) = framer.next_item() else { break };
                    out.extend_from_slice(item.raw());
                }
                if pushed == input.len() && framer.remaining().is_empty() && len == u8::MAX {
                    break;
                }
            }
            Call::TakeComments => {
                out.extend_from_slice(framer.get_mut().take_comments().unwrap_or_default());
            }
            Call::TakeBack => {
                let consumed = framer.consumed();
                let taken = framer.take_chunk().unwrap_or_default();
                assert_eq!(taken[consumed..], unread);
                pushed -= unread.len();
            }
            Call::Clone => {
                let mut other = framer.clone();
                while other.next_item().is_some() {}
            }
            Call::SetLastEventId => {
                let id = framer.get_ref().last_event_id().as_bytes().to_vec();
                framer.get_mut().set_last_event_id(&id).unwrap();
            }
        }
    }
    let mut framer = framer.into_inner();
    if let Some(FrameItem::Tail(tail)) = framer.finish() {
        out.extend_from_slice(tail);
    }
    assert_eq!(framer.finish(), None);
    out
}

/// Nothing is lost but what the configuration says.
pub fn check(input: &[u8], calls: &[Call], limit: usize) {
    let config = FramerConfig::new().limit(limit);
    let say = |what: &str| format!("{what} {} {limit} {calls:?}", input.escape_ascii());
    let passed = config.oversized(Oversized::PassThrough);
    assert_eq!(output(input, calls, passed), input, "{}", say("passed"));
    let mut memory = [0xAA; 40];
    let memory = &mut memory[..limit.min(40)];
    let fixed = run_fixed(memory, input, calls, passed);
    assert_eq!(fixed, input, "{}", say("passed, fixed"));
    assert_eq!(output_of_owned(input, calls, passed), input, "{}", say("passed, owned"));
    let expected = dropping(input, limit);
    assert_eq!(output(input, calls, config), expected, "{}", say("dropped"));
    assert_eq!(output_of_owned(input, calls, config), expected, "{}", say("dropped, owned"));
    // Without comments nothing depends on when they are taken.
    let config = config.comments(Comments::Skip);
    let whole = output(input, &[], config);
    assert_eq!(output(input, calls, config), whole, "{}", say("skipped"));
    assert_eq!(output_of_owned(input, calls, config), whole, "{}", say("skipped, owned"));
}

fn run_fixed(memory: &mut [u8], input: &[u8], calls: &[Call], config: FramerConfig) -> Vec<u8> {
    // A mutable slice has no clone.
    let calls: Vec<_> = calls.iter().filter(|call| !matches!(call, Call::Clone)).collect();
    let mut framer = Framer::with_buffer_and_config(memory, config);
    let (mut out, mut at) = (Vec::new(), 0);
    let rest = Call::Feed { len: u8::MAX, items: u8::MAX };
    for call in calls.into_iter().chain([&rest; 1000]) {
        if let Call::Feed { len, items } = *call {
            let end = input.len().min(at + usize::from(len));
            let mut frames = framer.feed(&input[at..end]);
            for _ in 0..items {
                let Some(item) = frames.next_item() else { break };
                out.extend_from_slice(item.raw());
            }
            at = end - frames.remaining().len();
        } else {
            out.extend_from_slice(framer.take_comments().unwrap_or_default());
        }
    }
    out.extend_from_slice(framer.finish().map_or(b"", |rest| rest.raw()));
    out
}

/// What is left of a stream where frames over the limit are dropped, written line by line.
fn dropping(input: &[u8], limit: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for (i, piece) in naive(input).into_iter().enumerate() {
        // A byte order mark, or as much of one as there is, is never over the limit.
        if i == 0 && b"\xEF\xBB\xBF".starts_with(piece) {
            out.extend_from_slice(piece);
            continue;
        }
        let mut rest = piece;
        while rest.starts_with(b":") {
            let line = naive_lines(rest).first().copied().unwrap_or(rest);
            rest = &rest[line.len()..];
            if line.len() - usize::from(line.ends_with(b"\r\n")) <= limit {
                out.extend_from_slice(line);
            }
        }
        let counted = |bytes: &[u8]| {
            let last = naive_lines(bytes).pop().unwrap_or_default();
            bytes.len() - usize::from(last == b"\r\n" && bytes.ends_with(last))
        };
        if counted(rest) > limit {
            // Without the comments it may be short enough.
            let lines = naive_lines(rest);
            let end = rest.len() - lines.iter().map(|line| line.len()).sum::<usize>();
            let open = &rest[rest.len() - end..];
            let mut kept: Vec<u8> = Vec::new();
            let (mut after_comment, mut fits) = (false, true);
            for line in lines.into_iter().chain((end > 0).then_some(open)) {
                fits &= kept.len() < limit;
                if line.starts_with(b":") {
                    after_comment = true;
                    continue;
                }
                if after_comment && kept.ends_with(b"\r") && line == b"\n" {
                    kept.push(b'\r');
                } else {
                    kept.extend_from_slice(line);
                }
                after_comment = false;
            }
            if fits && counted(&kept) <= limit {
                out.extend_from_slice(&kept);
            }
        } else {
            out.extend_from_slice(rest);
        }
    }
    out
}
