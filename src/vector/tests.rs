//! Each function against its safe twin.

use super::{
    batch_end, finished, is_block_ascii, line_len, line_len_at, make, make_short, make_with,
    portable, set, Ascii, Range, Sees, BATCH, BLOCK, CR, LF,
};

/// What was said to be ASCII.
#[derive(Default)]
struct Seen(Option<Range<usize>>);

impl Sees<'_> for Seen {
    const WANTED: bool = true;
    fn see(&mut self, ascii: Ascii<'_>) {
        self.0 = Some(ascii.range());
    }
}

/// Whether what is said to be ASCII on the way can be expected at all.
fn sees() -> bool {
    #[cfg(all(feature = "simd", feature = "std", not(sse_wire_plain), target_arch = "x86_64"))]
    return std::is_x86_feature_detected!("avx2");
    #[allow(unreachable_code)]
    {
        false
    }
}

#[test]
fn one_byte_that_is_not_ascii_is_seen_anywhere() {
    for len in 0..600 {
        let mut bytes = alloc::vec![0x7F; len];
        assert_eq!(is_block_ascii(&bytes), len <= BLOCK);
        assert!(Ascii::new(&bytes, 0..len).is_some());
        for at in 0..len {
            bytes[at] = 0x80;
            assert!(Ascii::new(&bytes, 0..len).is_none());
            assert!(!is_block_ascii(&bytes));
            assert!(Ascii::new(&bytes, at + 1..len).is_some());
            bytes[at] = 0;
        }
    }
}

fn line_len_by_memchr(value: &[u8]) -> usize {
    memchr::memchr2(LF, CR, value).unwrap_or(value.len())
}

/// The first line end is found wherever it stands, and whatever stands around it.
#[test]
fn a_line_is_as_long_as_memchr_says() {
    let by_memchr = line_len_by_memchr;
    for len in 0..300 {
        for other in [0, 1, 0x0B, 0x1A, 0x2D, 0x8A, 0x8D, 0xFF] {
            let mut value = alloc::vec![other; len];
            assert_eq!(line_len(&value), len);
            for at in 0..len {
                // Behind it there are more, which are not to be found.
                value[at..].iter_mut().step_by(7).for_each(|byte| *byte = LF);
                value[at] = if len % 2 == 0 { LF } else { CR };
                assert_eq!(line_len(&value), at, "{len} {other}");
                assert_eq!(line_len(&value), by_memchr(&value));
                value[at..].fill(other);
            }
        }
    }
    for byte in 0..=u8::MAX {
        for len in [1, 7, 8, 16, 32, 64, 128] {
            let value = alloc::vec![byte; len];
            assert_eq!(line_len(&value), by_memchr(&value), "{byte} {len}");
        }
    }
}

/// What is said to be ASCII while a line's end is looked for is, and all of it that was looked at.
#[test]
fn a_line_is_ascii_or_not_wherever_the_byte_stands() {
    for (len, start) in [(127, 0), (128, 0), (129, 1), (300, 0), (390, 90), (512, 0)] {
        let mut chunk = alloc::vec![0x7F; len];
        for end in (start..=len).step_by(7) {
            chunk[start..].fill(0x7F);
            chunk[end..].iter_mut().step_by(5).for_each(|byte| *byte = LF);
            let mut seen = Seen::default();
            let found = line_len_at(&chunk, start, &mut seen);
            assert_eq!(found, end - start);
            let is_looked_at = len - start >= 128 && sees();
            let looked_at = (start + (found / 128 + 1) * 128).min(len);
            let expected = is_looked_at.then_some(start..looked_at);
            assert_eq!(seen.0, expected, "{len} {start} {end}");
            for at in start..len {
                let before = core::mem::replace(&mut chunk[at], 0x80);
                let mut seen = Seen::default();
                let found = line_len_at(&chunk, start, &mut seen);
                assert_eq!(found, line_len_by_memchr(&chunk[start..]));
                assert!(
                    chunk[seen.0.unwrap_or(start..start)].is_ascii(),
                    "{len} {start} {end} {at}"
                );
                chunk[at] = before;
            }
        }
    }
}

