//! The encoder byte for byte: styles, order, writers, sinks, errors.

use core::fmt::Write as _;
use core::time::Duration;

use sse_wire::encoder::{
    DataLine, DataSplitter, EncodeError, FmtSink, InvalidField, Sink, SliceSink, Style, BLANK_LINE,
    KEEP_ALIVE,
};
use sse_wire::{Encoder, InvalidValue, Message};

type Out = Encoder<String>;

fn encoder(style: Style) -> Out {
    Encoder::with_style(String::new(), style)
}

fn text(out: Out) -> String {
    out.into_inner()
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
    let compact = message.clone().style(Style::new().compact()).to_string();
    assert_eq!(compact, ":  c\nevent:  e\nid:  i\ndata:  d\n\n");
    assert_eq!(message.to_string(), compact.replace(": ", ":  ").replace(":   ", ":  "));
}

#[test]
fn a_message_is_a_whole_block_whatever_is_set() {
    assert_eq!(Message::empty().to_string(), "");
    assert_eq!(Message::empty().comment("").to_string(), ": \n\n");
    assert_eq!(Message::empty().comment("a\nb").to_string(), ": a\n: b\n\n");
    assert_eq!(Message::empty().id("").unwrap().to_string(), "id: \n\n");
    assert_eq!(Message::empty().event_type("").unwrap().to_string(), "event: \n\n");
    assert_eq!(Message::empty().retry(Duration::ZERO).to_string(), "retry: 0\n\n");
    assert_eq!(Message::empty().data("").to_string(), "data: \n\n");
    assert_eq!(Message::default(), Message::empty());
}

#[test]
fn retry_is_whole_milliseconds_of_any_number() {
    let mut out = encoder(Style::new());
    out.retry(Duration::from_micros(1999)).retry(Duration::MAX);
    assert_eq!(text(out), "retry: 1\nretry: 18446744073709551615999\n");
}

#[test]
fn a_keep_alive_is_an_empty_comment_and_the_blank_line() {
    let mut out = encoder(Style::new().compact());
    assert_eq!(out.comment("").dispatch().sink().as_bytes(), KEEP_ALIVE);
    assert!(KEEP_ALIVE.ends_with(BLANK_LINE));
    assert_eq!(encoder(Style::new()).dispatch().sink().as_bytes(), BLANK_LINE);
}

#[test]
fn values_may_be_borrowed_or_owned_and_set_in_any_order() {
    fn made(text: &str) -> Message<'static> {
        let (data, id) = (text.to_uppercase(), text.len().to_string());
        Message::empty().comment(String::from("c")).data(data).id(id).unwrap()
    }
    let borrowed = Message::empty().id("1").unwrap().comment("c").data("X");
    assert_eq!(made("x"), borrowed);
    assert_eq!(made("x").to_string(), ": c\nid: 1\ndata: X\n\n");
    assert_eq!(borrowed.clone().into_owned(), borrowed);
    let of_bytes = Message::new(vec![b'X']).comment("c").id(String::from("1")).unwrap();
    assert_eq!(of_bytes, borrowed);
    // The last value set counts.
    assert_eq!(Message::new("a").data("b"), Message::new("b"));
    // Checked before anything is written.
    assert!(Message::new("x").event_type(String::from("a\n")).is_err());
}

#[test]
fn a_comment_of_one_line_is_checked() {
    let error = Message::empty().comment_line("secret\r").unwrap_err();
    assert_eq!((error.field(), error.offset()), (InvalidField::Comment, 6));
    assert_eq!(error.to_string(), "comment holds CR at offset 6");
    let ping = Message::empty().comment_line("ping\0").unwrap();
    assert_eq!(ping.to_string(), ": ping\0\n\n");
    let mut out = encoder(Style::new());
    out.continue_data("x");
    assert!(out.comment_line("a\nb").is_err());
    assert_eq!(out.sink(), "data: x", "refused before the line is ended");
    out.comment_line("ping").unwrap();
    assert_eq!(text(out), "data: x\n: ping\n");
}

