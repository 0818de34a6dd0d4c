//! Whatever a source does, an adapter finds what the reference finds: nothing lost, nothing twice,
//! nothing in another order.

use bytes::{Bytes, BytesMut};
use proptest::prelude::*;
use sse_wire::adapter::EventCodec;
use sse_wire::decoder::BytesItem;
use sse_wire::{BytesDecoder, BytesEvent, Dropped, EventReader, EventStream, StreamError};
use tokio_util::codec::{Decoder as _, FramedRead};

use crate::script::{all, next, Fault, Script};
use crate::support::fronts::{
    add, as_text, bytes_event, bytes_item, config, dropped_item, due, growing, text_event,
    text_item, Ending, Opaque,
};
use crate::support::reference::{decode, Activity, Due, Event, Item, Outcome, Settings, Text};
use crate::support::{generate, strategies, vectors};

fn decoder(settings: &Settings) -> BytesDecoder {
    let mut decoder = BytesDecoder::with_config(config(settings));
    decoder.set_last_event_id(&settings.seed).unwrap();
    decoder
}

fn item(found: Result<BytesItem, Dropped>) -> Item {
    found.map_or_else(dropped_item, bytes_item)
}

/// Takes an item at a time, and looks at the decoder behind each.
fn watched(
    mut next: impl FnMut() -> Option<Item>,
    mut with_decoder: impl FnMut(&mut dyn FnMut(&mut BytesDecoder)),
) -> (Vec<Due>, Activity) {
    let mut items = Vec::new();
    let mut activity = Activity::default();
    while let Some(item) = next() {
        with_decoder(&mut |decoder| {
            items.push(due(item.clone(), decoder.as_decoder().stream_offset()));
            add(&mut activity, decoder.take_activity());
        });
    }
    with_decoder(&mut |decoder| add(&mut activity, decoder.take_activity()));
    (items, activity)
}

/// What the decoder of an adapter says at the end of its stream.
fn ended(
    decoder: &mut BytesDecoder,
    end: sse_wire::decoder::End,
    items: Vec<Due>,
    activity: Activity,
) -> Outcome {
    let before = Ending::of(decoder.as_decoder());
    let partial = decoder.take_partial().map(|taken| taken.map(bytes_event));
    let last_event_id = decoder.last_event_id().to_string().into_bytes();
    before.outcome(items, activity, end, partial, last_event_id)
}

fn streamed(source: Script, settings: &Settings) -> Outcome {
    let faults = source.faults;
    let mut seen_faults = 0;
    let stream = EventStream::with_decoder(source, decoder(settings)).items();
    let stream = core::cell::RefCell::new(stream);
    let (items, activity) = watched(
        || loop {
            match next(&mut *stream.borrow_mut())? {
                Ok(found) => return Some(item(Ok(found))),
                Err(StreamError::Dropped(dropped)) => return Some(item(Err(dropped))),
                Err(StreamError::Source(Fault)) => seen_faults += 1,
            }
        },
        |look| look(stream.borrow_mut().decoder_mut()),
    );
    let mut stream = stream.into_inner();
    let end = stream.end().unwrap();
    let outcome = ended(stream.decoder_mut(), end, items, activity);
    assert!(seen_faults == faults || outcome.stopped);
    outcome
}

fn read(source: Script, settings: &Settings, buffer: usize) -> Outcome {
    let faults = source.faults;
    let mut seen_faults = 0;
    let mut items = Vec::new();
    let mut activity = Activity::default();
    let mut reader = EventReader::with_decoder(source, growing(settings)).buffer_size(buffer);
    let mut turn = 0;
    loop {
        match reader.next_chunk() {
            Err(_) => seen_faults += 1,
            Ok(None) => break,
            Ok(Some(events)) => {
                // Sometimes a chunk is read whole, sometimes the cursor is dropped behind an item.
                turn += 1;
                for _ in 0..[usize::MAX, 1, 2][turn % 3] {
                    let Some(item) = events.next_item().map(text_item) else { break };
                    items.push(due(item, events.stream_offset()));
                }
            }
        }
        add(&mut activity, reader.decoder_mut().take_activity());
    }
    let end = reader.end().unwrap();
    let decoder = reader.decoder_mut();
    let before = Ending::of(decoder);
    let partial = decoder.take_partial().map(|taken| taken.map(text_event));
    let last_event_id = decoder.last_event_id().to_string().into_bytes();
    let outcome = before.outcome(items, activity, end, partial, last_event_id);
    assert!(seen_faults == faults || outcome.stopped);
    outcome
}

