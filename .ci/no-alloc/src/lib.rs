//! A program without std and without an allocator that decodes and encodes. To build it is the
//! test: rustc refuses to link the `alloc` crate where no global allocator is.
#![no_std]

use core::mem::size_of;
use core::panic::PanicInfo;
use sse_wire::encoder::SliceSink;
use sse_wire::fields::Fields;
use sse_wire::framer::FrameItem;
use sse_wire::headers::MIME_TYPE;
use sse_wire::source::OutOfTurn;
use sse_wire::{Decoder, Encoder, EventSource, Framer, Message};

// What the cookbook says of their sizes.
const _: () = {
    assert!(size_of::<Decoder<[u8; 0]>>() <= 600);
    assert!(size_of::<Framer<[u8; 0]>>() <= 470);
    assert!(size_of::<Encoder<SliceSink<'_>>>() <= 60);
    assert!(size_of::<Fields>() <= 24);
};

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}

/// Decodes what comes and answers each event; gives the number of bytes written.
pub fn echo(input: &[u8], memory: &mut [u8], output: &mut [u8]) -> usize {
    let mut decoder = Decoder::with_buffer(memory);
    let mut events = decoder.feed(input);
    let mut written = 0;
    while let Some(Ok(event)) = events.next_event() {
        let message = Message::new(event.data()).event_type_lossy(event.event_type());
        match message.encode_to_slice(&mut output[written..]) {
            Ok(len) => written += len,
            Err(_) => break,
        }
    }
    let mut encoder = Encoder::new(SliceSink::new(&mut output[written..]));
    if encoder.comment("end").try_dispatch().is_ok() {
        written += encoder.sink().len();
    }
    written
}

/// Takes a connection's body and gives the length of the header that the next one begins with.
pub fn connection(body: &[u8], memory: &mut [u8]) -> Result<usize, OutOfTurn> {
    let mut source = EventSource::with_decoder(Decoder::with_buffer(memory));
    source.handle_response(200, MIME_TYPE)?;
    let mut events = source.handle_data(body)?;
    while events.next_raw().is_some() {}
    drop(events);
    source.handle_end()?;
    let header = source.last_event_id_header();
    Ok(header.map_or(0, |id| id.pieces().map(<[u8]>::len).sum()))
}

/// Passes a stream on with its ids taken out; gives the number of bytes written.
pub fn anonymous(input: &[u8], memory: &mut [u8], output: &mut [u8]) -> usize {
    let mut framer = Framer::with_buffer(memory);
    let mut frames = framer.feed(input);
    let mut sink = SliceSink::new(output);
    while let Some(FrameItem::Frame(frame)) = frames.next_item() {
        if frame.edit().remove_id().encode_to(&mut sink).is_err() {
            break;
        }
    }
    sink.len()
}

/// Keeps [`echo`], [`connection`] and [`anonymous`] in the library.
#[no_mangle]
pub extern "C" fn round() -> usize {
    let written = echo(b"data: x\n\n", &mut [0; 64], &mut [0; 64])
        + anonymous(b"id: 1\ndata: x\n\n", &mut [0; 64], &mut [0; 64]);
    written + connection(b"id: 1\ndata: x\n\n", &mut [0; 64]).unwrap_or(0)
}