/// A writer that waits has an order of its own, too: each field alone is the lines that the encoder writes.
#[test]
fn a_field_alone_is_the_head_of_a_message() {
    for style in [Style::new(), Style::new().compact()] {
        let mut out = Encoder::with_style(Vec::new(), style);
        out.data(" d\n").id_lossy(" i\0").comment("c\nc").retry(Duration::from_secs(1));
        out.event_type_lossy("").comment("").dispatch();

        let mut splitter = DataSplitter::new(style);
        let mut written: Vec<u8> = splitter.split(" d\n").flatten().copied().collect();
        written.extend(splitter.end());
        let none = Message::empty().style(style);
        for field in [
            none.clone().id_lossy(" i\0"),
            none.clone().comment("c\nc"),
            none.clone().retry(Duration::from_secs(1)),
            none.clone().event_type_lossy(""),
            none.comment(""),
        ] {
            written.extend(field.head_segments().flatten());
        }
        written.extend(BLANK_LINE);
        assert_eq!(written.escape_ascii().to_string(), out.sink().escape_ascii().to_string());
    }
}

/// A comment goes out in the bytes that it has, like data, from every call and through every output.
#[test]
fn a_comment_is_text_or_bytes() {
    let expected = b": caf\xE9\n: \xFF\n\n";
    let bytes = b"caf\xE9\r\n\xFF";
    let line = DataLine::new("known").unwrap();
    let mut out = Encoder::new(Vec::new());
    out.comment(bytes).dispatch();
    assert_eq!(out.sink(), expected);
    out.sink_mut().clear();
    assert_eq!(out.comment_line(b"\xFF\r").unwrap_err().offset(), 1);
    out.comment(line).comment_line(b"\xFF".to_vec()).unwrap();
    assert_eq!(out.sink(), b": known\n: \xFF\n");
    for message in [Message::empty().comment(bytes), Message::empty().comment(bytes.to_vec())] {
        assert_eq!(message.to_vec(), expected);
        assert_eq!(message.encoded_len(), expected.len());
        assert_eq!(message.segments().collect::<Vec<_>>().concat(), expected);
        assert_eq!(message.into_owned(), Message::empty().comment(&bytes[..]));
    }
    assert_eq!(Message::empty().comment(line), Message::empty().comment_line("known").unwrap());
}

#[test]
fn line_ends_of_values_are_kept_where_asked_for() {
    let kept = Style::new().keep_line_ends();
    let message = Message::new("a\rb\r\nc\nd\r").comment("x\ry").style(kept);
    let expected = ": x\r: y\ndata: a\rdata: b\r\ndata: c\ndata: d\rdata: \n\n";
    assert_eq!(message.to_string(), expected);
    // A CRLF that two pieces cut is whole on the wire; a CR at the end of a value is no end of the block.
    let mut out = encoder(kept);
    out.continue_data("a\r").continue_data("\nb\r").dispatch();
    assert_eq!(text(out), "data: a\r\ndata: b\rdata: \n\n");
}

#[test]
fn a_host_owns_its_encoder_and_goes_on_in_an_open_line() {
    struct Host {
        out: Encoder<String>,
    }
    let mut host = Host { out: encoder(Style::new()) };
    host.out.continue_data("").end_data();
    assert_eq!(host.out.sink(), "", "empty pieces make no line");
    host.out.continue_data("moon ").continue_data("").continue_data("star\nsun");
    host.out.continue_data(b"set").end_data().end_data().continue_data("more");
    host.out.id("1").unwrap().dispatch();
    assert_eq!(text(host.out), "data: moon star\ndata: sunset\ndata: more\nid: 1\n\n");
}

#[test]
fn equal_messages_have_equal_hashes() {
    let line = DataLine::new("a").unwrap();
    let mut seen = std::collections::HashSet::from([Message::new("a")]);
    assert!(!seen.insert(Message::new(line)));
    assert!(!seen.insert(Message::new(b"a")));
    assert!(seen.insert(Message::new("b")));
    let hash = |data| core::hash::BuildHasher::hash_one(seen.hasher(), Message::new(data));
    assert_ne!(hash("a"), hash("b"));
    assert_ne!(Message::new("a"), Message::new("b"));
}

#[test]
fn a_compact_line_has_a_space_only_where_the_value_begins_with_one() {
    let mut out = encoder(Style::new().compact());
    out.data("\nx\n y").event_type_lossy("").id_lossy("");
    assert_eq!(text(out), "data:\ndata:x\ndata:  y\nevent:\nid:\n");
}

