//! What users rely on without saying so: what every type is, how large it is, and what it does not show.

use core::convert::Infallible;
use core::fmt::{Debug, Write as _};
use core::hash::Hash;
use core::mem::size_of;
use std::collections::hash_map::DefaultHasher;
use std::error::Error;
use std::hash::Hasher as _;
use std::panic::{RefUnwindSafe, UnwindSafe};

use bytes::{Bytes, BytesMut};
use futures_util::{stream, FutureExt, StreamExt};
use http_body_util::Full;
use sse_wire::adapter::{BodyChunks, EventCodec, GzipBody, GzipEncoder, MessageCodec, ReadChunk};
use sse_wire::decoder::{
    Activity, BytesEvents, BytesItem, BytesUndispatched, Charge, Config, Counters, End, Events,
    Overflow, Partial, Pinning, PushError, RawEvent, RawItem, RawUndispatched, Reason, Refusal,
    SetIdError, Subject, TextPolicy, Undispatched,
};
use sse_wire::encoder::{
    BufferTooSmall, CowStr, Data, DataLine, DataParts, DataSplitter, DataWriter, EncodeError,
    FmtSink, InvalidField, IoSink, Segments, SliceSink, Style,
};
use sse_wire::fields::{FieldName, Fields, Token, TokenAt, Tokens};
use sse_wire::framer::{
    BytesFrame, BytesFrameItem, BytesFrames, ChunkFramer, Comments, Frame, FrameData, FrameEdit,
    FrameItem, FrameLine, FrameLines, FramerConfig, Frames, LineKind, Oversized,
};
use sse_wire::headers::{LastEventId, LastEventIdError};
use sse_wire::server::{FrameTooLarge, Gap, Position, Replay, Replayed};
use sse_wire::source::{
    Action, Closer, Connecting, Jitter, Lost, NetworkError, OutOfTurn, ParseStatusesError, Policy,
    Progress, Reading, ReadyState, Request, Response, Statuses, Stopped, Success, Turn, Update,
    Waiting,
};
use sse_wire::{
    BytesDecoder, BytesEvent, ChunkDecoder, Decoder, Dropped, Encoder, Event, EventBody,
    EventReader, EventSource, EventStream, Framer, InvalidValue, Item, Message, OwnedEvent,
    ReconnectingStream, StreamError, Text,
};
use tokio_util::codec::Decoder as _;

/// Every public type is looked at in this file.
#[test]
fn no_type_is_left_out() {
    let api = include_str!("../../API.txt");
    let types = api.lines().filter_map(|line| {
        let line = line.trim_start_matches("#[non_exhaustive] ");
        line.strip_prefix("pub struct ").or(line.strip_prefix("pub enum "))
    });
    let this = include_str!("api.rs").split_once("fn no_type_is_left_out").unwrap().1;
    for path in types {
        let path = path.split(['<', '(']).next().unwrap();
        let name = path.rsplit(':').next().unwrap();
        let is_name = |part: &str| part == name;
        assert!(this.split(|c: char| !c.is_alphanumeric()).any(is_name), "{name}");
    }
}

/// A name stands in one module, and perhaps at the root.
#[test]
fn no_name_is_used_twice() {
    let mut names = std::collections::BTreeMap::new();
    for line in include_str!("../../API.txt").lines() {
        let line = line.trim_start_matches("#[non_exhaustive] ");
        let kinds = ["struct", "enum", "trait", "type", "const", "fn", "const fn"];
        let Some(named) = kinds.iter().find_map(|kind| line.strip_prefix(&format!("pub {kind} ")))
        else {
            continue;
        };
        let path = named.split(['<', '(', ' ']).next().unwrap().trim_end_matches(':');
        if let [module, name] = path.split("::").collect::<Vec<_>>()[..] {
            let is_path = module.starts_with(char::is_lowercase);
            assert!(!is_path || *names.entry(name).or_insert(module) == module, "{name}");
        }
    }
    assert!(names.len() > 100, "{names:?}");
}

/// What can be sent, shared, moved and kept across a panic.
fn is_plain<T: Debug + Send + Sync + Unpin + UnwindSafe + RefUnwindSafe>() {}

