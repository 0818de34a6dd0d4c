//! Over connections that break off anywhere, an `EventSource` sees each stream as the reference does
//! that starts from the last event ID, and waits as long as the server said.
#![no_main]

use core::time::Duration;
use sse_wire::{Action, EventSource, NetworkError};
use sse_wire_fuzz::reference::{decode, text, Settings};
use sse_wire_fuzz::Cut;

libfuzzer_sys::fuzz_target!(|case: (u8, Vec<Cut<'_>>)| {
    let (closed_after, connections) = case;
    let mut source = EventSource::new();
    let (mut id, mut time) = (Vec::new(), 3000);
    let mut left = usize::from(closed_after);
    for (number, cut) in connections.iter().take(8).enumerate() {
        assert_eq!(source.poll(), Action::Connect);
        let header = source.last_event_id_header().map(|id| id.to_string());
        assert!(header.is_none_or(|header| header == text(&id)));
        source.handle_response(200, "text/event-stream").unwrap();

        let expected = decode(cut.stream, &Settings { seed: id.clone(), ..Settings::default() });
        let mut found = Vec::new();
        for chunk in cut.chunks() {
            let mut events = source.handle_data(chunk).unwrap();
            while let Some(event) = events.next_event() {
                let event = event.unwrap().to_owned();
                found.push((event.event_type, event.data, event.last_event_id));
                left = left.saturating_sub(1);
                if left == 0 {
                    break;
                }
            }
            drop(events);
            if left == 0 {
                source.close();
                assert!(matches!(source.poll(), Action::Stop(_)));
                assert!(source.handle_data(cut.stream).unwrap().next_event().is_none());
                assert!(matches!(source.poll(), Action::Stop(_)));
                assert_eq!(found, sse_wire_fuzz::events(&expected)[..found.len()]);
                return;
            }
        }
        assert_eq!(found, sse_wire_fuzz::events(&expected));
        if number % 2 == 0 {
            source.handle_end().unwrap();
        } else {
            source.handle_error(NetworkError::Other).unwrap();
        }
        id = expected.last_event_id;
        time = expected.retry.unwrap_or(time);
        assert_eq!(source.poll(), Action::Wait(Duration::from_millis(time)));
        assert_eq!(source.last_event_id().as_bytes(), id);
        source.handle_timeout().unwrap();
    }
});
