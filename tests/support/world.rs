//! A world around an `EventSource` that answers, sends, breaks off, waits and closes by chance, also
//! when nobody asked. After each step the machine has to say what the model says.

// Every user of this file uses a part of it.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::std_instead_of_core)]

use std::time::Duration;

use super::model::{Model, Refused, Rules, Seen};
use sse_wire::decoder::Buffer;
use sse_wire::source::{Action, NetworkError, Policy, Statuses, Success};
use sse_wire::{Decoder, EventSource};

/// What decides about all that a world is free to do.
pub trait Chance {
    /// A number less than `bound`, which is not 0.
    fn below(&mut self, bound: usize) -> usize;

    /// True once in `n` times.
    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// Bytes of a stream.
    fn chunk(&mut self) -> Vec<u8> {
        let mut chunk = Vec::new();
        for _ in 0..self.below(10) {
            chunk.extend_from_slice(PIECES[self.below(PIECES.len())]);
        }
        chunk
    }

    /// Nothing is left to be decided.
    fn is_over(&self) -> bool {
        false
    }
}

/// Hands a chunk over, some of it twice where the cursor is dropped early, and stops reading
/// behind the last event that is wanted.
fn feed<B: Buffer>(
    source: &mut EventSource<Decoder<B>>,
    mut chunk: &[u8],
    wanted: Option<usize>,
    early: bool,
) -> Result<Vec<Seen>, Refused> {
    let mut seen = Vec::new();
    'chunks: loop {
        let mut events = source.handle_data(chunk).map_err(|_| Refused)?;
        while wanted != Some(seen.len()) {
            let Some(event) = events.next_event() else { break 'chunks };
            let event = event.unwrap();
            seen.push((
                event.event_type().to_owned(),
                event.data().to_owned(),
                event.last_event_id().to_owned(),
            ));
            if early && wanted.is_none() {
                chunk = events.remaining();
                continue 'chunks;
            }
        }
        break;
    }
    Ok(seen)
}

const TYPES: &[(&str, bool)] = &[
    ("text/event-stream", true),
    ("Text/Event-Stream; charset=utf-8", true),
    ("text/event-stream;", true),
    ("text/html", false),
    ("", false),
    ("text/event-streams", false),
];

const PIECES: &[&[u8]] = &[
    b"data:a\n\n",
    b"data: b\r\n\r\n",
    b"data:c\r\r",
    b"data\n",
    b"da",
    b"ta:d\n",
    b"id:1\n",
    b"id:22\n\n",
    b"id\n",
    b"id:  \n\n",
    b"id:\x01\n\n",
    b"id:\xE9\n",
    b"id:0123456789\n\n",
    b"id:p\0\n",
    b"event:e\n",
    b"retry:250\n",
    b"retry:0\n",
    b"retry:99999\n",
    b"retry:x\n",
    b":c\n",
    b"\xEF\xBB\xBF",
    b"\xE2\x82",
    b"\n",
    b"\r",
    b"x",
];

fn rules(chance: &mut impl Chance) -> Rules {
    if chance.one_in(3) {
        // The standard alone.
        return Rules {
            min: 0,
            max: u64::MAX,
            backoff: 1,
            base: 1000,
            max_backoff: 60_000,
            success: Success::Response,
            attempts: None,
            statuses: &[],
            max_header: 4096,
            idle: None,
        };
    }
    Rules {
        min: [0, 500, 5000][chance.below(3)],
        max: [u64::MAX, 30_000, 400][chance.below(3)],
        backoff: [0, 1, 2, 10][chance.below(4)],
        base: [0, 700, 5000][chance.below(3)],
        max_backoff: [u64::MAX, 20_000, 300][chance.below(3)],
        success: [Success::Response, Success::Byte, Success::Event, Success::Time][chance.below(4)],
        attempts: [None, Some(0), Some(1), Some(4)][chance.below(4)],
        statuses: [&[][..], &[503], &[204, 301, 503]][chance.below(3)],
        max_header: [0, 2, 4096][chance.below(3)],
        idle: chance.one_in(2).then_some(45_000),
    }
}

fn policy(rules: &Rules) -> Policy {
    let mut policy = Policy::standard()
        .min_delay(Duration::from_millis(rules.min))
        .max_delay(Duration::from_millis(rules.max))
        .backoff(u32::try_from(rules.backoff).unwrap())
        .backoff_base(Duration::from_millis(rules.base))
        .max_backoff(Duration::from_millis(rules.max_backoff))
        .success(rules.success)
        .retry_statuses(Statuses::of(rules.statuses))
        .max_header(rules.max_header);
    if let Some(limit) = rules.attempts {
        policy = policy.attempts(limit);
    }
    if let Some(idle) = rules.idle {
        policy = policy.idle_timeout(Duration::from_millis(idle));
    }
    policy
}