/// A value: compared, hashed, copied and shown.
fn is_value<T: Clone + Eq + Hash + Debug + Send + Sync + Unpin + UnwindSafe + RefUnwindSafe>() {}

/// A small value.
fn is_copied<T: Copy>() {}

/// What borrows something to change it: it goes into a future that is sent.
fn is_sent<T: Debug + Send + Sync + Unpin>() {}

#[test]
fn types_are_what_their_users_expect() {
    is_plain::<(Decoder, Decoder<[u8; 8]>, BytesDecoder)>();
    is_plain::<(ChunkDecoder<Bytes>, ChunkDecoder<Bytes, BytesDecoder>)>();
    is_plain::<ChunkDecoder<Vec<u8>, EventSource>>();
    is_plain::<(Framer, ChunkFramer<String>, FrameLines<'_>, FrameData<'_>, FrameEdit<'_>)>();
    is_plain::<(EventSource, Fields, Response<()>)>();
    is_plain::<(EventCodec, MessageCodec, ReadChunk, EventReader<&[u8]>)>();
    is_plain::<EventStream<stream::Empty<Result<Bytes, ()>>>>();
    is_plain::<(EventBody<stream::Empty<Message<'_>>>, BodyChunks<()>)>();
    is_plain::<(GzipEncoder, GzipBody<stream::Empty<Result<Bytes, ()>>>)>();
    is_plain::<(Encoder<Vec<u8>>, IoSink<Vec<u8>>, FmtSink<String>, Segments<'_>)>();
    is_plain::<(Replay, Replayed<'_>)>();
    is_plain::<StreamError<std::fmt::Error>>();

    is_value::<(Event<'_>, RawEvent<'_>, BytesEvent, OwnedEvent)>();
    is_value::<(Undispatched<'_>, RawUndispatched<'_>, BytesUndispatched)>();
    is_value::<(Item<'_>, RawItem<'_>, BytesItem, Text<'_>)>();
    is_value::<(Config, Charge, Overflow, TextPolicy, Pinning)>();
    is_value::<(Activity, Counters, End, Partial)>();
    is_value::<(Dropped, Reason, Subject, SetIdError, PushError<Bytes>, Refusal)>();
    is_value::<StreamError<Dropped>>();
    is_value::<(FieldName, TokenAt<'_>, Token<'_>)>();
    is_value::<(FramerConfig, Comments, Oversized, LineKind)>();
    is_value::<(Frame<'_>, FrameItem<'_>, BytesFrame, BytesFrameItem, FrameLine<'_>)>();
    is_value::<(Message<'_>, Data<'_>, CowStr<'_>, DataLine<'_>, DataSplitter, Style)>();
    is_value::<(InvalidValue, InvalidField, EncodeError<Infallible>, BufferTooSmall)>();
    is_value::<(LastEventId<'_>, LastEventIdError, Gap, Position, FrameTooLarge)>();
    is_value::<(Action, ReadyState, Stopped, NetworkError, OutOfTurn)>();
    is_value::<(Policy, Success, Jitter, Progress, Statuses, ParseStatusesError)>();
    is_value::<(Lost<Dropped>, Update<BytesEvent>, Request)>();

    is_copied::<(Event<'_>, Item<'_>, Undispatched<'_>, Text<'_>, Frame<'_>, FrameItem<'_>)>();
    is_copied::<(Config, FramerConfig, Policy, Style, Fields, DataSplitter, FrameEdit<'_>)>();
}

#[test]
fn cursors_can_be_sent() {
    is_sent::<(Events<'_, '_, Vec<u8>>, BytesEvents<'_>, Tokens<'_, '_>)>();
    is_sent::<(Frames<'_, '_, Vec<u8>>, BytesFrames<'_, Vec<u8>>)>();
    is_sent::<(DataWriter<'_, Vec<u8>>, DataParts<'_, '_>, SliceSink<'_>, Closer)>();
    is_sent::<(Turn<'_>, Connecting<'_, Decoder>, Reading<'_, Decoder>, Waiting<'_, Decoder>)>();
}

/// What is kept for each connection, and what is moved for each event, does not grow unseen.
#[test]
#[cfg(target_pointer_width = "64")]
fn types_are_no_larger_than_they_were() {
    let sizes = [
        ("Decoder", size_of::<Decoder>(), 760),
        ("ChunkDecoder", size_of::<ChunkDecoder<Bytes>>(), 880),
        ("EventSource", size_of::<EventSource>(), 1000),
        ("Framer", size_of::<Framer>(), 584),
        ("ChunkFramer", size_of::<ChunkFramer<Bytes>>(), 656),
        ("Fields", size_of::<Fields>(), 24),
        ("Encoder", size_of::<Encoder<Vec<u8>>>(), 32),
        ("DataSplitter", size_of::<DataSplitter>(), 4),
        ("Event", size_of::<Event<'_>>(), 72),
        ("Item", size_of::<Item<'_>>(), 72),
        ("Frame", size_of::<Frame<'_>>(), 48),
        ("BytesEvent", size_of::<BytesEvent>(), 160),
        ("OwnedEvent", size_of::<OwnedEvent>(), 104),
        ("Message", size_of::<Message<'_>>(), 176),
        ("Text", size_of::<Text<'_>>(), 16),
        ("Dropped", size_of::<Dropped>(), 24),
        ("Position", size_of::<Position>(), 8),
    ];
    for (name, size, most) in sizes {
        assert!(size <= most, "{name}: {size} bytes, not {most}");
    }
}

const SECRET: &str = "secret";

/// A stream with a secret at every place that has one.
const STREAM: &str = ": secret\nid: secret\nevent: secret\ndata: secret\n\nid: secret\nevent: secret\n\nsecret: secret\ndata: secret";

fn shows_no_payload(what: &dyn Debug) {
    for shown in [format!("{what:?}"), format!("{what:#?}")] {
        let bytes = shown.replace(char::is_whitespace, "");
        assert!(!shown.contains(SECRET) && !bytes.contains("115,101,99"), "{shown}");
    }
}

fn commenting() -> Config {
    Config::new().comments(true)
}

/// Of all that works on a stream and all that comes out of it only a `Text`, which is asked for as such, shows what it
/// says, as a `str` does.
#[test]
fn a_decoder_shows_no_payload() {
    let mut decoder = ChunkDecoder::with_decoder(Decoder::with_config(commenting()));
    decoder.push(STREAM).unwrap();
    shows_no_payload(&decoder);
    let refused = decoder.push(SECRET).unwrap_err();
    shows_no_payload(&refused);
    let mut count = 0;
    while let Some(item) = decoder.next_item() {
        shows_no_payload(&item);
        if let Item::Event(event) = item {
            shows_no_payload(&event);
            shows_no_payload(&event.into_owned());
            shows_no_payload(&event.to_message());
        }
        count += 1;
    }
    assert_eq!(count, 3);
    shows_no_payload(&decoder);

    let mut decoder = Decoder::with_config(commenting());
    let mut events = decoder.feed(STREAM.as_bytes());
    shows_no_payload(&events);
    while let Some(item) = events.next_raw_item() {
        shows_no_payload(&item);
    }
    drop(events);
    let end = decoder.finish();
    shows_no_payload(&(&decoder, &end));
    shows_no_payload(&decoder.take_partial().unwrap());
    shows_no_payload(&decoder.set_last_event_id("secret\n").unwrap_err());

    let mut decoder = Decoder::with_config(Config::new().limit(13));
    let mut events = decoder.feed(STREAM.as_bytes());
    shows_no_payload(&events.next_event().unwrap().unwrap_err());
    shows_no_payload(&events.dropped_block());

    let mut decoder = BytesDecoder::with_config(commenting());
    let mut events = decoder.feed(Bytes::from_static(STREAM.as_bytes()));
    while let Some(item) = events.next_item() {
        shows_no_payload(&item);
        if let BytesItem::Event(event) = item {
            shows_no_payload(&event);
            shows_no_payload(&Update::Item(event));
        }
    }
    shows_no_payload(&events);
    drop(events);
    shows_no_payload(&decoder);

    let mut fields = Fields::new();
    let mut tokens = fields.feed(STREAM.as_bytes());
    shows_no_payload(&tokens);
    assert!(tokens.by_ref().all(|token| {
        shows_no_payload(&token);
        true
    }));
    drop(tokens);
    shows_no_payload(&fields);
    assert_eq!(format!("{:?}", Text::new(SECRET.as_bytes())), "\"secret\"");
}

#[test]
fn a_framer_shows_no_payload() {
    let config = FramerConfig::new().comments(Comments::Lines);
    let mut framer = ChunkFramer::with_framer(Framer::with_config(config));
    framer.push(STREAM).unwrap();
    shows_no_payload(&framer);
    let mut count = 0;
    while let Some(item) = framer.next_item() {
        shows_no_payload(&item);
        if let FrameItem::Frame(frame) = item {
            let edit = frame.edit().id(SECRET).unwrap().data(SECRET);
            let mut lines = frame.lines();
            shows_no_payload(&(frame, frame.data(), edit, lines.clone()));
            shows_no_payload(&lines.next());
            shows_no_payload(&lines);
        }
        count += 1;
    }
    assert_eq!(count, 3);
    shows_no_payload(&framer.get_mut().finish());

    let mut framer =
        Framer::with_config(FramerConfig::new().limit(30).oversized(Oversized::PassThrough));
    let mut frames = framer.feed(STREAM.as_bytes());
    while let Some(item) = frames.next_item() {
        shows_no_payload(&item);
    }
    shows_no_payload(&frames);
    drop(frames);
    let mut frames = framer.feed_bytes(Bytes::from_static(b"\n\ndata: secret\n\ndata: secret"));
    for item in frames.by_ref() {
        shows_no_payload(&item);
        if let BytesFrameItem::Frame(frame) = item {
            shows_no_payload(&frame);
        }
    }
    shows_no_payload(&frames);
    drop(frames);
    shows_no_payload(&framer);
}

#[test]
fn a_connection_shows_no_payload() {
    let mut source = ChunkDecoder::with_decoder(EventSource::new());
    source.get_mut().handle_response(200, "text/event-stream").unwrap();
    source.push(STREAM).unwrap();
    assert!(source.next_event().is_some());
    shows_no_payload(&source);
    let mut source = source.into_inner();
    shows_no_payload(&source.turn());
    source.handle_end().unwrap();
    shows_no_payload(&source.turn());
    source.handle_timeout().unwrap();
    shows_no_payload(&source.turn());
    shows_no_payload(&source.last_event_id_header().unwrap());
    shows_no_payload(&source.handle_data(STREAM.as_bytes()).unwrap_err());

    let chunks = || stream::iter([Ok::<_, Infallible>(Bytes::from_static(STREAM.as_bytes()))]);
    let response = move |request: Request| {
        shows_no_payload(&request);
        let response = Response::new(200, ["text/event-stream"], chunks());
        shows_no_payload(&response);
        async move { Ok(response) }
    };
    let mut events = ReconnectingStream::new(response, |_| async {}).resume(SECRET).unwrap();
    assert!(events.next().now_or_never().unwrap().unwrap().is_ok());
    shows_no_payload(&events);
    shows_no_payload(&events.closer());
}

#[test]
fn an_adapter_shows_no_payload() {
    let mut reader = EventReader::new(STREAM.as_bytes());
    shows_no_payload(&reader);
    assert!(reader.by_ref().next().is_some());
    shows_no_payload(&reader);
    let chunk = reader.next_chunk().unwrap().unwrap().take_chunk().unwrap();
    shows_no_payload(&chunk);
    let mut codec = EventCodec::new();
    shows_no_payload(&codec.decode(&mut BytesMut::from(STREAM)).unwrap().unwrap());
    shows_no_payload(&codec);

    let chunk = Bytes::from_static(STREAM.as_bytes());
    let source = stream::iter([Ok::<_, Infallible>(chunk.clone()), Ok(chunk.clone())]);
    let mut events = EventStream::new(source);
    assert!(events.next().now_or_never().unwrap().is_some());
    shows_no_payload(&events);
    let ping = Message::empty().comment(SECRET);
    let frames = EventBody::new(stream::iter([chunk.clone()])).keep_alive_frame(ping);
    shows_no_payload(&frames);
    let mut gzip = GzipEncoder::new();
    gzip.encode(&chunk).unwrap();
    shows_no_payload(&gzip);
    shows_no_payload(&GzipBody::new(stream::iter([Ok::<_, Infallible>(chunk.clone())])));
    let mut events = EventStream::from_body(Full::new(chunk));
    shows_no_payload(events.get_ref());
    shows_no_payload(&events.get_mut().by_ref().next().now_or_never().is_some());
}

#[test]
fn an_encoder_shows_no_payload() {
    let message = Message::new(SECRET).comment(SECRET).id(SECRET).unwrap();
    let message = message.event_type(SECRET).unwrap();
    let mut segments = message.segments();
    shows_no_payload(&(&message, &segments));
    while segments.next().is_some() {
        shows_no_payload(&segments);
    }
    shows_no_payload(&(Data::from(SECRET), CowStr::from(SECRET), DataLine::new(SECRET).unwrap()));
    shows_no_payload(&Message::new("").id("secret\0").unwrap_err());

    let mut out = Encoder::new(Vec::new());
    shows_no_payload(out.data(SECRET).continue_data(SECRET));
    let mut writer = out.data_writer();
    writer.write_str(SECRET).unwrap();
    shows_no_payload(&writer);
    let mut memory = *b"secret secret";
    shows_no_payload(&(SliceSink::new(&mut memory), FmtSink::new(SECRET.to_owned())));
    shows_no_payload(&IoSink::new(SECRET.as_bytes().to_vec()));
    let mut splitter = DataSplitter::new(Style::new());
    let mut parts = splitter.split("secret\nsecret");
    while parts.next().is_some() {
        shows_no_payload(&parts);
    }

    let mut replay = Replay::new(2, 20);
    replay.push(Some(SECRET), Bytes::from_static(b"secret\n\n")).unwrap();
    shows_no_payload(&(&replay, replay.frames(), replay.end()));
    shows_no_payload(
        &replay.push(Some(SECRET), Bytes::from_static(STREAM.as_bytes())).unwrap_err(),
    );
    shows_no_payload(&replay.after("another").unwrap_err());
}

/// An error prints its cause or gives it as its source, not both, and prints no payload.
#[test]
fn an_error_prints_its_cause_or_gives_it() {
    fn check(error: &dyn Error) {
        let shown = error.to_string();
        assert!(!shown.is_empty() && !shown.contains(SECRET), "{shown}");
        if let Some(source) = error.source() {
            assert!(!shown.contains(&source.to_string()), "{shown}");
            check(source);
        }
    }
    let mut decoder = Decoder::with_config(Config::new().limit(4));
    check(&decoder.set_last_event_id(SECRET).unwrap_err());
    check(&decoder.set_last_event_id("secret\n").unwrap_err());
    let dropped = decoder.feed(STREAM.as_bytes()).next_event().unwrap().unwrap_err();
    check(&dropped);
    check(&StreamError::<std::io::Error>::from(dropped));
    check(&StreamError::Source(std::io::Error::other(dropped)));
    check(&std::io::Error::from(StreamError::Dropped(dropped)));

    let mut chunks = ChunkDecoder::with_decoder(EventSource::new());
    check(&chunks.push(SECRET).unwrap_err());
    check(&chunks.get_mut().handle_end().unwrap_err());
    check(&Stopped::Status(500));
    check(&NetworkError::Other);
    check(&SECRET.parse::<Statuses>().unwrap_err());
    check(&LastEventId::new(Text::new(b"secret\0")).unwrap_err());

    let invalid = Message::new("").event_type("secret\n").unwrap_err();
    check(&invalid);
    check(&std::io::Error::from(invalid));
    let mut memory = [0; 3];
    let mut out = Encoder::new(SliceSink::new(&mut memory));
    let failed = out.data(SECRET).try_dispatch().map(drop).unwrap_err();
    assert!(failed.source().is_some());
    check(&failed);
    check(&out.try_dispatch().map(drop).unwrap_err());

    let mut replay = Replay::new(2, 2);
    check(&replay.push(None, Bytes::from_static(SECRET.as_bytes())).unwrap_err());
    check(&replay.after(SECRET).unwrap_err());
}

/// What is set can be asked for.
#[test]
fn configurations_tell_what_is_set() {
    use core::time::Duration;

    let config = Config::new()
        .limit(10)
        .overflow(Overflow::Stop)
        .text_policy(TextPolicy::Strict)
        .raw_comments(true)
        .charge(Charge::Lines)
        .retain(5);
    assert_eq!(
        (config.limit, config.overflow, config.text_policy),
        (10, Overflow::Stop, TextPolicy::Strict)
    );
    assert_eq!((config.comments, config.raw_comments, config.charge), (true, true, Charge::Lines));
    assert_eq!(config.retain, 5);
    assert_eq!(Decoder::with_config(config).config(), config);
    let decoder = BytesDecoder::with_config(config).with_pinning(Pinning::Never);
    assert_eq!((decoder.pinning(), decoder.as_decoder().config()), (Pinning::Never, config));

    let config =
        FramerConfig::new().limit(7).comments(Comments::Skip).oversized(Oversized::PassThrough);
    assert_eq!(
        (config.limit, config.comments, config.oversized),
        (7, Comments::Skip, Oversized::PassThrough)
    );
    assert_eq!(
        (config.retain, Framer::with_config(config).config()),
        (Config::DEFAULT_RETAIN, config)
    );

    let second = Duration::from_secs(1);
    let policy = Policy::standard()
        .reconnection_time(second)
        .min_delay(2 * second)
        .max_delay(3 * second)
        .backoff(4)
        .backoff_base(5 * second)
        .max_backoff(6 * second)
        .jitter(Jitter::Full)
        .success(Success::Time)
        .success_after(Some(7 * second))
        .attempts(8)
        .retry_statuses(Statuses::TEMPORARY)
        .idle_timeout(9 * second)
        .progress(Progress::Events)
        .max_header(10);
    let delays = (policy.reconnection_time, policy.min_delay, policy.max_delay);
    assert_eq!(delays, (second, 2 * second, 3 * second));
    assert_eq!(
        (policy.backoff, policy.backoff_base, policy.max_backoff),
        (4, 5 * second, 6 * second)
    );
    assert_eq!(
        (policy.jitter, policy.success, policy.success_after),
        (Jitter::Full, Success::Time, Some(7 * second))
    );
    assert_eq!((policy.attempts, policy.retry_statuses), (Some(8), Statuses::TEMPORARY));
    assert_eq!(
        (policy.idle_timeout, policy.progress, policy.max_header),
        (Some(9 * second), Progress::Events, 10)
    );
    assert_eq!(EventSource::new().with_policy(policy).policy(), policy);

    let style = Style::new().compact().crlf().keep_line_ends();
    assert!(style.is_compact() && style.is_crlf() && style.keeps_line_ends());
    assert_eq!(Encoder::with_style(Vec::new(), style).style(), style);
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Every kind of event says the same by the same names, and each becomes an owned one; equal events have equal
/// hashes, of whatever kind they came.
#[test]
fn every_kind_of_event_is_the_same_event() {
    let streams: [&[u8]; 5] = [
        b"data: a\n\n",
        b"event: message\nid\ndata: a\n\n",
        b"event\nretry: 5\nfoo\ndata: a\ndata: b\n\n",
        b"event: x\nid: 2\ndata\n\n",
        b"id: 7\n\nevent: caf\xC3\xA9\ndata: \xC3\xA9\n\n",
    ];
    for stream in streams {
        let mut decoder = Decoder::new();
        let mut events = decoder.feed(stream);
        let event = events.next_event().unwrap().unwrap();
        let mut raw_decoder = Decoder::new();
        let mut raw_events = raw_decoder.feed(stream);
        let raw = raw_events.next_raw().unwrap().unwrap();
        let bytes = BytesDecoder::new().feed(Bytes::from_static(stream)).next().unwrap().unwrap();
        let owned = event.into_owned();

        assert_eq!((event.as_raw(), raw.to_event()), (raw, Ok(event)));
        assert_eq!((bytes.as_raw(), bytes.to_event()), (raw, Ok(event)));
        assert_eq!((owned.as_event(), OwnedEvent::from(raw)), (event, owned.clone()));
        assert_eq!((bytes.clone().into_owned(), raw.into_owned()), (owned.clone(), owned.clone()));
        assert_eq!(
            (BytesEvent::from(event), BytesEvent::from(&owned)),
            (bytes.clone(), bytes.clone())
        );
        for other in
            [owned.as_event(), bytes.to_event().unwrap(), BytesEvent::from(raw).to_event().unwrap()]
        {
            // Equality does not look at these.
            assert_eq!(other.event_field(), event.event_field());
            assert_eq!(
                (other.retry(), other.unknown_lines()),
                (event.retry(), event.unknown_lines())
            );
            assert_eq!(hash(&other), hash(&event));
        }
        assert_eq!(owned.event_type(), event.event_type());
        assert_eq!((owned.data(), owned.last_event_id()), (event.data(), event.last_event_id()));
        assert_eq!((owned.id(), owned.retry()), (event.id(), event.retry()));
        assert_eq!(owned.event_field(), event.event_field());
        assert_eq!(hash(&owned), hash(&event));
        assert_eq!(hash(&bytes), hash(&bytes.clone().detach()));

        // As a message it is the same event again, in its own form.
        let again = event.to_message().unwrap().to_vec();
        let mut decoder = Decoder::new();
        decoder.set_last_event_id(event.last_event_id()).unwrap();
        let mut events = decoder.feed(&again);
        let twin = events.next_event().unwrap().unwrap();
        assert_eq!((twin, twin.retry()), (event, event.retry()));
        assert_eq!(twin.event_field(), event.event_field());
    }
}

/// Events that are made by hand are as if they had come.
#[test]
fn events_of_ones_own() {
    let time = core::time::Duration::from_millis(5);
    let event = Event::<str>::new("a").with_event_type("x").with_id("7").with_retry(time);
    assert_eq!(event.to_message().unwrap().to_string(), "event: x\nid: 7\nretry: 5\ndata: a\n\n");
    let raw = Event::from_bytes(b"a").with_event_type(b"x").with_id(b"7").with_retry(time);
    assert_eq!((raw.to_event(), event.as_raw()), (Ok(event), raw));
    let plain = Event::<str>::new("a").with_event_type("").with_last_event_id("6");
    assert_eq!((plain.event_type(), plain.event_field()), ("message", Some("")));
    assert_eq!((plain.id(), plain.last_event_id()), (None, "6"));
    assert!(Event::<str>::new("a").with_event_type("b\nc").to_message().is_err());
    assert!(Event::<str>::new("a").with_id("1\0").to_message().is_err());

    // An owned one may be changed.
    let mut owned = plain.into_owned();
    assert_eq!(owned.event_field(), Some(""));
    owned.event_type = "y".into();
    assert_eq!((owned.event_type(), owned.event_field()), ("y", Some("y")));
    owned.event_type.clear();
    assert_eq!((owned.event_type(), owned.event_field()), ("message", Some("")));
    let owned = OwnedEvent::new("a");
    assert_eq!((owned.event_type(), owned.event_field(), owned.id()), ("message", None, None));
}

/// Good text is borrowed, and the reason why text is not good is that of the standard library.
#[test]
fn text_is_looked_at_before_it_is_replaced() {
    use std::borrow::Cow;
    let values: [&[u8]; 6] =
        [b"", b"plain", b"caf\xC3\xA9", b"caf\xC3", b"\xFFa", b"a\xE2\x82b\xF0\x9F\xA6\x8A"];
    for bytes in values.iter().flat_map(|value| [value.to_vec(), value.repeat(100)]) {
        let text = Text::new(&bytes);
        assert_eq!(text.to_str(), core::str::from_utf8(&bytes));
        assert_eq!(text.to_string_lossy(), String::from_utf8_lossy(&bytes));
        assert_eq!(matches!(text.to_string_lossy(), Cow::Borrowed(_)), text.to_str().is_ok());
    }
}
