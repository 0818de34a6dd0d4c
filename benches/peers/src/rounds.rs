//! Timing: every candidate once a round, one after another, on the clock of this thread.

use crate::chunks::{first, Chunks};
use crate::decoders::{Decoder, Kind, PLACES};
use crate::workloads::Digest;
use bytes::Bytes;
use core::time::Duration;
use cpu_time::ThreadTime;
use serde::Serialize;
use std::panic::{catch_unwind, AssertUnwindSafe};

/// Whether a candidate found what the reference found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Output {
    Same,
    Differs,
    /// Not looked at: a yardstick finds nothing, and what takes too long is not run to its end.
    None,
}

/// What came of a candidate in all rounds.
#[derive(Clone, Debug)]
pub struct Measured {
    pub output: Output,
    /// The time of each round that it took part in; empty if it took too long.
    pub times: Vec<Option<Duration>>,
}

pub fn nanoseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e9
}

pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        Some(values[middle])
    } else {
        Some((values.get(middle.checked_sub(1)?)? + values.get(middle)?) / 2.0)
    }
}

impl Measured {
    /// Nanoseconds, the median.
    pub fn nanoseconds(&self) -> Option<f64> {
        median(self.times.iter().flatten().copied().map(nanoseconds).collect())
    }

    /// The time as a multiple of another's: the median of the rounds, in each of which both ran.
    pub fn over(&self, other: &Self) -> Option<f64> {
        let ratio = |(a, b): (&Option<Duration>, &Option<Duration>)| {
            Some((*a)?.as_secs_f64() / (*b)?.as_secs_f64())
        };
        median(self.times.iter().zip(&other.times).filter_map(ratio).collect())
    }
}

/// One run over chunks that it owns, of the code at one of its places.
pub fn run(decoder: &Decoder, chunks: &[Bytes], place: usize) -> Duration {
    let mut chunks: Chunks = Vec::from(chunks).into_iter();
    let start = ThreadTime::now();
    let outcome = (decoder.sums[place % PLACES])(&mut chunks);
    let time = start.elapsed();
    // A complaint is seen in the output that is checked.
    drop(core::hint::black_box(outcome));
    time
}

/// The time of one run, or `None` if it would take longer than `limit`: found out on parts of the
/// stream that grow fourfold, by how the time grows with them.
pub fn run_within(decoder: &Decoder, chunks: &[Bytes], limit: Duration) -> Option<Duration> {
    let length: usize = chunks.iter().map(Bytes::len).sum();
    let mut before: Option<Duration> = None;
    for part in [256, 64, 16, 4] {
        let time = run(decoder, &first(chunks, length / part), 0);
        let growth = before.map_or(4.0, |before| time.as_secs_f64() / before.as_secs_f64());
        if time.as_secs_f64() * growth.clamp(4.0, 16.0) > limit.as_secs_f64() {
            return None;
        }
        before = Some(time);
    }
    Some(run(decoder, chunks, 0)).filter(|&time| time <= limit)
}

/// What a candidate finds, beside what there is to be found.
pub fn check(decoder: &Decoder, chunks: &[Bytes], expected: Digest) -> Output {
    if decoder.kind == Kind::Yardstick {
        return Output::None;
    }
    let mut digest = Digest::default();
    let mut chunks: Chunks = Vec::from(chunks).into_iter();
    match (decoder.digest)(&mut chunks, &mut digest) {
        Ok(()) if digest == expected => Output::Same,
        _ => Output::Differs,
    }
}

/// What is slower than the first candidate by this takes part in every third round only.
const SLOW: u32 = 8;

/// Calls something so many steps of 16 bytes or more deeper in the stack.
#[inline(never)]
fn deeper(steps: usize, call: &mut dyn FnMut()) {
    if steps == 0 {
        return call();
    }
    let step = core::hint::black_box([0_u8; 16]);
    deeper(steps - 1, call);
    core::hint::black_box(step);
}

/// Runs all candidates in turn. The order is another one each round, and so is whom a candidate comes
/// behind: what that one left in the caches is paid for by whoever is next.
///
/// So is the place of its variables within a page of memory: to access what happens to lie across the
/// page's edge takes longer. And so is the place of its code.
pub fn rounds(
    decoders: &[&Decoder],
    chunks: &[Bytes],
    expected: Digest,
    rounds: usize,
    limit: Duration,
) -> Vec<Measured> {
    let first: Vec<_> = decoders
        .iter()
        .map(|decoder| {
            let first = catch_unwind(AssertUnwindSafe(|| {
                let time = run_within(decoder, chunks, limit)?;
                Some((time, check(decoder, chunks, expected)))
            }));
            first.unwrap_or_default()
        })
        .collect();
    let slow = first.first().copied().flatten().map_or(limit, |(time, _)| time * SLOW);
    let output = |first: &Option<(_, Output)>| first.map_or(Output::None, |(_, output)| output);
    let mut measured: Vec<_> = first
        .iter()
        .map(|first| Measured { output: output(first), times: Vec::with_capacity(rounds) })
        .collect();
    for round in 0..rounds {
        let mut random = fastrand::Rng::with_seed(round as u64);
        let mut order: Vec<_> = (0..decoders.len()).collect();
        random.shuffle(&mut order);
        for at in order {
            let Some((time, _)) = first[at] else { continue };
            let mut time = (time <= slow || round % 3 == 0).then_some(time);
            deeper(random.usize(..256), &mut || {
                time = time.map(|_| run(decoders[at], chunks, round));
            });
            measured[at].times.push(time);
        }
    }
    measured
}
