//! A `Replay` answers what came after an id as a list does that keeps everything, or that it is gone.
#![no_main]

use arbitrary::Arbitrary;
use bytes::Bytes;
use sse_wire::server::Replay;

#[derive(Arbitrary, Debug)]
struct Pushed {
    /// Few ids, so that they repeat.
    id: Option<u8>,
    len: u8,
}

libfuzzer_sys::fuzz_target!(|case: (u8, u8, Vec<Pushed>)| {
    let (frames, bytes, pushed) = case;
    let (frames, bytes) = (usize::from(frames % 16), usize::from(bytes));
    let mut replay = Replay::new(frames, bytes);
    // All that was pushed, and what of it fits.
    let mut all: Vec<(Option<String>, Bytes)> = Vec::new();
    // The ids that are known, each with its first and its latest frame.
    let mut known: Vec<(String, usize, usize)> = Vec::new();
    let cost =
        |(id, frame): &(Option<String>, Bytes)| frame.len() + id.as_ref().map_or(0, String::len);
    for (number, Pushed { id, len }) in pushed.into_iter().enumerate() {
        let id = id.map(|id| "i".repeat(usize::from(id % 6)));
        let fill = u8::try_from(number % 251).unwrap_or_default();
        let frame = Bytes::from(vec![fill; len.into()]);
        let entry = (id, frame);
        let refused = replay.push(entry.0.as_deref(), entry.1.clone()).is_err();
        assert_eq!(refused, cost(&entry) > bytes);
        all.push(entry);

        let mut room = bytes;
        let newest = all.iter().rev().take(frames).take_while(|entry| {
            let fits = cost(entry) <= room;
            room = room.saturating_sub(cost(entry));
            fits
        });
        let first = all.len() - newest.count();
        match all[number].0.clone().filter(|id| id.len() <= bytes) {
            Some(id) => match known.iter_mut().find(|(of, ..)| *of == id) {
                Some((_, _, latest)) => *latest = number,
                None => known.push((id, number, number)),
            },
            None => {}
        }
        known.retain(|(_, _, latest)| latest + 1 >= first);
        let kept: Vec<&Bytes> = all[first..].iter().map(|(_, frame)| frame).collect();
        assert_eq!(replay.frames().collect::<Vec<_>>(), kept);
        for id in ["", "i", "iii", "never"] {
            let known = known.iter().find(|(of, ..)| of == id);
            let expected = known.map(|(_, at, _)| at + 1).filter(|&at| at >= first);
            let found = replay.after(id).ok().map(|frames| frames.collect::<Vec<_>>());
            let expected = expected.map(|at| kept[at - first..].to_vec());
            assert_eq!(found, expected, "after {id:?}");
        }
    }
});
