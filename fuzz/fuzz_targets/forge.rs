//! Nothing can be forged: a value is refused with nothing written, or decodes to just that value.
#![no_main]

use core::time::Duration;
use sse_wire::Message;
use sse_wire_fuzz::fronts::RAW;
use sse_wire_fuzz::reference::{End, Settings};
use sse_wire_fuzz::{expected, Field, Written, IN_ID, IN_TYPE};

fn assert_decodes_to(fields: &[Field<'_>], stream: &[u8]) {
    let settings = Settings { comments: true, ..Settings::default() };
    let (_, decode) = RAW[0];
    let found = decode(&[stream], &settings);
    let items: Vec<_> = found.items.into_iter().map(|due| due.item).collect();
    assert_eq!(items, expected(fields, &mut Vec::new()), "{}", stream.escape_ascii());
    assert_eq!(found.end, End::Clean);
}

/// As a value: the last field of each kind, in the message's own order.
fn message(written: &Written<'_>) {
    let mut last = [None; 5];
    let mut message = Message::empty().style(written.style());
    for field in &written.fields {
        let (place, field) = match *field {
            Field::Comment(text) => {
                message = message.comment(text);
                (0, *field)
            }
            Field::EventType(value) => {
                assert_eq!(message.clone().event_type(value).is_err(), value.contains(IN_TYPE));
                message = message.event_type_lossy(value);
                (1, *field)
            }
            Field::Id(value) => {
                assert_eq!(message.clone().id(value).is_err(), value.contains(IN_ID));
                message = message.id_lossy(value);
                (2, *field)
            }
            Field::Retry(milliseconds) => {
                message = message.retry(Duration::from_millis(milliseconds));
                (3, *field)
            }
            Field::Data(value) | Field::Pieces(value, _) => {
                message = message.data(value);
                (4, Field::Data(value))
            }
        };
        last[place] = Some(field);
    }
    let stream = message.to_vec();
    assert_eq!(stream.len(), message.encoded_len());
    assert_decodes_to(&last.into_iter().flatten().collect::<Vec<_>>(), &stream);
}

libfuzzer_sys::fuzz_target!(|written: Written<'_>| {
    assert_decodes_to(&written.fields, &written.stream());
    message(&written);
});
