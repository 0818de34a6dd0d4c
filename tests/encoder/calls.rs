//! The encoder byte for byte: styles, order, writers, sinks, errors.

use core::fmt::Write as _;
use core::time::Duration;

use sse_wire::{
    EncodeError, Encoder, FmtSink, InvalidField, Message, SliceSink, Style, KEEP_ALIVE,
    KEEP_ALIVE_CRLF,
};

type Out = Encoder<FmtSink<String>>;

fn encoder(style: Style) -> Out {
    Encoder::with_style(FmtSink::new(String::new()), style)
}

fn text(out: Out) -> String {
    out.into_inner().into_inner()
}

#[test]
fn styles_are_as_documented() {
    let cases = [
        (Style::new(), ": c\nevent: t\nid: 1\nretry: 5\ndata: x\ndata:  y\ndata: \n\n"),
        (Style::new().compact(), ":c\nevent:t\nid:1\nretry:5\ndata:x\ndata:  y\ndata:\n\n"),
        (
            Style::new().crlf(),
            ": c\r\nevent: t\r\nid: 1\r\nretry: 5\r\ndata: x\r\ndata:  y\r\ndata: \r\n\r\n",
        ),
        (
            Style::new().compact().crlf(),
            ":c\r\nevent:t\r\nid:1\r\nretry:5\r\ndata:x\r\ndata:  y\r\ndata:\r\n\r\n",
        ),
    ];
    for (style, expected) in cases {
        let message = Message::new("x\r\n y\r")
            .comment("c")
            .event_type("t")
            .unwrap()
            .id("1")
            .unwrap()
            .retry(Duration::from_millis(5))
            .style(style);
        assert_eq!(message.to_string(), expected);
    }
}

#[test]
fn a_value_that_begins_with_a_space_keeps_it_in_every_field() {
    let message = Message::new(" d").comment(" c").event_type(" e").unwrap().id(" i").unwrap();
    let compact = message.style(Style::new().compact()).to_string();
    assert_eq!(compact, ":  c\nevent:  e\nid:  i\ndata:  d\n\n");
    assert_eq!(message.to_string(), compact.replace(": ", ":  ").replace(":   ", ":  "));
}

#[test]
fn the_blank_line_comes_when_there_is_a_field() {
    assert_eq!(Message::empty().to_string(), "");
    assert_eq!(Message::empty().comment("").to_string(), ": \n");
    assert_eq!(Message::empty().id("").unwrap().to_string(), "id: \n\n");
    assert_eq!(Message::empty().event_type("").unwrap().to_string(), "event: \n\n");
    assert_eq!(Message::empty().retry(Duration::ZERO).to_string(), "retry: 0\n\n");
    assert_eq!(Message::empty().data("").to_string(), "data: \n\n");
    assert_eq!(Message::default(), Message::empty());
}

#[test]
fn retry_is_whole_milliseconds_and_saturates() {
    let mut out = encoder(Style::new());
    out.retry(Duration::from_micros(1999)).unwrap().retry(Duration::MAX).unwrap();
    assert_eq!(text(out), "retry: 1\nretry: 18446744073709551615\n");
}

#[test]
fn keep_alive_frames_are_a_comment_and_a_blank_line() {
    assert_eq!(KEEP_ALIVE, b":\n\n");
    assert_eq!(KEEP_ALIVE_CRLF, b":\r\n\r\n");
}

#[test]
fn messages_can_be_constants() {
    const PING: Message<'static> = Message::empty().comment("ping").style(Style::new().crlf());
    const TYPED: Message<'static> = match Message::empty().event_type("tick") {
        Ok(message) => message,
        Err(_) => Message::empty(),
    };
    assert_eq!(PING.to_string(), ": ping\r\n");
    assert_eq!(TYPED.to_string(), "event: tick\n\n");
}

#[test]
fn equal_messages_have_equal_hashes() {
    let line = sse_wire::DataLine::new("a").unwrap();
    let mut seen = std::collections::HashSet::from([Message::new("a")]);
    assert!(!seen.insert(Message::empty().data_line(line)));
    assert!(seen.insert(Message::new("b")));
    let hash = |data| core::hash::BuildHasher::hash_one(seen.hasher(), Message::new(data));
    assert_ne!(hash("a"), hash("b"));
    assert_ne!(Message::new("a"), Message::new("b"));
}