fn framed(chunks: &[&[u8]], settings: &Settings) -> Outcome {
    let codec = EventCodec::with_decoder(decoder(settings)).items();
    let codec = core::cell::RefCell::new(codec);
    let mut chunks = chunks.iter();
    let mut buffer = BytesMut::new();
    let mut at_end = false;
    let (items, activity) = watched(
        || loop {
            let mut codec = codec.borrow_mut();
            let found =
                if at_end { codec.decode_eof(&mut buffer) } else { codec.decode(&mut buffer) };
            match found {
                Ok(Some(found)) => return Some(item(found)),
                Ok(None) if at_end => return None,
                Ok(None) => assert!(buffer.is_empty()),
                Err(StreamError::Dropped(dropped)) => return Some(item(Err(dropped))),
                Err(error) => unreachable!("{error}"),
            }
            match chunks.next() {
                Some(chunk) => buffer.extend_from_slice(chunk),
                None => at_end = true,
            }
        },
        |look| look(codec.borrow_mut().decoder_mut()),
    );
    let mut codec = codec.into_inner();
    let end = codec.end().unwrap();
    ended(codec.decoder_mut(), end, items, activity)
}

/// Without a look at the decoder: the events alone, and the partial one as the last.
fn events<E>(found: impl IntoIterator<Item = Result<BytesEvent, E>>) -> Vec<Event> {
    found.into_iter().filter_map(Result::ok).map(bytes_event).collect()
}

fn check(input: &[u8], settings: &Settings, chunks: &[&[u8]], seed: u64) {
    let expected = as_text(decode(input, settings));
    let whole: Vec<Event> = expected.events().chain(&expected.partial).cloned().collect();
    let shown = || format!("{settings:?} {seed} {:?}", chunks.iter().map(|c| c.escape_ascii()));
    for seed in [seed, seed + 1] {
        let source = || Script::troubled(chunks, seed, true);
        assert_eq!(streamed(source(), settings), expected, "stream, {}", shown());
        let mut stream =
            EventStream::with_decoder(source(), decoder(settings)).dispatch_partial(true);
        assert_eq!(events(all(&mut stream)), whole, "events, {}", shown());
        let mut body =
            EventStream::from_body_with_decoder(source(), decoder(settings)).dispatch_partial(true);
        assert_eq!(events(all(&mut body)), whole, "body, {}", shown());

        // No bytes are the end for a reader.
        let source = || Script::troubled(chunks, seed, false);
        for buffer in [1, 7, 1 << 10] {
            assert_eq!(read(source(), settings, buffer), expected, "read, {}", shown());
        }
        let reader = EventReader::with_decoder(source(), growing(settings)).buffer_size(5);
        let owned: Vec<_> = reader.filter_map(Result::ok).collect();
        let owned: Vec<_> = owned.iter().map(|event| text_event(event.as_event())).collect();
        assert!(owned.iter().eq(expected.events()), "owned, {}", shown());
    }
    assert_eq!(framed(chunks, settings), expected, "codec, {}", shown());
    let codec = EventCodec::with_decoder(decoder(settings)).dispatch_partial(true);
    let chunks: Vec<_> = chunks.iter().copied().filter(|chunk| !chunk.is_empty()).collect();
    let mut framed = FramedRead::new(Script::ready(&chunks), codec);
    let found = core::iter::from_fn(|| next(&mut framed)).filter_map(Result::ok);
    assert_eq!(events(found), whole, "framed, {}", shown());
}

