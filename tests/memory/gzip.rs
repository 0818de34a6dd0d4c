//! An encoder of gzip: how much it holds, whatever passes through.

use sse_wire::adapter::GzipEncoder;

use crate::counting;

#[test]
fn an_encoder_holds_what_its_documentation_says() {
    const SAID: usize = 320 << 10;
    let before = counting::held();
    let held = || (counting::held() - before).unsigned_abs();
    let mut gzip = GzipEncoder::new();
    let mut most = 0;
    for number in 0..2000_u32 {
        let len = if number % 500 == 499 { 1 << 20 } else { 100 };
        let frame: Vec<u8> = (0..len)
            .map(|at: u32| ((at ^ number).wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        drop(gzip.encode(&frame).unwrap());
        drop(frame);
        most = most.max(held());
    }
    assert!((SAID * 9 / 10..=SAID).contains(&most), "{most}");
    drop(gzip);
    assert_eq!(held(), 0);
}