#[test]
fn a_compact_line_has_a_space_only_where_the_value_begins_with_one() {
    let mut out = encoder(Style::new().compact());
    out.data("\nx\n y").unwrap().event_type_lossy("").unwrap().id_lossy("").unwrap();
    assert_eq!(text(out), "data:\ndata:x\ndata:  y\nevent:\nid:\n");
}

#[test]
fn fields_go_out_in_the_callers_order() {
    let mut out = encoder(Style::new());
    out.data("x").unwrap().comment("c").unwrap().event_type("t").unwrap();
    out.data("y").unwrap().id("1").unwrap().dispatch().unwrap();
    assert_eq!(text(out), "data: x\n: c\nevent: t\ndata: y\nid: 1\n\n");
}

#[test]
fn a_refused_value_leaves_the_open_line_open() {
    let mut out = encoder(Style::new());
    out.data_writer().write_str("a").unwrap();
    assert!(matches!(out.event_type("\n"), Err(EncodeError::Invalid(_))));
    assert!(matches!(out.id("\0"), Err(EncodeError::Invalid(_))));
    assert_eq!(out.sink().get_ref(), "data: a");
    out.dispatch().unwrap();
    assert_eq!(text(out), "data: a\n\n");
}

#[test]
fn errors_name_field_byte_and_offset_and_never_the_payload() {
    let error = Message::empty().event_type("secret\rx").unwrap_err();
    assert_eq!((error.field(), error.byte(), error.offset()), (InvalidField::EventType, b'\r', 6));
    assert_eq!(error.to_string(), "event type holds CR at offset 6");
    let error = Message::empty().id("secret\0\n").unwrap_err();
    assert_eq!(error.to_string(), "id holds NUL at offset 6");
    assert!(!format!("{error:?}").contains("secret"));
    // An event type may hold a NUL: only an id with one is ignored.
    assert!(Message::empty().event_type("a\0").is_ok());
}

#[test]
fn every_writer_makes_a_line() {
    let mut out = encoder(Style::new());
    let _ = out.data_writer();
    let _ = out.data_writer();
    out.data_writer().write_str("x").unwrap();
    let _ = out.data_writer();
    out.data("y").unwrap().dispatch().unwrap();
    assert_eq!(text(out), "data: \ndata: \ndata: x\ndata: \ndata: y\n\n");
}