#[test]
fn fields_go_out_in_the_callers_order() {
    let mut out = encoder(Style::new());
    out.data("x").comment("c").event_type("t").unwrap();
    out.data("y").id("1").unwrap().dispatch();
    assert_eq!(text(out), "data: x\n: c\nevent: t\ndata: y\nid: 1\n\n");
}

#[test]
fn a_refused_value_leaves_the_open_line_open() {
    let mut out = encoder(Style::new());
    out.data_writer().write_str("a").unwrap();
    assert!(out.event_type("\n").is_err());
    assert!(out.id("\0").is_err());
    assert_eq!(out.sink(), "data: a");
    out.dispatch();
    assert_eq!(text(out), "data: a\n\n");
}

#[test]
fn where_everything_is_refused_nothing_is_written() {
    fn refuse(out: &mut Out, at: usize) -> Result<&mut Out, InvalidValue> {
        match at {
            0 => out.event_type("a\n"),
            1 => out.id("\0"),
            _ => out.comment_line("a\rb"),
        }
    }
    let mut out = encoder(Style::new());
    for at in [0, 1, 2, 2, 1, 0] {
        assert!(refuse(&mut out, at).is_err());
        assert_eq!(out.sink(), "");
    }
    out.data("x").dispatch();
    for at in 0..3 {
        assert!(refuse(&mut out, at).is_err());
    }
    out.data("y").dispatch();
    assert_eq!(text(out), "data: x\n\ndata: y\n\n");

    let message = Message::empty();
    assert!(message.clone().event_type("a\n").is_err());
    assert!(message.clone().id("\0").is_err());
    assert!(message.clone().comment_line("a\rb").is_err());
    assert_eq!((message.encoded_len(), message.segments().next()), (0, None));
    assert_eq!(message.to_string(), "");
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
    out.data("y").dispatch();
    assert_eq!(text(out), "data: \ndata: \ndata: x\ndata: \ndata: y\n\n");
}

#[test]
fn a_writer_does_nothing_when_it_is_dropped() {
    assert!(!core::mem::needs_drop::<sse_wire::encoder::DataWriter<'_, String>>());
    let mut out = encoder(Style::new());
    out.data_writer().write_str("a\r").unwrap();
    assert_eq!(out.sink(), "data: a\n");
    out.id("1").unwrap().dispatch();
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
        out.dispatch();
        assert_eq!(text(out), expected, "{pieces:?}");
    }
    let mut out = encoder(Style::new());
    out.continue_data("a\r");
    assert_eq!(out.sink(), "data: a\n");
}

#[test]
fn a_pending_carriage_return_is_forgotten_at_the_next_writer() {
    let mut out = encoder(Style::new());
    out.data_writer().write_str("a\r").unwrap();
    out.data_writer().write_str("\nb").unwrap();
    out.dispatch();
    assert_eq!(text(out), "data: a\ndata: \ndata: \ndata: b\n\n");
}

#[test]
fn a_compact_writer_sees_the_first_byte_when_it_comes() {
    let mut out = encoder(Style::new().compact());
    out.continue_data("").continue_data(" ").continue_data("x\n").continue_data("y");
    out.dispatch();
    assert_eq!(text(out), "data:  x\ndata:y\n\n");
}

#[test]
fn a_writer_formats() {
    let mut out = encoder(Style::new());
    write!(out.data_writer(), "{}\n{:>3}", 1, 2).unwrap();
    out.dispatch();
    assert_eq!(text(out), "data: 1\ndata:   2\n\n");
}

#[test]
fn a_failure_of_the_sink_is_told_once_and_nothing_more_is_written() {
    // Room for the open line, not for its end.
    let mut memory = [0; 7];
    let mut out = Encoder::new(SliceSink::new(&mut memory));
    out.continue_data("a");
    assert!(!out.is_torn());
    let mut writer = out.data_writer();
    assert!(writer.write_str("").is_err());
    assert!(out.is_torn());
    assert!(out.event_type("x").unwrap().data("b").continue_data("c").end_data().is_torn());
    assert!(out.event_type("\n").is_err(), "a bad value is told as before");
    assert!(matches!(out.try_dispatch(), Err(EncodeError::Sink(_))));
    assert!(matches!(out.try_dispatch(), Err(EncodeError::Torn)));
    assert_eq!(out.into_inner().into_written(), b"data: a");
}