/// How often each thing happened: a world in which something never happens tests nothing of it.
#[derive(Debug, Default)]
pub struct Tally {
    pub events: usize,
    pub refused: usize,
    pub reconnections: usize,
    pub headers: usize,
    pub closed_in_chunk: usize,
}

/// Lives through sixty steps, or until nothing is left to be decided.
///
/// # Panics
///
/// If the machine and the model differ.
pub fn live<B: Buffer>(chance: &mut impl Chance, decoder: Decoder<B>, tally: &mut Tally) {
    let rules = rules(chance);
    let mut model = Model::new(rules);
    let mut source = EventSource::with_decoder(decoder).with_policy(policy(&rules));
    let mut story = Vec::new();
    for _ in 0..60 {
        if chance.is_over() {
            break;
        }
        // Mostly what is due, so that the story goes on; else anything.
        let due = match model.action() {
            Action::Connect => chance.below(2),
            Action::Read { .. } => [2, 2, 2, 2, 2, 2, 3, 4][chance.below(8)],
            Action::Wait(_) => [5, 5, 7][chance.below(3)],
            Action::Stop(_) => 8,
        };
        let step = if chance.one_in(10) { chance.below(8) } else { due };
        let (told, said) = match step {
            0 | 1 => {
                let status =
                    if chance.one_in(10) { [204, 301, 404, 503, 0][chance.below(5)] } else { 200 };
                let kind =
                    if chance.one_in(30) { chance.below(TYPES.len()) } else { chance.below(3) };
                let (kind, is_stream) = TYPES[kind];
                story.push(format!("response {status} {kind}"));
                (
                    source.handle_response(status, kind).is_ok(),
                    model.response(status, is_stream).is_ok(),
                )
            }
            2 => {
                let chunk = chance.chunk();
                let wanted = chance.one_in(40).then(|| chance.below(3));
                story.push(format!("data {} wanted {wanted:?}", chunk.escape_ascii()));
                let told = feed(&mut source, &chunk, wanted, chance.one_in(4));
                let said = model.data(&chunk, wanted);
                assert_eq!(told, said, "{rules:?}: {story:#?}");
                tally.events += said.as_ref().map_or(0, Vec::len);
                if wanted.is_some_and(|wanted| told.as_ref().is_ok_and(|told| told.len() == wanted))
                {
                    source.close();
                    model.close();
                    tally.closed_in_chunk += 1;
                }
                (told.is_ok(), said.is_ok())
            }
            3 => {
                story.push("end".to_owned());
                (source.handle_end().is_ok(), model.end().is_ok())
            }
            4 => {
                let aborted = [NetworkError::Aborted, NetworkError::Futile][chance.below(2)];
                let error = if chance.one_in(10) { aborted } else { NetworkError::Other };
                story.push(format!("{error:?}"));
                (source.handle_error(error).is_ok(), model.error(error).is_ok())
            }
            5 => {
                story.push("timeout".to_owned());
                (source.handle_timeout().is_ok(), model.timeout().is_ok())
            }
            6 if chance.one_in(3) => {
                story.push("close".to_owned());
                source.close();
                model.close();
                (true, true)
            }
            7 => {
                let delay = [10, 4000, 1 << 40][chance.below(3)];
                story.push(format!("postpone {delay}"));
                source.postpone(Duration::from_millis(delay));
                model.postponed = model.postponed.max(delay);
                (true, true)
            }
            _ => (true, true),
        };
        let context = || format!("{rules:?}: {story:#?}");
        assert_eq!(told, said, "{}", context());
        assert_eq!(source.poll(), model.action(), "{}", context());
        assert_eq!(source.poll(), source.poll());
        assert_eq!(source.ready_state(), model.ready_state, "{}", context());
        assert_eq!(source.last_event_id().as_bytes(), model.id(), "{}", context());
        let header = source.last_event_id_header().map(|id| id.to_string());
        assert_eq!(header, model.header(), "{}", context());
        assert_eq!(
            source.reconnection_time(),
            Duration::from_millis(model.retry()),
            "{}",
            context()
        );
        tally.refused += usize::from(!said);
        tally.reconnections += usize::from(step == 5 && said);
        tally.headers += usize::from(model.action() == Action::Connect && header.is_some());
    }
}