#[test]
fn a_writer_does_nothing_when_it_is_dropped() {
    assert!(!core::mem::needs_drop::<sse_wire::DataWriter<'_, FmtSink<String>>>());
    let mut out = encoder(Style::new());
    out.data_writer().write_str("a\r").unwrap();
    assert_eq!(out.sink().get_ref(), "data: a\n");
    out.id("1").unwrap().dispatch().unwrap();
    assert_eq!(text(out), "data: a\ndata: \nid: 1\n\n");
}

#[test]
fn a_carriage_return_ends_its_line_at_once_and_swallows_a_later_line_feed() {
    for (pieces, expected) in [
        (&["a\r", "\nb"][..], "data: a\ndata: b\n\n"),
        (&["a\r", "", "\nb"], "data: a\ndata: b\n\n"),
        (&["a\r", "\n\nb"], "data: a\ndata: \ndata: b\n\n"),
        (&["a\r", "\n", "\nb"], "data: a\ndata: \ndata: b\n\n"),
        (&["a\r", "b"], "data: a\ndata: b\n\n"),
        (&["a\r", "\r"], "data: a\ndata: \ndata: \n\n"),
        (&["a\r"], "data: a\ndata: \n\n"),
        (&["\n"], "data: \ndata: \n\n"),
        (&["", ""], "data: \n\n"),
    ] {
        let mut out = encoder(Style::new());
        let mut writer = out.data_writer();
        for piece in pieces {
            writer.write_str(piece).unwrap();
        }
        out.dispatch().unwrap();
        assert_eq!(text(out), expected, "{pieces:?}");
    }
    let mut out = encoder(Style::new());
    out.data_writer().push("a\r").unwrap();
    assert_eq!(out.sink().get_ref(), "data: a\n");
}

#[test]
fn a_pending_carriage_return_is_forgotten_at_the_next_writer() {
    let mut out = encoder(Style::new());
    out.data_writer().push("a\r").unwrap();
    out.data_writer().push("\nb").unwrap();
    out.dispatch().unwrap();
    assert_eq!(text(out), "data: a\ndata: \ndata: \ndata: b\n\n");
}

#[test]
fn a_compact_writer_sees_the_first_byte_when_it_comes() {
    let mut out = encoder(Style::new().compact());
    out.data_writer().push("").unwrap().push(" ").unwrap().push("x\n").unwrap().push("y").unwrap();
    out.dispatch().unwrap();
    assert_eq!(text(out), "data:  x\ndata:y\n\n");
}

#[test]
fn a_writer_formats() {
    let mut out = encoder(Style::new());
    write!(out.data_writer(), "{}\n{:>3}", 1, 2).unwrap();
    out.dispatch().unwrap();
    assert_eq!(text(out), "data: 1\ndata:   2\n\n");
}

#[test]
fn a_failure_while_a_writer_starts_is_reported_by_its_first_write() {
    // Room for the open line, not for its end.
    let mut memory = [0; 7];
    let mut out = Encoder::new(SliceSink::new(&mut memory));
    out.data_writer().push("a").unwrap();
    let mut writer = out.data_writer();
    assert!(matches!(writer.push(""), Err(EncodeError::Sink(_))));
    assert!(matches!(writer.push(""), Err(EncodeError::Torn)));
    assert!(writer.write_str("").is_err());
    assert!(out.is_torn());
    assert!(matches!(out.data_writer().push("b"), Err(EncodeError::Torn)));
    assert_eq!(out.into_inner().into_written(), b"data: a");
}

#[test]
fn a_slice_that_is_full_says_how_much_was_missing() {
    let mut memory = [0; 8];
    let mut out = Encoder::new(SliceSink::new(&mut memory));
    let Err(EncodeError::Sink(error)) = out.data("xyz").map(drop) else {
        panic!("it does not fit");
    };
    assert_eq!((error.needed(), error.available()), (3, 2));
    assert_eq!((out.sink().len(), out.sink().remaining()), (6, 2));
}

#[test]
fn a_sink_is_never_given_nothing() {
    struct Strict(usize);
    impl sse_wire::Sink for Strict {
        type Error = core::convert::Infallible;
        fn write(&mut self, bytes: &[u8]) -> Result<(), Self::Error> {
            assert!(!bytes.is_empty());
            self.0 += bytes.len();
            Ok(())
        }
    }
    for style in [Style::new(), Style::new().compact()] {
        let mut out = Encoder::with_style(Strict(0), style);
        out.comment("").unwrap().event_type("").unwrap().id_lossy("\0\n").unwrap();
        out.data("\n\r").unwrap().data_writer().push("").unwrap();
        out.dispatch().unwrap();
        assert!(out.sink().0 > 0);
    }
}

#[test]
fn a_character_cut_by_two_pieces_is_whole_in_text() {
    let mut out = encoder(Style::new());
    for byte in "é€😀".bytes() {
        out.data_writer().push([byte]).unwrap();
    }
    assert!(out.sink().get_ref().contains('\u{FFFD}'), "each writer is a line of its own");
    let mut out = encoder(Style::new());
    let mut writer = out.data_writer();
    for byte in "é€😀".bytes() {
        writer.push([byte]).unwrap();
    }
    out.dispatch().unwrap();
    assert_eq!(text(out), "data: é€😀\n\n");
}

#[cfg(feature = "alloc")]
#[test]
fn bytes_pass_unchanged_but_for_line_ends() {
    let all: Vec<u8> = (0..=255).filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    let frame = Message::new(&all).to_vec();
    assert_eq!(frame, [b"data: ", &all[..], b"\n\n"].concat());
}

#[cfg(feature = "alloc")]
#[test]
fn segments_borrow_the_payload() {
    let data = String::from("first\nsecond");
    let message = Message::new(&data).id("1").unwrap().retry(Duration::from_millis(12));
    let pieces: Vec<&[u8]> = message.segments().collect();
    let range = data.as_bytes().as_ptr_range();
    let borrowed = pieces.iter().filter(|piece| range.contains(&piece.as_ptr())).count();
    assert_eq!(borrowed, 2);
    let mut segments = message.segments();
    assert_eq!(segments.by_ref().count(), pieces.len());
    assert_eq!(segments.next(), None);
}

#[test]
fn a_slice_knows_how_much_of_it_is_written() {
    let mut memory = [0; 16];
    let mut sink = sse_wire::SliceSink::new(&mut memory);
    assert!(sink.is_empty());
    Encoder::new(&mut sink).data("x").unwrap();
    assert!(!sink.is_empty());
    assert_eq!(sink.len(), 8);
}

#[cfg(feature = "bytes")]
#[test]
fn a_full_buf_mut_is_an_error() {
    let mut memory = [0; 8];
    let mut out = Encoder::new(sse_wire::BufMutSink::new(&mut memory[..]));
    assert!(matches!(out.data("xyz"), Err(EncodeError::Sink(_))));
    assert!(out.is_torn());
    // One byte more is enough.
    let mut memory = [0; 9];
    let mut out = Encoder::new(sse_wire::BufMutSink::new(&mut memory[..]));
    out.data("xy").unwrap();
    assert!(out.dispatch().is_err());
    assert_eq!(&memory, b"data: xy\n");
}

#[cfg(feature = "std")]
mod std_io {
    use std::error::Error as _;
    use std::io::{self, Write};

    use sse_wire::{EncodeError, Encoder, IoSink, Message, SliceSink};

    #[test]
    fn json_goes_straight_into_data_lines() {
        let value = serde_json::json!({ "text": "a\r\nb", "list": [1, null, "é"] });
        let mut stream = Vec::new();
        let mut out = Encoder::new(&mut stream);
        out.event_type("delta").unwrap().id("43").unwrap();
        serde_json::to_writer(out.data_writer(), &value).unwrap();
        out.dispatch().unwrap();
        serde_json::to_writer_pretty(out.data_writer(), &value["list"]).unwrap();
        out.dispatch().unwrap();
        let expected = "event: delta\nid: 43\n\
             data: {\"text\":\"a\\r\\nb\",\"list\":[1,null,\"é\"]}\n\n\
             data: [\ndata:   1,\ndata:   null,\ndata:   \"é\"\ndata: ]\n\n";
        assert_eq!(stream, expected.as_bytes());
    }

    #[test]
    fn a_writer_counts_every_byte_as_written() {
        let mut stream = Vec::new();
        let mut out = Encoder::new(&mut stream);
        let mut writer = out.data_writer();
        assert_eq!(Write::write(&mut writer, b"a\r").unwrap(), 2);
        assert_eq!(Write::write(&mut writer, b"\nb").unwrap(), 2);
        assert_eq!(Write::write(&mut writer, b"").unwrap(), 0);
        writer.flush().unwrap();
        assert_eq!(io::copy(&mut &b"c\nd"[..], &mut writer).unwrap(), 3);
        out.dispatch().unwrap();
        assert_eq!(stream, b"data: a\ndata: bc\ndata: d\n\n");
    }

    /// Fails with an error of its own.
    struct Closed;

    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::Error::from(io::ErrorKind::ConnectionReset))
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn io_errors_come_through_as_they_were() {
        let mut out = Encoder::new(IoSink::new(Closed));
        let error = out.data_writer().write_all(b"x").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
        let error = out.data_writer().write_all(b"x").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Other);
        assert!(error.to_string().contains("torn"));

        let mut out = Encoder::new(IoSink::new(Closed));
        let error = io::Error::from(out.data("x").map(drop).unwrap_err());
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
        let error = io::Error::from(out.data("x").map(drop).unwrap_err());
        assert_eq!(error.kind(), io::ErrorKind::Other);
        let mut out = Encoder::new(IoSink::new(Vec::new()));
        let error = io::Error::from(out.id("\n").map(drop).unwrap_err());
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }

    #[test]
    fn other_sinks_errors_are_inside_the_io_error() {
        let mut memory = [0; 3];
        let mut out = Encoder::new(SliceSink::new(&mut memory));
        let error = out.data_writer().write_all(b"x").unwrap_err();
        let inner = error.get_ref().unwrap();
        assert!(inner.is::<sse_wire::BufferTooSmall>(), "{inner}");
    }

    #[test]
    fn an_encode_error_has_the_sinks_error_as_its_source() {
        let mut out = Encoder::new(IoSink::new(Closed));
        let error = out.data("x").map(drop).unwrap_err();
        assert!(error.source().unwrap().is::<io::Error>());
        assert!(EncodeError::<io::Error>::Torn.source().is_none());
    }

    #[test]
    fn a_message_of_many_lines_is_written_whole() {
        let data = "line\n".repeat(100);
        let message = Message::new(&data).comment("c");
        let mut stream = Vec::new();
        message.write_to(&mut stream).unwrap();
        assert_eq!(stream, message.to_vec());
        let error = message.write_to(&mut Closed).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }
}