#[test]
fn vectors_through_every_adapter() {
    for (seed, vector) in (0..).zip(vectors::vectors()) {
        let settings = Settings { comments: true, ..Settings::default() };
        check(&vector.input, &settings, &[&vector.input[..]], seed);
        let bytes: Vec<_> = vector.input.chunks(1).collect();
        check(&vector.input, &settings, &bytes, seed);
        for limit in [0, 3, 8] {
            for overflow_stop in [false, true] {
                let settings = Settings { limit, overflow_stop, ..settings.clone() };
                check(&vector.input, &settings, &bytes, seed);
            }
        }
    }
}

#[test]
fn generated_streams_through_every_adapter() {
    for seed in 0..400 {
        let input = generate::grammar_stream(seed);
        let cuts = generate::cuts(seed, input.len());
        let settings = Settings {
            limit: [1 << 20, 64, 9][usize::try_from(seed % 3).unwrap()],
            overflow_stop: seed % 5 == 0,
            comments: seed % 2 == 0,
            seed: if seed % 7 == 0 { b"seed".to_vec() } else { Vec::new() },
            text: if seed % 11 == 0 { Text::Strict } else { Text::Replace },
        };
        check(&input, &settings, &generate::split(&input, &cuts), seed);
    }
}

proptest! {
    #[test]
    fn any_stream_through_every_adapter(
        input in strategies::stream(),
        cuts in strategies::cuts(),
        limit in prop_oneof![Just(1 << 20), 0..40_usize],
        overflow_stop: bool,
        comments: bool,
        seed: u32,
    ) {
        let settings = Settings { limit, overflow_stop, comments, ..Settings::default() };
        check(&input, &settings, &generate::split(&input, &cuts), seed.into());
    }
}

/// The data of the events of two chunks.
fn data_of<C: AsRef<[u8]> + 'static>(chunks: [C; 2]) -> Vec<Bytes> {
    let source = futures_util::stream::iter(chunks.map(Ok::<_, Fault>));
    let mut stream = EventStream::new(source);
    all(&mut stream).into_iter().map(|event| event.unwrap().into_data()).collect()
}

/// Whatever the type of the chunks, the events are the same.
#[test]
fn any_bytes_are_a_chunk() {
    let chunks = ["data: ab\n", "\nid: 1\ndata: c\n\n"];
    let expected = [Bytes::from("ab"), Bytes::from("c")];
    assert_eq!(data_of(chunks), expected);
    assert_eq!(data_of(chunks.map(str::as_bytes)), expected);
    assert_eq!(data_of(chunks.map(String::from)), expected);
    assert_eq!(data_of(chunks.map(Vec::<u8>::from)), expected);
    assert_eq!(data_of(chunks.map(Bytes::from)), expected);
    assert_eq!(data_of(chunks.map(BytesMut::from)), expected);
    assert_eq!(data_of(chunks.map(|chunk| Box::<[u8]>::from(chunk.as_bytes()))), expected);
    assert_eq!(data_of(chunks.map(|chunk| Opaque(chunk.into()))), expected);
}

/// What can be taken over is, and is not copied.
#[test]
fn chunks_are_taken_over() {
    let line = format!("data: {}\n\n", "x".repeat(100));
    let chunk = Bytes::from(line.clone());
    let [vec, string] = [(); 2].map(|()| line.clone());
    let within = |chunk: *const u8, data: &Bytes| data.as_ptr() == chunk.wrapping_add(6);
    let at = chunk.as_ptr();
    assert!(within(at, &data_of([chunk, Bytes::new()])[0]));
    let at = string.as_ptr();
    assert!(within(at, &data_of([string, String::new()])[0]));
    let vec = vec.into_bytes();
    let at = vec.as_ptr();
    assert!(within(at, &data_of([vec, Vec::new()])[0]));
}
