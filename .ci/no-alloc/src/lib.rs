//! A program without std and without an allocator that decodes and encodes. To build it is the
//! test: rustc refuses to link the `alloc` crate where no global allocator is.
#![no_std]

use core::panic::PanicInfo;
use sse_wire::{Decoder, Encoder, Message, SliceSink};

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
    if encoder.comment("end").is_ok() {
        written += encoder.sink().len();
    }
    written
}

/// Keeps [`echo`] in the library.
#[no_mangle]
pub extern "C" fn round() -> usize {
    echo(b"data: x\n\n", &mut [0; 64], &mut [0; 64])
}