#[test]
fn a_slice_that_is_full_says_how_much_was_missing() {
    let mut memory = [0; 8];
    let mut out = Encoder::new(SliceSink::new(&mut memory));
    let Err(EncodeError::Sink(error)) = out.data("xyz").try_dispatch().map(drop) else {
        panic!("it does not fit");
    };
    assert_eq!((error.needed(), error.available()), (3, 2));
    assert_eq!((out.sink().len(), out.sink().remaining()), (6, 2));
}

#[test]
fn a_sink_is_never_given_nothing() {
    struct Strict(usize);
    impl Sink for Strict {
        type Error = core::convert::Infallible;
        fn write(&mut self, bytes: &[u8]) -> Result<(), Self::Error> {
            assert!(!bytes.is_empty());
            self.0 += bytes.len();
            Ok(())
        }
    }
    for style in [Style::new(), Style::new().compact()] {
        let mut out = Encoder::with_style(Strict(0), style);
        out.comment("").event_type("").unwrap().id_lossy("\0\n").data("\n\r").data_writer();
        out.continue_data("");
        out.dispatch();
        assert!(out.sink().0 > 0);
    }
}

#[test]
fn a_character_cut_by_two_pieces_is_whole_in_text() {
    let mut out = Encoder::new(FmtSink::new(String::new()));
    for byte in "é€😀".bytes() {
        out.continue_data(&[byte]);
    }
    out.try_dispatch().unwrap();
    assert_eq!(out.sink().get_ref(), "data: é€😀\n\n");
    // Text behind a part of a character does not complete it.
    out.continue_data(b"\xC3").continue_data("\u{A9}").try_dispatch().unwrap();
    assert!(out.into_inner().into_inner().ends_with("data: \u{FFFD}\u{A9}\n\n"));
}

#[test]
fn a_string_takes_text_as_it_is_and_replaces_what_is_none() {
    let mut out = encoder(Style::new());
    out.data("é").data(b"caf\xC3\xA9 \xFF").dispatch();
    assert_eq!(text(out), "data: é\ndata: café \u{FFFD}\n\n");
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
    let mut sink = SliceSink::new(&mut memory);
    assert!(sink.is_empty());
    Encoder::new(&mut sink).data("x");
    assert!(!sink.is_empty());
    assert_eq!(sink.len(), 8);
}

#[cfg(feature = "bytes")]
#[test]
fn bytes_mut_is_a_sink() {
    let mut out = Encoder::new(bytes::BytesMut::new());
    out.data("x").dispatch();
    assert_eq!(out.into_inner().freeze(), "data: x\n\n");
}

#[cfg(feature = "std")]
mod std_io {
    use std::error::Error as _;
    use std::io::{self, Write};

    use sse_wire::encoder::{BufferTooSmall, EncodeError, IoSink, SliceSink};
    use sse_wire::{Encoder, Message};

    #[test]
    fn json_goes_straight_into_data_lines() {
        let value = serde_json::json!({ "text": "a\r\nb", "list": [1, null, "é"] });
        let mut stream = Vec::new();
        let mut out = Encoder::new(&mut stream);
        out.event_type("delta").unwrap().id("43").unwrap();
        serde_json::to_writer(out.data_writer(), &value).unwrap();
        out.dispatch();
        serde_json::to_writer_pretty(out.data_writer(), &value["list"]).unwrap();
        out.dispatch();
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
        out.dispatch();
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
        let error = io::Error::from(out.data("x").try_dispatch().map(drop).unwrap_err());
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
        let error = io::Error::from(out.data("x").try_dispatch().map(drop).unwrap_err());
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
        assert!(inner.is::<BufferTooSmall>(), "{inner}");
    }

    #[test]
    fn an_encode_error_has_the_sinks_error_as_its_source() {
        let mut out = Encoder::new(IoSink::new(Closed));
        let error = out.data("x").try_dispatch().map(drop).unwrap_err();
        assert_eq!(error.to_string(), "the sink failed");
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
