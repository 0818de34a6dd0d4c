//! Each function against its safe twin.

use super::{batch_end, make_and_see, make_with, Ascii, Memory, Range, BATCH, BLOCK, CR, LF};
use crate::grammar::masks::{portable, portable_part};

/// Whatever is written where: what is said to be text is, and what was just put is known.
#[test]
fn memory_knows_what_it_has() {
    let mut random = 1_u64;
    let mut below = |most: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (random >> 33) as usize % most
    };
    let (mut memory, mut known) = (Memory::new(alloc::vec![0xFF; 60]), 0);
    for _ in 0..100_000 {
        let (len, text) = (memory.bytes().len(), [b'x'; 20]);
        let (start, more) = (below(len + 1), below(20));
        match below(10) {
            0 => memory.resize(20 + below(80)),
            1 => memory.set_capacity(100),
            2 if start + more <= len => {
                memory.copy_within(start..start + more, below(len - more + 1));
            }
            // As what is put often follows on what was, as does what is written.
            kind @ 3.. => {
                let start = if kind % 2 == 0 { start } else { memory.to };
                let end = start + more;
                let ascii = Ascii::new(&text, 0..20).unwrap();
                if kind < 6 {
                    memory.bytes_mut(start, end).unwrap_or_default().fill(0x80);
                } else if memory.put_ascii(start, ascii, 0..more) {
                    assert!(memory.from <= start);
                    assert_eq!(memory.ascii(memory.from..end).is_some(), memory.from < end);
                } else {
                    assert!(end > len);
                }
            }
            _ => {}
        }
        let (start, end) = (below(memory.bytes().len() + 1), below(memory.bytes().len() + 1));
        if let Some(found) = memory.ascii(start..end) {
            assert_eq!(core::str::from_utf8(&memory.bytes()[start..end]), Ok(found));
            known += 1;
        }
    }
    assert!(known > 1_000, "{known}");
}

#[test]
fn one_byte_that_is_not_ascii_is_seen_anywhere() {
    for len in 0..600 {
        let mut bytes = alloc::vec![0x7F; len];
        let text = Ascii::new(&bytes, 0..len).and_then(|ascii| ascii.text(0..len));
        let block = Ascii::of_block(&bytes).map(Ascii::range);
        assert_eq!(block, (len <= BLOCK).then_some(0..len));
        assert_eq!(text.map(str::as_bytes), Some(&bytes[..]));
        for at in 0..len {
            bytes[at] = 0x80;
            assert!(Ascii::new(&bytes, 0..len).is_none());
            assert!(Ascii::of_block(&bytes).is_none());
            assert!(Ascii::new(&bytes, at + 1..len).is_some());
            bytes[at] = 0;
        }
    }
}

#[cfg(all(feature = "std", target_arch = "x86_64"))]
fn line_len_by_memchr(value: &[u8]) -> usize {
    memchr::memchr2(LF, CR, value).unwrap_or(value.len())
}

/// The first line end is found wherever it stands, and whatever stands around it.
#[cfg(all(feature = "std", target_arch = "x86_64"))]
#[test]
fn a_line_is_as_long_as_memchr_says() {
    let by_memchr = line_len_by_memchr;
    for len in 0..300 {
        for other in [0, 1, 0x0B, 0x1A, 0x2D, 0x8A, 0x8D, 0xFF] {
            let mut value = alloc::vec![other; len];
            assert_eq!(super::line_len(&value), len);
            for at in 0..len {
                // Behind it there are more, which are not to be found.
                value[at..].iter_mut().step_by(7).for_each(|byte| *byte = LF);
                value[at] = if len % 2 == 0 { LF } else { CR };
                assert_eq!(super::line_len(&value), at, "{len} {other}");
                assert_eq!(super::line_len(&value), by_memchr(&value));
                value[at..].fill(other);
            }
        }
    }
    for byte in 0..=u8::MAX {
        for len in [1, 7, 8, 16, 32, 64, 128] {
            let value = alloc::vec![byte; len];
            assert_eq!(super::line_len(&value), by_memchr(&value), "{byte} {len}");
        }
    }
}

