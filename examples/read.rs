//! Events of a file, or of what is piped in, as a blocking reader gives them:
//! `cargo run --example read -- tests/corpus/chat_chunks.sse`

use std::fs::File;
use std::io::{self, Read, Write};

use sse_wire::decoder::End;
use sse_wire::encoder::IoSink;
use sse_wire::{Encoder, EventReader};

fn main() -> io::Result<()> {
    let source: Box<dyn Read> = match std::env::args_os().nth(1) {
        Some(path) => Box::new(File::open(path)?),
        None => Box::new(io::stdin()),
    };
    let mut reader = EventReader::new(source);
    // Written again as a stream, each event as soon as it is there.
    let mut out = Encoder::new(IoSink::new(io::stdout().lock()));
    while let Some(events) = reader.next_chunk()? {
        while let Some(event) = events.next_event() {
            match event {
                Ok(event) => write_event(&mut out, &event)?,
                Err(dropped) => eprintln!("{dropped}"),
            }
        }
        out.sink_mut().get_mut().flush()?;
    }
    if let Some(End::Partial(partial)) = reader.end() {
        eprintln!("cut off: {} bytes of an event", partial.bytes());
    }
    Ok(())
}

fn write_event(
    out: &mut Encoder<IoSink<impl Write>>,
    event: &sse_wire::Event<'_>,
) -> io::Result<()> {
    if let Some(id) = event.id() {
        out.id(id)?;
    }
    out.event_type(event.event_type())?.data(event.data()).try_dispatch()?;
    Ok(())
}