/// What is said to be ASCII while masks are made is: the batch, and all of it.
#[test]
fn a_batch_is_ascii_or_not_wherever_the_byte_stands() {
    const WHOLE: usize = BATCH * BLOCK;
    let mut masks = [0; BATCH];
    for len in [0, 1, 63, 64, 65, 100, 128, 511, WHOLE - 1, WHOLE, WHOLE + 1, WHOLE + 90] {
        for start in [0, 1, 63, 64, 90, 512, WHOLE] {
            let mut bytes = alloc::vec![0x7F; len];
            if start > len {
                continue;
            }
            let end = batch_end(&bytes, start);
            let mut seen = Seen::default();
            make(&bytes, start, &mut masks, &mut seen);
            assert!(seen.0.is_none() || seen.0 == Some(start..end));
            assert_eq!(seen.0.is_some(), sees() && (len >= 64 || start == len));
            for at in start..end {
                bytes[at] = 0x80;
                let mut seen = Seen::default();
                make(&bytes, start, &mut masks, &mut seen);
                assert_eq!(seen.0, None, "{len} {start} {at}");
                bytes[at] = 0x7F;
            }
        }
    }
}

#[test]
fn a_part_of_ascii_is_that_part() {
    let bytes = b"\x80abc\x80";
    let ascii = Ascii::new(bytes, 1..4).unwrap();
    assert_eq!(ascii.range(), 1..4);
    assert_eq!((ascii.range_in(bytes), ascii.range_in(&bytes[1..])), (Some(1..4), None));
    assert!(Ascii::new(bytes, 3..9).is_none());
}

#[test]
fn the_mask_of_one_byte_throughout_is_all_or_nothing() {
    for (byte, len) in (0..=u8::MAX).flat_map(|byte| (1..=64).map(move |len| (byte, len))) {
        let bytes = alloc::vec![byte; len];
        let mask = if byte == LF || byte == CR { u64::MAX >> (64 - len) } else { 0 };
        let mut masks = [0; BATCH];
        portable::make::<false>(&bytes, 0, &mut masks);
        assert_eq!(portable::finished(masks[0]), mask);
        make(&bytes, 0, &mut masks, &mut ());
        assert_eq!(finished(masks[0]), mask);
        assert_eq!(make_short(&bytes), mask);
    }
}

#[test]
fn all_flavours_make_the_same_masks() {
    let mut seed = 1_u64;
    for round in 0..2_000_usize {
        let bytes: alloc::vec::Vec<u8> = (0..round % 1_300)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                // Now and then without a line end, or the same byte throughout.
                let kind = match round % 8 {
                    0 => (seed >> 61) as usize | 2,
                    1 => round / 8 % 8,
                    _ => (seed >> 61) as usize,
                };
                [LF, CR, 0x0B, 0x0C, 0x8A, 0x8D, b'a', 0xFF][kind]
            })
            .collect();
        let start = if bytes.is_empty() { 0 } else { round * 7 % bytes.len() };
        let mut expected = [0; BATCH];
        let (made, _) = portable::make::<false>(&bytes, start, &mut expected);
        let expected = expected.map(portable::finished);
        let made_of = |make: &dyn Fn(&mut [u64; BATCH]) -> u32, finished: fn(u64) -> u64| {
            let mut masks = [0; BATCH];
            assert_eq!(make(&mut masks), made);
            assert_eq!(masks.map(finished), expected);
        };
        made_of(&|masks| make(&bytes, start, masks, &mut ()), finished);
        made_of(
            &|masks| make_with(&bytes, start, masks, set::block, set::part, |mask| mask).0,
            |mask| mask,
        );
        made_of(
            &|masks| {
                make_with(&bytes, start, masks, portable::block, portable::part, |mask| mask).0
            },
            |mask| mask,
        );
        if bytes.len() <= BLOCK {
            assert_eq!(make_short(&bytes[start..]), expected[0]);
        }
        for (i, byte) in bytes[start..batch_end(&bytes, start)].iter().enumerate() {
            let bit = expected[i / 64] >> (i % 64) & 1 == 1;
            assert_eq!(bit, matches!(*byte, LF | CR));
            assert!(!bit || made >> (i / 64) & 1 == 1);
        }
    }
}