/// What is said to be ASCII while a line's end is looked for is, and all of it that was looked at.
#[cfg(all(feature = "std", target_arch = "x86_64"))]
#[test]
fn a_line_is_ascii_or_not_wherever_the_byte_stands() {
    for (len, start) in [(127, 0), (128, 0), (129, 1), (300, 0), (390, 90), (512, 0)] {
        let mut chunk = alloc::vec![0x7F; len];
        for end in (start..=len).step_by(7) {
            chunk[start..].fill(0x7F);
            chunk[end..].iter_mut().step_by(5).for_each(|byte| *byte = LF);
            let (found, ascii) = super::line_len_and_see(&chunk, start);
            assert_eq!(found, end - start);
            let is_looked_at = len - start >= 128 && std::is_x86_feature_detected!("avx2");
            let looked_at = (start + (found / 128 + 1) * 128).min(len);
            let expected = is_looked_at.then_some(start..looked_at);
            assert_eq!(ascii.map(Ascii::range), expected, "{len} {start} {end}");
            for at in start..len {
                let before = core::mem::replace(&mut chunk[at], 0x80);
                let (found, ascii) = super::line_len_and_see(&chunk, start);
                assert_eq!(found, line_len_by_memchr(&chunk[start..]));
                let text = ascii.map_or(start..start, Ascii::range);
                assert!(chunk[text].is_ascii(), "{len} {start} {end} {at}");
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
            let (_, ascii) = make_and_see(&bytes, start, &mut masks);
            let ascii = ascii.map(Ascii::range);
            assert!(ascii.is_none() || ascii == Some(start..end));
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            if std::is_x86_feature_detected!("avx2") {
                assert_eq!(ascii.is_some(), len >= 64);
            }
            for at in start..end {
                bytes[at] = 0x80;
                let (_, ascii) = make_and_see(&bytes, start, &mut masks);
                assert!(ascii.is_none(), "{len} {start} {at}");
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
    assert_eq!((ascii.text(1..4), ascii.text(2..3)), (Some("abc"), Some("b")));
    assert_eq!((ascii.text(0..4), ascii.text(1..5), ascii.text(4..4)), (None, None, Some("")));
    assert_eq!(ascii.text(Range { start: 3, end: 2 }), None);
    assert!(Ascii::new(bytes, 3..9).is_none());
}

/// Parts are put together only where nothing is between them, and of the same bytes.
#[test]
fn parts_of_the_same_bytes_are_put_together() {
    let (bytes, others) = (b"ab\x80def".as_slice(), b"abcdef".as_slice());
    let [first, apart] = [0..2, 3..4].map(|part| Ascii::new(bytes, part).unwrap());
    let behind = Ascii::new(bytes, 4..6).unwrap();
    assert_eq!(apart.and(behind).text(3..6), Some("def"));
    assert_eq!(behind.and(apart).range(), 3..6);
    assert_eq!((apart.and(first).range(), first.and(apart).range()), (3..4, 0..2));
    let within = Ascii::new(bytes, 4..5).unwrap();
    assert_eq!((behind.and(within).range(), within.and(behind).range()), (4..6, 4..6));
    assert_eq!(first.and(Ascii::new(others, 2..4).unwrap()).range(), 0..2);
    assert_eq!(first.and(Ascii::default()).range(), 0..2);
}

#[test]
fn the_mask_of_one_byte_throughout_is_all_or_nothing() {
    for (byte, len) in (0..=u8::MAX).flat_map(|byte| (1..=64).map(move |len| (byte, len))) {
        let bytes = alloc::vec![byte; len];
        let mask = if byte == LF || byte == CR { u64::MAX >> (64 - len) } else { 0 };
        let mut masks = [0; BATCH];
        make_with(&bytes, 0, &mut masks, portable, portable_part, |mask| mask);
        assert_eq!(masks[0], mask);
        super::make(&bytes, 0, &mut masks);
        assert_eq!(masks[0], mask);
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
        let made = make_with(&bytes, start, &mut expected, portable, portable_part, |mask| mask);
        let mut masks = [0; BATCH];
        assert_eq!(make_with(&bytes, start, &mut masks, portable, super::part, |mask| mask), made);
        assert_eq!(masks, expected);
        #[cfg(target_arch = "x86_64")]
        {
            let mut masks = [0; BATCH];
            assert_eq!(super::x86_64::make_sse2(&bytes, start, &mut masks), made);
            assert_eq!(masks, expected);
        }
        let mut masks = [0; BATCH];
        assert_eq!(super::make(&bytes, start, &mut masks), made);
        assert_eq!(masks, expected);
        for (i, byte) in bytes[start..batch_end(&bytes, start)].iter().enumerate() {
            let bit = expected[i / 64] >> (i % 64) & 1 == 1;
            assert_eq!(bit, matches!(*byte, LF | CR));
            assert!(!bit || made >> (i / 64) & 1 == 1);
        }
    }
}
