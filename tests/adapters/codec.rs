//! `EventCodec` and `MessageCodec` within `FramedRead` and `FramedWrite`.

use bytes::Bytes;
use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use sse_wire::adapter::{EventCodec, MessageCodec};
use sse_wire::decoder::{Config, End, Overflow};
use sse_wire::encoder::KEEP_ALIVE;
use sse_wire::{BytesDecoder, Message, StreamError};
use tokio_util::codec::{FramedRead, FramedWrite};

use crate::script::{next, Script};

fn limited(limit: usize, overflow: Overflow) -> EventCodec {
    let config = Config::new().limit(limit).overflow(overflow);
    EventCodec::with_decoder(BytesDecoder::with_config(config))
}

const STREAM: &[u8] = b"data: ok\n\ndata: 12345\n\ndata: on\n\n";

#[test]
fn what_is_dropped_is_an_item_and_the_stream_goes_on() {
    let mut framed = FramedRead::new(STREAM, limited(4, Overflow::Skip));
    assert_eq!(next(&mut framed).unwrap().unwrap().unwrap().data(), "ok");
    let dropped = next(&mut framed).unwrap().unwrap().unwrap_err();
    assert_eq!(dropped.offset(), 20);
    assert_eq!(next(&mut framed).unwrap().unwrap().unwrap().data(), "on");
    assert!(next(&mut framed).is_none());
    assert_eq!(framed.decoder().end(), Some(End::Clean));
}

#[test]
fn overflow_stop_is_an_error_and_the_end() {
    let mut framed = FramedRead::new(STREAM, limited(4, Overflow::Stop));
    assert_eq!(next(&mut framed).unwrap().unwrap().unwrap().data(), "ok");
    assert!(matches!(next(&mut framed), Some(Err(StreamError::Dropped(_)))));
    assert!(next(&mut framed).is_none());
    // `FramedRead` may be asked on: what comes is discarded, not piled up.
    assert!(next(&mut framed).is_none());
    assert!(framed.read_buffer().is_empty());
    assert!(framed.decoder_mut().decoder_mut().is_stopped());
}

#[test]
fn an_error_of_the_reader_comes_through_and_loses_nothing() {
    let chunks: [&[u8]; 3] = [b"data: a\n\ndata: b", b"\n\n", b"data: c\n\ndata: d"];
    for seed in 0..50 {
        let source = Script::troubled(&chunks, seed, false);
        let mut faults = source.faults;
        let mut framed = FramedRead::new(source, EventCodec::new().dispatch_partial(true));
        let mut found = Vec::new();
        while found.len() < 4 {
            match next(&mut framed) {
                Some(Ok(event)) => found.push(event.unwrap().into_data()),
                // `FramedRead` ends here, and can be asked on.
                Some(Err(error)) => {
                    assert!(matches!(error, StreamError::Source(_)), "{error}");
                    assert!(next(&mut framed).is_none());
                    faults -= 1;
                }
                None => unreachable!("the end comes behind the partial event"),
            }
        }
        assert_eq!((found, faults), (["a", "b", "c", "d"].map(Bytes::from).to_vec(), 0));
        assert!(next(&mut framed).is_none());
    }
}

#[test]
fn what_was_read_ahead_is_in_the_codec() {
    let mut framed = FramedRead::new(STREAM, EventCodec::new());
    assert!(next(&mut framed).is_some());
    assert!(framed.read_buffer().is_empty());
    let mut parts = framed.into_parts();
    assert_eq!(parts.codec.decoder_mut().as_decoder().stream_offset(), 10);
    // Another transport, the same codec: it goes on where it was.
    let mut framed = FramedRead::new(&b"data: more\n\n"[..], parts.codec);
    let found: Vec<_> = core::iter::from_fn(|| next(&mut framed)).map(Result::unwrap).collect();
    let found: Vec<_> = found.into_iter().map(|event| event.unwrap().into_data()).collect();
    assert_eq!(found, ["12345", "on", "more"]);
}

/// The standard's end of a stream, and a new one: what was cut off is discarded.
#[test]
fn behind_the_end_a_new_stream_begins() {
    let mut codec = EventCodec::new();
    for _ in 0..2 {
        let mut framed = FramedRead::new(&b"data: a\n\ndata: cut"[..], codec);
        assert_eq!(next(&mut framed).unwrap().unwrap().unwrap().data(), "a");
        assert_eq!(framed.decoder().end(), None);
        assert!(next(&mut framed).is_none());
        assert!(matches!(framed.decoder().end(), Some(End::Partial(_))));
        codec = framed.into_parts().codec;
    }
}

#[test]
fn a_clone_reads_on_by_itself() {
    use tokio_util::codec::Decoder as _;
    let mut codec = EventCodec::new();
    let mut buffer = STREAM.into();
    assert!(codec.decode(&mut buffer).unwrap().is_some());
    let mut other = codec.clone();
    for codec in [&mut codec, &mut other] {
        for data in ["12345", "on"] {
            assert_eq!(codec.decode(&mut buffer).unwrap().unwrap().unwrap().data(), data);
        }
        assert!(codec.decode(&mut buffer).unwrap().is_none());
    }
}

#[test]
fn messages_and_frames_are_written_as_they_are() {
    async fn write(stream: &mut Vec<u8>) -> std::io::Result<()> {
        let mut framed = FramedWrite::new(stream, MessageCodec);
        {
            let data = String::from("a\r\nb");
            framed.send(Message::new(&data)).await?;
        }
        framed.feed(Message::empty()).await?;
        framed.feed(Bytes::from_static(KEEP_ALIVE)).await?;
        framed.send(Message::new("").id_lossy("1")).await
    }
    let mut stream = Vec::new();
    write(&mut stream).now_or_never().unwrap().unwrap();
    assert_eq!(stream, b"data: a\ndata: b\n\n:\n\nid: 1\ndata: \n\n");
}

#[test]
fn one_end_to_the_other() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let (server, client) = tokio::io::duplex(7);
        let messages: Vec<_> = (0..100).map(|i| format!("message {i}\nof many")).collect();
        let expected = messages.clone();
        let writing = tokio::spawn(async move {
            let mut framed = FramedWrite::new(server, MessageCodec);
            for message in &messages {
                framed.send(Message::new(message)).await.unwrap();
            }
        });
        let events = FramedRead::with_capacity(client, EventCodec::new(), 5);
        let found: Vec<_> = events.map(|event| event.unwrap().unwrap().into_data()).collect().await;
        writing.await.unwrap();
        assert_eq!(found, expected);
    });
}
