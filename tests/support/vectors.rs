//! The vector table: for each rule of the format an input that shows it and what a client sees.
//! Everything expected was written by hand from the rules; nothing here is computed.

// Every user of this file uses a part of it.
#![allow(dead_code, unreachable_pub)]

/// An expected event: type, data, last event ID, as text.
pub type Expected = (&'static str, &'static str, &'static str);

/// An input and what a client sees of it when the stream ends behind it.
#[derive(Debug, Clone, Copy)]
pub struct Vector {
    /// Begins with the group of its rule: D decoding, L lines, F fields, A data, E event, I id,
    /// R retry, Z end of stream.
    pub name: &'static str,
    /// Number of the rule, 1 to 51.
    pub rule: u8,
    pub input: &'static [u8],
    pub events: &'static [Expected],
    /// The reconnection time that was set last, in milliseconds.
    pub retry: Option<u64>,
    /// The last event ID string at the end.
    pub last_event_id: &'static str,
}

const fn v(
    name: &'static str,
    rule: u8,
    input: &'static [u8],
    events: &'static [Expected],
) -> Vector {
    Vector { name, rule, input, events, retry: None, last_event_id: "" }
}

impl Vector {
    const fn retry(mut self, time: u64) -> Self {
        self.retry = Some(time);
        self
    }

    const fn id(mut self, last_event_id: &'static str) -> Self {
        self.last_event_id = last_event_id;
        self
    }
}

/// The type of an event that named none.
const M: &str = "message";

/// All vectors, by rule.
#[rustfmt::skip]
pub const VECTORS: &[Vector] = &[
    // 1. Always UTF-8.
    v("d1_latin1_is_malformed", 1, b"data:caf\xE9\n\n", &[(M, "caf\u{FFFD}", "")]),
    v("d1_utf8_is_text", 1, b"data:caf\xC3\xA9\n\n", &[(M, "café", "")]),
    v("d1_no_normalisation", 1, b"data:e\xCC\x81\xC3\xA9\n\n", &[(M, "e\u{301}\u{E9}", "")]),
    // 2. One leading mark is dropped.
    v("d2_one_mark_is_dropped", 2, b"\xEF\xBB\xBFdata:1\n\n", &[(M, "1", "")]),
    v("d2_second_mark_glues_to_the_name", 2, b"\xEF\xBB\xBF\xEF\xBB\xBFdata:1\n\ndata:2\n\n", &[(M, "2", "")]),
    v("d2_mark_before_comment", 2, b"\xEF\xBB\xBF:c\ndata:1\n\n", &[(M, "1", "")]),
    v("d2_mark_before_lf", 2, b"\xEF\xBB\xBF\ndata:1\n\n", &[(M, "1", "")]),
    v("d2_mark_before_cr", 2, b"\xEF\xBB\xBF\rdata:1\r\r", &[(M, "1", "")]),
    v("d2_mark_before_crlf", 2, b"\xEF\xBB\xBF\r\ndata:1\r\n\r\n", &[(M, "1", "")]),
    // 3. At offset 0 of the stream only.
    v("d3_later_mark_stays", 3, b"data:1\n\n\xEF\xBB\xBFdata:2\n\n", &[(M, "1", "")]),
    v("d3_mark_after_lf_stays", 3, b"\n\xEF\xBB\xBFdata:1\n\n", &[]),
    v("d3_mark_after_cr_stays", 3, b"\r\xEF\xBB\xBFdata:1\r\r", &[]),
    v("d3_mark_after_comment_stays", 3, b":\n\xEF\xBB\xBFdata:1\n\ndata:2\n\n", &[(M, "2", "")]),
    // 4. A partial mark is malformed.
    v("d4_two_bytes_of_a_mark", 4, b"\xEF\xBBdata:x\n\n", &[]),
    v("d4_one_byte_of_a_mark", 4, b"\xEFdata:x\n\n", &[]),
    v("d4_broken_mark_then_block", 4, b"\xEF\xBBdata:x\n\ndata:y\n\n", &[(M, "y", "")]),
    v("d4_broken_mark_in_the_block", 4, b"\xEF\xBB\ndata:y\n\n", &[(M, "y", "")]),
    v("d4_broken_mark_then_mark", 4, b"\xEF\xEF\xBB\xBFdata:x\n\n", &[]),
    v("d4_wrong_third_byte", 4, b"\xEF\xBB\xBEdata:x\n\ndata:y\n\n", &[(M, "y", "")]),
    v("d4_only_one_byte", 4, b"\xEF", &[]),
    v("d4_only_two_bytes", 4, b"\xEF\xBB", &[]),
    // 5. One U+FFFD for each maximal subpart.
    v("d5_lone_continuation", 5, b"data:\x80\n\n", &[(M, "\u{FFFD}", "")]),
    v("d5_overlong_two", 5, b"data:\xC0\x80\n\n", &[(M, "\u{FFFD}\u{FFFD}", "")]),
    v("d5_overlong_three", 5, b"data:\xE0\x80\x80\n\n", &[(M, "\u{FFFD}\u{FFFD}\u{FFFD}", "")]),
    v("d5_surrogate", 5, b"data:\xED\xA0\x80\n\n", &[(M, "\u{FFFD}\u{FFFD}\u{FFFD}", "")]),
    v("d5_overlong_four", 5, b"data:\xF0\x80\x80\x80\n\n", &[(M, "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}", "")]),
    v("d5_beyond_unicode", 5, b"data:\xF4\x90\x80\x80\n\n", &[(M, "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}", "")]),
    v("d5_never_a_lead", 5, b"data:\xF5\x80\x80\x80\n\n", &[(M, "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}", "")]),
    v("d5_never_a_byte", 5, b"data:\xFE\xFF\n\n", &[(M, "\u{FFFD}\u{FFFD}", "")]),
    v("d5_truncated_two", 5, b"data:\xC2\n\n", &[(M, "\u{FFFD}", "")]),
    v("d5_truncated_three", 5, b"data:\xE2\x82\n\n", &[(M, "\u{FFFD}", "")]),
    v("d5_truncated_four", 5, b"data:\xF0\x9F\x98\n\n", &[(M, "\u{FFFD}", "")]),
    v("d5_does_not_end_the_stream", 5, b"data:\xFF\n\ndata:x\n\n", &[(M, "\u{FFFD}", ""), (M, "x", "")]),
    v("d5_in_type_and_id", 5, b"event:\xFFt\nid:\xE2\x82\ndata:x\n\n", &[("\u{FFFD}t", "x", "\u{FFFD}")]).id("\u{FFFD}"),
    v("d5_in_an_unknown_name", 5, b"\xFFdata:x\ndata:y\n\n", &[(M, "y", "")]),
    // 6. The byte that breaks a sequence is looked at again.
    v("d6_lf_survives", 6, b"data:\xE2\x82\n\n", &[(M, "\u{FFFD}", "")]),
    v("d6_cr_survives", 6, b"data:\xF0\x9F\r\r", &[(M, "\u{FFFD}", "")]),
    v("d6_space_survives", 6, b"data:\xC2 x\n\n", &[(M, "\u{FFFD} x", "")]),
    v("d6_letter_survives", 6, b"data:\xF0\x9FA\n\n", &[(M, "\u{FFFD}A", "")]),
    v("d6_lead_survives", 6, b"data:\xE2\x82\xC3\xA9\n\n", &[(M, "\u{FFFD}é", "")]),
    v("d6_colon_survives", 6, b"da\xE2\x82:x\ndata:y\n\n", &[(M, "y", "")]),
    v("d6_not_mended_over_lines", 6, b"data:\xE2\x82\ndata:\xAC\n\n", &[(M, "\u{FFFD}\n\u{FFFD}", "")]),
    // 7. No other encoding is sniffed.
    v("d7_utf16_le_mark", 7, b"\xFF\xFEdata:x\n\n", &[]),
    v("d7_utf16_be_mark", 7, b"\xFE\xFFdata:x\n\ndata:y\n\n", &[(M, "y", "")]),
    v("d7_utf16_le_text", 7, b"\xFF\xFEd\0a\0t\0a\0:\0x\0\n\0\n\0", &[]),
    v("d7_utf7", 7, b"+AGQ-ata:x\n\ndata:+AGQ-\n\n", &[(M, "+AGQ-", "")]),
    // 8. Chunk borders never matter.
    v("d8_code_points_of_every_length", 8, b"data: a\xC3\xA9\xE2\x82\xAC\xF0\x9F\xA6\x8A\n\n", &[(M, "aé€🦊", "")]),
    v("d8_joined_emoji", 8, b"event: \xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB\ndata: \xE6\x97\xA5\xE6\x9C\xAC\n\n", &[("👩\u{200D}💻", "日本", "")]),
    v("d8_malformed_between_good", 8, b"data: \xE6\x97\xA5\xF0\x9F\xE6\x9C\xAC\n\n", &[(M, "日\u{FFFD}本", "")]),
    // 9. A mark at the start of a value stays; decoding value by value is exact.
    v("d9_mark_in_value", 9, b"data:\xEF\xBB\xBFx\n\n", &[(M, "\u{FEFF}x", "")]),
    v("d9_mark_in_value_of_first_line", 9, b"\xEF\xBB\xBFdata:\xEF\xBB\xBFx\n\n", &[(M, "\u{FEFF}x", "")]),
    v("d9_mark_in_each_line", 9, b"data: \xEF\xBB\xBFa\ndata: \xEF\xBB\xBFb\n\n", &[(M, "\u{FEFF}a\n\u{FEFF}b", "")]),
    v("d9_mark_in_type_and_id", 9, b"event:\xEF\xBB\xBF\nid:\xEF\xBB\xBF\ndata:x\n\n", &[("\u{FEFF}", "x", "\u{FEFF}")]).id("\u{FEFF}"),
    v("d9_overlong_nul_is_not_nul", 9, b"id:\xC0\x80\ndata:x\n\n", &[(M, "x", "\u{FFFD}\u{FFFD}")]).id("\u{FFFD}\u{FFFD}"),
    // 10. LF, CR, CRLF.
    v("l1_lf", 10, b"data:a\n\n", &[(M, "a", "")]),
    v("l2_crlf", 10, b"data:a\r\n\r\n", &[(M, "a", "")]),
    v("l3_cr", 10, b"data:a\r\r", &[(M, "a", "")]),
    v("l2_crlf_is_one_end", 10, b"data:a\r\ndata:b\r\n\r\n", &[(M, "a\nb", "")]),
    // 11. CR LF in two writes.
    v("l3_cr_then_lf_is_one_end", 11, b"data:p\r\ndata:q\n\n", &[(M, "p\nq", "")]),
    v("l3_cr_then_lf_after_blank", 11, b"data:p\r\r\ndata:q\r\r\n", &[(M, "p", ""), (M, "q", "")]),
    // 12. Kinds mix.
    v("l4_mixed", 12, b"event:t\rid:5\r\ndata:a\ndata:b\r\n\r", &[("t", "a\nb", "5")]).id("5"),
    // 13. What makes two ends.
    v("l5_lf_cr", 13, b"data:p\n\r", &[(M, "p", "")]),
    v("l5_cr_cr_lf", 13, b"data:p\r\r\n", &[(M, "p", "")]),
    v("l5_cr_lf_lf", 13, b"data:p\r\n\n", &[(M, "p", "")]),
    v("l5_lf_cr_lf", 13, b"data:p\n\r\ndata:q\n\r\n", &[(M, "p", ""), (M, "q", "")]),
    v("l5_crlf_alone_is_no_blank_line", 13, b"data:p\r\n", &[]),
    // 14. Nothing else ends a line.
    v("l6_vt", 14, b"data:a\x0Bb\n\n", &[(M, "a\u{B}b", "")]),
    v("l6_ff", 14, b"data:a\x0Cb\n\n", &[(M, "a\u{C}b", "")]),
    v("l6_fs_gs_rs", 14, b"data:a\x1Cb\x1Dc\x1Ed\n\n", &[(M, "a\u{1C}b\u{1D}c\u{1E}d", "")]),
    v("l6_nel", 14, b"data:a\xC2\x85b\n\n", &[(M, "a\u{85}b", "")]),
    v("l6_line_separator", 14, b"data:a\xE2\x80\xA8b\n\n", &[(M, "a\u{2028}b", "")]),
    v("l6_paragraph_separator", 14, b"data:a\xE2\x80\xA9b\n\n", &[(M, "a\u{2029}b", "")]),
    v("l6_raw_85", 14, b"data:a\x85b\n\n", &[(M, "a\u{FFFD}b", "")]),
    v("l6_overlong_lf", 14, b"data:a\xC0\x8Ab\n\n", &[(M, "a\u{FFFD}\u{FFFD}b", "")]),
    v("l6_escapes_are_text", 14, b"data:a\\nb\\r\n\n", &[(M, "a\\nb\\r", "")]),
    // 15. Only the empty line is blank.
    v("l9_space", 15, b"data:a\n \ndata:b\n\n", &[(M, "a\nb", "")]),
    v("l9_tab", 15, b"data:a\n\t\ndata:b\n\n", &[(M, "a\nb", "")]),
    v("l9_nul", 15, b"data:a\n\0\ndata:b\n\n", &[(M, "a\nb", "")]),
    v("l9_colon", 15, b"data:a\n:\ndata:b\n\n", &[(M, "a\nb", "")]),
    v("l9_mark", 15, b"data:a\n\xEF\xBB\xBF\ndata:b\n\n", &[(M, "a\nb", "")]),
    v("l9_leading_blank_lines", 15, b"\n\r\n\rdata:x\n\n", &[(M, "x", "")]),
    v("l9_many_blank_lines", 15, b"data:x\n\n\n\r\r\r\n\ndata:y\n\n\n", &[(M, "x", ""), (M, "y", "")]),
    // 16. A CR completes its line at once.
    v("l7_cr_cr_dispatches", 16, b"data:a\r\r", &[(M, "a", "")]),
    v("l7_crlf_cr_dispatches", 16, b"data:a\r\n\r", &[(M, "a", "")]),
    v("l8_lf_after_the_blank_cr_is_swallowed", 16, b"data:a\r\r\ndata:b\r\r", &[(M, "a", ""), (M, "b", "")]),
    v("l8_only_one_lf_is_swallowed", 16, b"data:a\r\n\ndata:b\r\n\n", &[(M, "a", ""), (M, "b", "")]),
    v("l8_another_byte_ends_the_swallowing", 16, b"data:a\rdata:b\n\n", &[(M, "a\nb", "")]),
    // 17. Short beginnings.
    v("l8_lf_first", 17, b"\ndata:x\n\n", &[(M, "x", "")]),
    v("l8_cr_first", 17, b"\rdata:x\r\r", &[(M, "x", "")]),
    v("l8_one_byte_of_a_mark_then_blank", 17, b"\xEF\n\ndata:x\n\n", &[(M, "x", "")]),
    v("l8_two_bytes_of_a_mark_then_blank", 17, b"\xEF\xBB\r\rdata:x\r\r", &[(M, "x", "")]),
    v("l8_second_byte_of_a_mark_first", 17, b"\xBB\xBFdata:x\n\ndata:y\n\n", &[(M, "y", "")]),
    // 18. Comments.
    v("f1_comments_do_not_end_a_block", 18, b"data:a\n:\n::\n: :\n:data:x\ndata:b\n\n", &[(M, "a\nb", "")]),
    v("f1_comment_is_not_its_second_field", 18, b":data:x\n\n", &[]),
    v("f1_comment_in_every_place", 18, b":1\nevent:t\n:2\ndata:x\n:3\n\n:4\n", &[("t", "x", "")]),
    v("f1_comment_with_anything", 18, b":\0\xFF\xE2\x82\ndata:x\n\n", &[(M, "x", "")]),
    v("f1_space_before_the_colon_is_a_name", 18, b" :c\ndata:x\n\n", &[(M, "x", "")]),
    // 19. The first colon.
    v("f2_value_is_a_colon", 19, b"data::\n\n", &[(M, ":", "")]),
    v("f2_value_is_colon_space", 19, b"data: : \n\n", &[(M, ": ", "")]),
    v("f2_id_with_colon", 19, b"id: a: b\ndata:x\n\n", &[(M, "x", "a: b")]).id("a: b"),
    v("f2_type_with_colon", 19, b"event:a:b\ndata:x\n\n", &[("a:b", "x", "")]),
    v("f2_json", 19, b"data: {\"a\":{\"b\": 1}}\n\n", &[(M, "{\"a\":{\"b\": 1}}", "")]),
    // 20. One space behind the colon.
    v("f3_one_space", 20, b"data: x\n\n", &[(M, "x", "")]),
    v("f3_no_space", 20, b"data:x\n\n", &[(M, "x", "")]),
    v("f3_two_spaces", 20, b"data:  x\n\n", &[(M, " x", "")]),
    v("f3_tab", 20, b"data:\tx\n\n", &[(M, "\tx", "")]),
    v("f3_space_tab", 20, b"data: \tx\n\n", &[(M, "\tx", "")]),
    v("f3_no_break_space", 20, b"data:\xC2\xA0x\n\n", &[(M, "\u{A0}x", "")]),
    v("f3_ideographic_space", 20, b"data:\xE3\x80\x80x\n\n", &[(M, "\u{3000}x", "")]),
    v("f3_trailing_blanks_stay", 20, b"data: x \t \n\n", &[(M, "x \t ", "")]),
    v("f3_for_event_and_id", 20, b"event:  t\nid:  1\ndata:x\n\n", &[(" t", "x", " 1")]).id(" 1"),
    v("f3_retry_one_space", 20, b"retry: 5\n\n", &[]).retry(5),
    v("f3_retry_two_spaces", 20, b"retry:  5\n\n", &[]),
    v("f3_only_a_space", 20, b"data: \n\n", &[(M, "", "")]),
    v("f3_each_line_of_data", 20, b"data: a\ndata:b\ndata:  c\n\n", &[(M, "a\nb\n c", "")]),
    // 21. No colon.
    v("f4_data", 21, b"data\n\n", &[(M, "", "")]),
    v("f4_id_resets", 21, b"id:1\ndata:a\n\nid\ndata:b\n\n", &[(M, "a", "1"), (M, "b", "")]),
    v("f4_event_is_message", 21, b"event\ndata:x\n\n", &[(M, "x", "")]),
    v("f4_unknown", 21, b"hello\ndata:x\n\n", &[(M, "x", "")]),
    v("f4_every_line_end", 21, b"data\r\ndata\rdata\n\n", &[(M, "\n\n", "")]),
    // 22. Exact names.
    v("f5_unknown_alone", 22, b"Data:1\n\n data:2\n\ndata :3\n\ndata\t:4\n\ndata  \n\ndatax:5\n\nda-ta:6\n\n", &[]),
    v("f5_unknown_beside_data", 22, b"Data:1\n data:2\ndata :3\ndata\t:4\ndata  \ndatax\nda-ta:5\ndata:x\n\n", &[(M, "x", "")]),
    v("f5_unknown_ids", 22, b"identity:1\nID:2\n id:3\nid :4\ni:5\ndata:x\n\n", &[(M, "x", "")]),
    v("f5_unknown_types", 22, b"eventually:1\nEvent:2\nEVENT:3\n event:4\nevents:5\neven:6\ndata:x\n\n", &[(M, "x", "")]),
    v("f5_unknown_retries", 22, b"Retry:1\nretry :2\nretry2:3\nretr:4\n\n", &[]),
    v("f5_one_letter_short", 22, b"dat:1\ndat\nda\nd\ndata:x\n\n", &[(M, "x", "")]),
    // 23. Unknown names disturb nothing.
    v("f6_inside_a_block", 23, b"event:t\nfoo:1\nid:1\nbar\ndata:a\nbaz: 2\ndata:b\n\n", &[("t", "a\nb", "1")]).id("1"),
    v("f6_json_error_body", 23, b"{\n  \"error\": {\n    \"code\": 401\n  }\n}\n", &[]),
    v("f6_json_error_body_then_event", 23, b"{\"error\":\"busy\"}\n\ndata:x\n\n", &[(M, "x", "")]),
    v("f6_http_headers", 23, b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata:x\r\n\r\n", &[(M, "x", "")]),
    v("f6_chunk_sizes", 23, b"7\r\ndata:x\n\r\n0\r\n\r\n", &[(M, "x", "")]),
    // 24. NUL in names.
    v("f7_nul_behind", 24, b"data\0:x\n\n", &[]),
    v("f7_nul_before", 24, b"\0data:x\n\n", &[]),
    v("f7_nul_no_colon", 24, b"data\0\n\n", &[]),
    v("f7_nul_in_others", 24, b"i\0d:1\nevent\0:t\nretry\0:5\ndata:x\n\n", &[(M, "x", "")]),
    // 25. data appends.
    v("a1_two_lines", 25, b"data:a\ndata:b\n\n", &[(M, "a\nb", "")]),
    v("a1_lines_apart", 25, b"data:a\nevent:t\nx\ndata:b\n:c\ndata:c\n\n", &[("t", "a\nb\nc", "")]),
    v("a1_empty_lines_between", 25, b"data:a\ndata:\ndata\ndata:b\n\n", &[(M, "a\n\n\nb", "")]),
    v("a1_empty_first_line", 25, b"data\ndata:b\n\n", &[(M, "\nb", "")]),
    // 26. One LF is removed.
    v("a2_two_stay", 26, b"data:a\ndata\ndata\n\n", &[(M, "a\n\n", "")]),
    v("a2_of_two_one_stays", 26, b"data\ndata\n\n", &[(M, "\n", "")]),
    v("a2_cr_lines_too", 26, b"data:a\rdata\r\r", &[(M, "a\n", "")]),
    // 27. One LF is not empty.
    v("a3_colon", 27, b"data:\n\n", &[(M, "", "")]),
    v("a3_no_colon", 27, b"data\n\n", &[(M, "", "")]),
    v("a3_between_others", 27, b"data:a\n\ndata:\n\ndata:b\n\n", &[(M, "a", ""), (M, "", ""), (M, "b", "")]),
    // 28. No data, no event.
    v("a4_event", 28, b"event:ping\n\n", &[]),
    v("a4_id", 28, b"id:1\n\n", &[]).id("1"),
    v("a4_retry", 28, b"retry:1\n\n", &[]).retry(1),
    v("a4_comment", 28, b":c\n\n", &[]),
    // 29. Controls in data.
    v("a5_nul", 29, b"data:\0\n\n", &[(M, "\0", "")]),
    v("a5_controls", 29, b"data:\x01\x08\x1B\x7F\n\n", &[(M, "\u{1}\u{8}\u{1B}\u{7F}", "")]),
    v("a5_nul_after_the_space", 29, b"data: \0 \0\n\n", &[(M, "\0 \0", "")]),
    // 30. The last event field wins.
    v("e1_last_wins", 30, b"event:a\nevent:b\ndata:x\n\n", &[("b", "x", "")]),
    v("e1_after_data", 30, b"event:a\ndata:x\nevent:b\n\n", &[("b", "x", "")]),
    v("e1_comment_does_not_reset", 30, b"event:a\n:c\n:\ndata:x\n:c\n\n", &[("a", "x", "")]),
    v("e1_replaces_a_longer_one", 30, b"event:longer\nevent:b\ndata:x\n\n", &[("b", "x", "")]),
    // 31. Empty is message.
    v("e2_colon", 31, b"event:\ndata:x\n\n", &[(M, "x", "")]),
    v("e2_no_colon", 31, b"event\ndata:x\n\n", &[(M, "x", "")]),
    v("e2_colon_space", 31, b"event: \ndata:x\n\n", &[(M, "x", "")]),
    v("e2_resets_an_earlier_one", 31, b"event:a\nevent\ndata:x\n\n", &[(M, "x", "")]),
    v("e2_resets_after_data", 31, b"event:a\ndata:x\nevent:\n\n", &[(M, "x", "")]),
    v("e2_one_space_is_a_type", 31, b"event:  \ndata:x\n\n", &[(" ", "x", "")]),
    // 32. Cleared by every blank line.
    v("e3_without_data", 32, b"event:ghost\n\ndata:x\n\n", &[(M, "x", "")]),
    v("e4_with_data", 32, b"event:t\ndata:a\n\ndata:b\n\n", &[("t", "a", ""), (M, "b", "")]),
    // 33. Any characters.
    v("e5_nul", 33, b"event:a\0b\ndata:x\n\n", &[("a\0b", "x", "")]),
    v("e5_malformed", 33, b"event:\xFF\ndata:x\n\n", &[("\u{FFFD}", "x", "")]),
    v("e5_tab", 33, b"event:\t\ndata:x\n\n", &[("\t", "x", "")]),
    v("e5_colon", 33, b"event::\ndata:x\n\n", &[(":", "x", "")]),
    v("e5_case", 33, b"event:Message\ndata:x\n\n", &[("Message", "x", "")]),
    v("e5_names_of_the_interface", 33, b"event:error\ndata:x\n\nevent:open\ndata:y\n\n", &[("error", "x", ""), ("open", "y", "")]),
    // 34. id persists.
    v("i1_persists", 34, b"id:1\ndata:a\n\ndata:b\n\n", &[(M, "a", "1"), (M, "b", "1")]).id("1"),
    v("i2_replaced", 34, b"id:1\ndata:a\n\nid:22\ndata:b\n\nid:3\ndata:c\n\n", &[(M, "a", "1"), (M, "b", "22"), (M, "c", "3")]).id("3"),
    v("i2_over_empty_blocks", 34, b"id:1\ndata:a\n\n\n:c\n\nevent:x\n\ndata:b\n\n", &[(M, "a", "1"), (M, "b", "1")]).id("1"),
    // 35. Empty resets.
    v("i3_no_colon", 35, b"id:1\ndata:a\n\nid\ndata:b\n\n", &[(M, "a", "1"), (M, "b", "")]),
    v("i3_colon", 35, b"id:1\ndata:a\n\nid:\ndata:b\n\n", &[(M, "a", "1"), (M, "b", "")]),
    v("i3_colon_space", 35, b"id:1\ndata:a\n\nid: \ndata:b\n\n", &[(M, "a", "1"), (M, "b", "")]),
    v("i3_two_spaces_are_one", 35, b"id:1\ndata:a\n\nid:  \ndata:b\n\n", &[(M, "a", "1"), (M, "b", " ")]).id(" "),
    v("i3_reset_without_data", 35, b"id:1\ndata:a\n\nid\n\ndata:b\n\n", &[(M, "a", "1"), (M, "b", "")]),
    // 36. NUL voids the field.
    v("i4_earlier_pending_stays", 36, b"id:p\nid:q\0\ndata:x\n\n", &[(M, "x", "p")]).id("p"),
    v("i4_nul_first", 36, b"id:1\ndata:a\n\nid:\x002\ndata:b\n\n", &[(M, "a", "1"), (M, "b", "1")]).id("1"),
    v("i4_nul_in_the_middle", 36, b"id:a\0b\ndata:x\n\n", &[(M, "x", "")]),
    v("i4_only_nul", 36, b"id:1\n\nid:\0\ndata:x\n\n", &[(M, "x", "1")]).id("1"),
    v("i4_a_pending_reset_stays", 36, b"id:1\n\nid\nid:2\0\ndata:x\n\n", &[(M, "x", "")]),
    v("i4_valid_after_void", 36, b"id:1\0\nid:2\ndata:x\n\n", &[(M, "x", "2")]).id("2"),
    // 37. Committed without data.
    v("i5_no_data", 37, b"id:9\n\n", &[]).id("9"),
    v("i5_no_data_then_data", 37, b"id:9\n\ndata:x\n\n", &[(M, "x", "9")]).id("9"),
    v("i5_with_type", 37, b"event:t\nid:9\n\ndata:x\n\n", &[(M, "x", "9")]).id("9"),
    // 38. Only pending before the blank line.
    v("i6_pending_set", 38, b"id:1\n\nid:2\n", &[]).id("1"),
    v("i6_pending_reset", 38, b"id:1\n\nid\n", &[]).id("1"),
    v("z4_partial_event", 38, b"id:1\ndata:a\n\nid:2\ndata:b\n", &[(M, "a", "1")]).id("1"),
    v("z4_unterminated_id", 38, b"id:1\ndata:a\n\ndata:b\nid:2", &[(M, "a", "1")]).id("1"),
    // 39. The last valid id of the block.
    v("i7_after_data", 39, b"data:x\nid:1\n\n", &[(M, "x", "1")]).id("1"),
    v("i8_last_wins", 39, b"id:1\ndata:x\nid:2\n\n", &[(M, "x", "2")]).id("2"),
    v("i8_last_valid_wins", 39, b"id:1\nid:2\ndata:x\nid:3\0\n\n", &[(M, "x", "2")]).id("2"),
    v("i8_set_then_reset", 39, b"id:1\nid\ndata:x\n\n", &[(M, "x", "")]),
    // 40. Untrimmed, any characters.
    v("i9_malformed", 40, b"id:a\xFF\ndata:x\n\n", &[(M, "x", "a\u{FFFD}")]).id("a\u{FFFD}"),
    v("i9_untrimmed", 40, b"id:  a \t\ndata:x\n\n", &[(M, "x", " a \t")]).id(" a \t"),
    v("i10_controls", 40, b"id:\x01\x0B\x7F\ndata:x\n\n", &[(M, "x", "\u{1}\u{B}\u{7F}")]).id("\u{1}\u{B}\u{7F}"),
    v("i10_text", 40, b"id: \xE2\x80\xA6\ndata:x\n\n", &[(M, "x", "…")]).id("…"),
    v("i10_long", 40, b"id:0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789\ndata:x\n\n",
        &[(M, "x", "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789")])
        .id("0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"),
    // 41. ASCII digits, base ten.
    v("r1_digits", 41, b"retry:3000\n\n", &[]).retry(3000),
    v("r3_leading_zero_is_not_octal", 41, b"retry:03000\n\n", &[]).retry(3000),
    v("r9_zero", 41, b"retry:0\n\n", &[]).retry(0),
    v("r1_beside_data", 41, b"data:a\nretry: 10\ndata:b\n\n", &[(M, "a\nb", "")]).retry(10),
    v("r1_cr", 41, b"retry:10\r", &[]).retry(10),
    // 42. At its line.
    v("r2_without_blank_line", 42, b"retry:5\n", &[]).retry(5),
    v("r2_of_a_lost_block", 42, b"data:lost\nretry:5\n", &[]).retry(5),
    // 43. Otherwise ignored.
    v("r4_plus", 43, b"retry:1\nretry:+5\n\n", &[]).retry(1),
    v("r4_minus", 43, b"retry:1\nretry:-0\n\n", &[]).retry(1),
    v("r4_fraction", 43, b"retry:1\nretry:5.0\n\n", &[]).retry(1),
    v("r4_exponent", 43, b"retry:1\nretry:1e3\n\n", &[]).retry(1),
    v("r4_hex", 43, b"retry:1\nretry:0x10\n\n", &[]).retry(1),
    v("r4_underscore", 43, b"retry:1\nretry:1_000\n\n", &[]).retry(1),
    v("r4_unit", 43, b"retry:1\nretry:5s\n\n", &[]).retry(1),
    v("r4_quoted", 43, b"retry:1\nretry:\"5\"\n\n", &[]).retry(1),
    v("r4_inner_space", 43, b"retry:1\nretry:5 0\n\n", &[]).retry(1),
    v("r4_trailing_space", 43, b"retry:1\nretry:5 \n\n", &[]).retry(1),
    v("r4_tabs", 43, b"retry:1\nretry:\t5\nretry:5\t\n\n", &[]).retry(1),
    v("r4_nul", 43, b"retry:1\nretry:5\0\nretry:\x005\n\n", &[]).retry(1),
    // 44. Other digits.
    v("r5_arabic_indic", 44, b"retry:1\nretry:\xD9\xA5\n\n", &[]).retry(1),
    v("r5_full_width", 44, b"retry:1\nretry:\xEF\xBC\x95\n\n", &[]).retry(1),
    v("r5_superscript", 44, b"retry:1\nretry:\xC2\xB2\n\n", &[]).retry(1),
    v("r5_roman", 44, b"retry:1\nretry:\xE2\x85\xA4\n\n", &[]).retry(1),
    // 45. Empty is ignored.
    v("r6_colon", 45, b"retry:7\nretry:\n\n", &[]).retry(7),
    v("r6_no_colon", 45, b"retry:7\nretry\n\n", &[]).retry(7),
    v("r6_colon_space", 45, b"retry:7\nretry: \n\n", &[]).retry(7),
    v("r6_alone", 45, b"retry\nretry:\ndata:x\n\n", &[(M, "x", "")]),
    // 46. Saturates.
    v("r7_largest", 46, b"retry:18446744073709551615\n\n", &[]).retry(18_446_744_073_709_551_615),
    v("r7_one_less", 46, b"retry:18446744073709551614\n\n", &[]).retry(18_446_744_073_709_551_614),
    v("r7_one_more", 46, b"retry:18446744073709551616\n\n", &[]).retry(18_446_744_073_709_551_615),
    v("r7_ten_times_more", 46, b"retry:184467440737095516150\n\n", &[]).retry(18_446_744_073_709_551_615),
    v("r7_many_digits", 46, b"retry:99999999999999999999999999999999999999999999\n\n", &[]).retry(18_446_744_073_709_551_615),
    v("r7_many_zeros", 46, b"retry:00000000000000000000000000000000000000000042\n\n", &[]).retry(42),
    v("r7_many_digits_then_a_letter", 46, b"retry:1\nretry:99999999999999999999999x\n\n", &[]).retry(1),
    // 47. The last valid one; not an unterminated one.
    v("r8_last_wins", 47, b"retry:5\nretry:6\n\n", &[]).retry(6),
    v("r8_last_valid_wins", 47, b"retry:5\n\nretry:x\n\n", &[]).retry(5),
    v("r8_persists_over_events", 47, b"retry:5\ndata:a\n\ndata:b\n\n", &[(M, "a", ""), (M, "b", "")]).retry(5),
    v("r10_unterminated", 47, b"retry:5", &[]),
    v("r10_unterminated_keeps_the_earlier", 47, b"retry:4\nretry:5", &[]).retry(4),
    // 48. No final blank line.
    v("z1_no_blank_line", 48, b"data:a\n", &[]),
    v("z1_no_blank_line_after_event", 48, b"data:a\n\nevent:t\ndata:b\n", &[(M, "a", "")]),
    v("z1_crlf", 48, b"data:a\r\n", &[]),
    // 49. Unterminated line.
    v("z2_in_name", 49, b"data:a\n\nda", &[(M, "a", "")]),
    v("z2_behind_name", 49, b"data:a\n\ndata", &[(M, "a", "")]),
    v("z2_behind_colon", 49, b"data:a\n\ndata:", &[(M, "a", "")]),
    v("z2_behind_space", 49, b"data:a\n\ndata: ", &[(M, "a", "")]),
    v("z2_in_value", 49, b"data:a\n\ndata:b", &[(M, "a", "")]),
    v("z2_in_comment", 49, b"data:a\n\n:c", &[(M, "a", "")]),
    v("z2_in_code_point", 49, b"data:a\n\ndata:\xE2\x82", &[(M, "a", "")]),
    v("z2_in_second_line", 49, b"data:a\ndata:b", &[]),
    v("z2_after_a_space_line", 49, b"data:a\n ", &[]),
    // 50. CR at the end.
    v("z3_lf_cr", 50, b"data:b\n\r", &[(M, "b", "")]),
    v("z3_cr_cr", 50, b"data:b\r\r", &[(M, "b", "")]),
    v("z3_one_cr", 50, b"data:b\r", &[]),
    // 51. Nothing there.
    v("z5_empty", 51, b"", &[]),
    v("z5_lf", 51, b"\n", &[]),
    v("z5_blank_lines", 51, b"\n\r\n\r\r\n\n", &[]),
    v("z5_mark", 51, b"\xEF\xBB\xBF", &[]),
    v("z5_mark_and_blank_lines", 51, b"\xEF\xBB\xBF\n\n", &[]),
];
