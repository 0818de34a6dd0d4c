//! Every rule of the format has a test named after it: its vectors go through every front
//! however they are cut, and each item is seen as soon as its last byte has come.

#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used)]

use crate::support::{fronts, reference, vectors};
use fronts::Front;
use reference::{decode, Outcome, Settings};
use vectors::{vectors, Vector};

fn settings(vector: &Vector) -> Settings {
    let seed = vector.seed.clone().into_bytes();
    Settings { comments: true, seed, ..Settings::default() }
}

/// Every front, with whether it shows text.
fn all_fronts() -> Vec<(&'static str, Front, bool)> {
    #[cfg_attr(not(feature = "bytes"), allow(unused_mut))]
    let mut sets = vec![(fronts::RAW, false), (fronts::EVENTS, false), (fronts::TEXT, true)];
    #[cfg(feature = "bytes")]
    sets.extend([(fronts::BYTES, false), (fronts::BYTES_TEXT, true)]);
    let each = |(set, text): (&'static [(&'static str, Front)], bool)| {
        set.iter().map(move |(name, front)| (*name, *front, text))
    };
    sets.into_iter().flat_map(each).collect()
}

/// What a client sees is what the vector says, which was written by hand.
fn assert_expected(found: &Outcome, vector: &Vector, shows_text: bool, what: &str) {
    let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let events: Vec<_> = found
        .events()
        .map(|event| (shown(&event.event_type), shown(&event.data), shown(&event.last_event_id)))
        .collect();
    assert_eq!(events, vector.events, "{what}");
    assert_eq!(found.retry, vector.retry, "{what}");
    assert_eq!(shown(&found.last_event_id), vector.last_event_id, "{what}");
    if shows_text {
        // Replaced by the front, not by `shown`.
        for event in found.events() {
            for value in [&event.event_type, &event.data, &event.last_event_id] {
                assert!(core::str::from_utf8(value).is_ok(), "{what}");
            }
        }
    }
}

/// The vectors of a rule through every front: whole, byte by byte, split in two everywhere.
fn rule(number: u8) {
    let vectors: Vec<_> = vectors().iter().filter(|vector| vector.rule == number).collect();
    assert!(!vectors.is_empty());
    for vector in vectors {
        let input = &vector.input[..];
        let mut cuts = vec![vec![input], vector.pieces(), input.chunks(1).collect()];
        cuts.extend((0..=input.len()).map(|at| vec![&input[..at], &input[at..]]));
        // Empty chunks change nothing.
        cuts.push(input.chunks(1).flat_map(|byte| [b"", byte, b""]).collect());
        for (name, front, shows_text) in all_fronts() {
            for chunks in &cuts {
                let found = front(chunks, &settings(vector));
                let what = || format!("{}, front {name}, {chunks:?}", vector.name);
                assert_expected(&found, vector, shows_text, &what());
            }
            at_once(vector, name, front, shows_text);
        }
    }
}

/// The items seen after the first bytes of a stream are those of these bytes: none is held back
/// until more has come.
fn at_once(vector: &Vector, name: &str, front: Front, shows_text: bool) {
    let whole = decode(&vector.input, &settings(vector));
    let whole = if shows_text { fronts::as_text(whole) } else { whole };
    for at in 0..=vector.input.len() {
        let found = front(&[&vector.input[..at]], &settings(vector));
        let seen: Vec<_> = found.items.iter().map(|due| &due.item).collect();
        let due: Vec<_> = whole.due_after(at).collect();
        assert_eq!(seen, due, "{}, front {name}, after {at} bytes", vector.name);
    }
}

macro_rules! rules {
    ($($name:ident $number:literal,)*) => {
        $(
            #[test]
            fn $name() {
                rule($number);
            }
        )*

        const RULES: &[(&str, u8)] = &[$((stringify!($name), $number)),*];
    };
}

rules! {
    d1_always_utf8 1,
    d2_exactly_one_leading_mark_is_dropped 2,
    d3_a_mark_is_dropped_at_offset_0_of_the_stream_only 3,
    d4_a_partial_mark_is_malformed 4,
    d5_each_maximal_subpart_becomes_one_replacement_character 5,
    d6_the_byte_that_breaks_a_sequence_is_looked_at_again 6,
    d7_no_other_encoding_is_sniffed 7,
    d8_chunk_borders_never_matter 8,
    d9_a_mark_at_the_start_of_a_value_stays 9,
    l1_lf_cr_and_crlf_each_end_a_line 10,
    l3_cr_and_lf_in_two_chunks_are_one_end 11,
    l4_line_ends_mix_freely 12,
    l5_lf_cr_are_two_ends 13,
    l6_nothing_else_ends_a_line 14,
    l9_only_a_line_of_no_length_is_blank 15,
    l7_a_cr_ends_its_line_at_once 16,
    l8_a_short_first_chunk_does_not_stall 17,
    f1_a_line_that_starts_with_a_colon_is_a_comment 18,
    f2_the_first_colon_splits 19,
    f3_one_space_after_the_colon_is_removed 20,
    f4_without_a_colon_the_line_is_the_name 21,
    f5_names_are_exact 22,
    f6_unknown_names_disturb_nothing 23,
    f7_nul_is_a_character_of_a_name 24,
    a1_data_appends 25,
    a2_dispatch_removes_one_lf 26,
    a3_one_lf_is_not_empty 27,
    a4_no_data_is_no_event 28,
    a5_controls_are_data 29,
    e1_the_last_type_wins 30,
    e2_an_empty_type_is_message 31,
    e3_a_blank_line_clears_the_type 32,
    e5_a_type_has_any_characters 33,
    i1_an_id_persists 34,
    i3_an_empty_id_resets 35,
    i4_an_id_with_nul_is_ignored 36,
    i5_a_blank_line_commits_the_id_without_data 37,
    i6_before_the_blank_line_an_id_is_pending 38,
    i7_the_last_valid_id_wins 39,
    i9_an_id_is_not_trimmed 40,
    r1_a_reconnection_time_is_ascii_digits 41,
    r2_a_reconnection_time_takes_effect_at_its_line 42,
    r4_anything_else_is_ignored 43,
    r5_other_digits_are_no_digits 44,
    r6_an_empty_reconnection_time_is_ignored 45,
    r7_a_reconnection_time_saturates 46,
    r8_the_last_valid_reconnection_time_wins 47,
    z1_without_a_final_blank_line_the_event_is_dropped 48,
    z2_an_unterminated_line_is_dropped 49,
    z3_a_cr_at_the_end_is_a_line_end 50,
    z5_nothing_is_no_error 51,
    c13_a_stream_starts_from_the_last_event_id 65,
}

#[test]
fn the_list_covers_every_rule_and_every_vector() {
    let numbers: Vec<u8> = RULES.iter().map(|(_, number)| *number).collect();
    assert_eq!(numbers, (1..=51).chain([65]).collect::<Vec<u8>>());
    assert!(vectors().iter().all(|vector| numbers.contains(&vector.rule)));
}
