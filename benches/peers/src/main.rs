//! Measures sse-wire beside the other Rust crates for Server-Sent Events: see the README of this
//! folder.

#![allow(clippy::cast_precision_loss)] // Numbers for people.

mod chunks;
mod decoders;
mod encoders;
mod memory;
mod plot;
#[path = "../../../tests/support/reference.rs"]
mod reference;
mod report;
mod rounds;
#[path = "../../support/workloads.rs"]
mod workloads;

use bytes::Bytes;
use clap::Parser;
use core::time::Duration;
use decoders::{Decoder, Kind, DECODERS};
use encoders::{Encoder, ENCODERS};
use report::{Allocated, Allocations, Group, Growth, Machine, Report};
use rounds::{Measured, Output};
use std::error::Error;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use workloads::{default_size, Chunking, Digest, Workload, CHUNKINGS, WORKLOADS};

/// The chunking of the headline.
const USUAL: &str = "16 KiB";

/// How much is encoded unless told otherwise: so little that it stays in the cache.
const ENCODED: usize = 256 << 10;
const ENCODED_WORKLOADS: [&str; 4] = ["llm-openai", "llm-anthropic", "tiny", "multi-line"];

/// How one event grows, and in which chunks.
const GROWTHS: [(usize, &[usize]); 2] = [
    (1460, &[64 << 10, 256 << 10, 1 << 20, 4 << 20, 16 << 20, 64 << 20]),
    (1, &[4 << 10, 16 << 10, 64 << 10, 256 << 10]),
];

/// Measures sse-wire beside the other Rust crates for Server-Sent Events.
///
/// Without one of --decode, --encode, --growth and --allocations: the first three.
#[derive(Parser)]
struct Arguments {
    /// Decode all workloads
    #[arg(long)]
    decode: bool,
    /// Encode
    #[arg(long)]
    encode: bool,
    /// Decode one event that grows
    #[arg(long)]
    growth: bool,
    /// Count allocations while decoding (16 KiB and 1460 B unless told otherwise), without timing
    #[arg(long)]
    allocations: bool,
    /// Smaller streams, few rounds
    #[arg(long)]
    quick: bool,
    /// Only this workload (may be repeated)
    #[arg(long, value_name = "NAME")]
    workload: Vec<String>,
    /// Only this chunking: whole, 16KiB, 1460B, event, 64B, 1B (may be repeated)
    #[arg(long, value_name = "NAME")]
    chunking: Vec<String>,
    /// Only candidates with this in their name, and the yardsticks (may be repeated)
    #[arg(long, value_name = "PART")]
    only: Vec<String>,
    /// How many rounds; slow candidates take part in every third
    #[arg(long)]
    rounds: Option<usize>,
    /// Size of the streams in KiB
    #[arg(long, value_name = "KIB")]
    size: Option<usize>,
    /// Seconds that a candidate may take for a stream; one that takes longer is left out
    #[arg(long, value_name = "SECONDS")]
    limit: Option<f64>,
    /// Write the results to this file
    #[arg(long, value_name = "PATH")]
    json: Option<PathBuf>,
    /// Plot the results with 16 KiB chunks to this file
    #[arg(long, value_name = "PATH")]
    svg: Option<PathBuf>,
    /// Only write the stream of the workload to this file
    #[arg(long, value_name = "PATH", requires = "workload", conflicts_with = "read")]
    write: Option<PathBuf>,
    /// Only decode this file, and print the number of events and of the bytes of their data
    #[arg(long, value_name = "PATH")]
    read: Option<PathBuf>,
}

impl Arguments {
    fn wants(filter: &[String], name: &str) -> bool {
        let plain = |name: &str| name.replace(' ', "").to_lowercase();
        filter.is_empty() || filter.iter().any(|wanted| plain(wanted) == plain(name))
    }

    fn wants_candidate(&self, name: &str, kind: Kind) -> bool {
        kind == Kind::Yardstick
            || self.only.is_empty()
            || self.only.iter().any(|part| name.contains(part))
    }

    fn decoders(&self) -> Vec<&'static Decoder> {
        let wanted = |decoder: &&Decoder| self.wants_candidate(decoder.name, decoder.kind);
        DECODERS.iter().filter(wanted).collect()
    }

    fn rounds(&self) -> usize {
        self.rounds.unwrap_or(if self.quick { 5 } else { 20 }).max(1)
    }

    fn limit(&self) -> Duration {
        Duration::from_secs_f64(self.limit.unwrap_or(if self.quick { 0.5 } else { 2.0 }))
    }

    /// Of a stream in these chunks. Very small chunks are many: each is an owned value, made
    /// before the clock starts.
    fn size(&self, workload: &str, chunking: Chunking) -> usize {
        let usual = match chunking {
            Chunking::Bytes(1..=15) => 1 << 20,
            _ => default_size(workload),
        };
        let usual = if self.quick { usual / 8 } else { usual };
        self.size.map_or(usual, |kibibytes| kibibytes << 10)
    }

    fn chunkings(&self, default: &[&str]) -> Vec<(&'static str, Chunking)> {
        let wanted = |(name, _): &&(&str, Chunking)| {
            if self.chunking.is_empty() {
                default.is_empty() || default.contains(name)
            } else {
                Self::wants(&self.chunking, name)
            }
        };
        CHUNKINGS.iter().filter(wanted).copied().collect()
    }
}

/// A stream with what the reference finds in it.
struct Stream {
    workload: Workload,
    expected: Digest,
}

impl Stream {
    fn new(workload: Workload) -> Self {
        // On a thread of its own, so that what the reference frees is not what the candidates
        // are given.
        let expected = std::thread::scope(|scope| {
            let reference = scope.spawn(|| {
                let mut digest = Digest::default();
                let outcome = reference::decode(
                    &workload.stream,
                    &reference::Settings { limit: usize::MAX, ..reference::Settings::default() },
                );
                for due in outcome.items {
                    if let reference::Item::Event(event) = due.item {
                        digest.event(&event.event_type, &event.data, &event.last_event_id);
                    }
                }
                digest
            });
            reference.join().expect("the reference does not panic")
        });
        assert_eq!(expected, workload.digest, "{}", workload.name);
        Self { workload, expected }
    }

    fn chunks(&self, chunking: Chunking) -> Vec<Bytes> {
        let lengths = self.workload.chunks(chunking).into_iter().map(<[u8]>::len);
        chunks::cut(&self.workload.stream, lengths)
    }
}

/// Calls `each` for each workload in each chunking that is wanted.
fn for_each_stream(
    arguments: &Arguments,
    default: &[&str],
    mut each: impl FnMut(&Stream, (&'static str, Chunking)),
) {
    for (name, generate) in WORKLOADS {
        if !Arguments::wants(&arguments.workload, name) {
            continue;
        }
        let mut chunkings = arguments.chunkings(default);
        chunkings.sort_by_key(|&(_, chunking)| arguments.size(name, chunking));
        let mut stream: Option<(usize, Stream)> = None;
        for (chunking_name, chunking) in chunkings {
            let size = arguments.size(name, chunking);
            if stream.as_ref().is_none_or(|(of, _)| *of != size) {
                stream = Some((size, Stream::new(generate(size))));
            }
            if let Some((_, stream)) = &stream {
                eprintln!("{name}, {chunking_name}");
                each(stream, (chunking_name, chunking));
            }
        }
    }
}

fn decode(arguments: &Arguments) -> Vec<Group> {
    let decoders = arguments.decoders();
    let mut groups = Vec::new();
    for_each_stream(arguments, &[], |stream, (chunking_name, chunking)| {
        let chunks = stream.chunks(chunking);
        let limit = arguments.limit();
        let measured =
            rounds::rounds(&decoders, &chunks, stream.expected, arguments.rounds(), limit);
        let named = decoders.iter().map(|decoder| (decoder.name, decoder.package, decoder.kind));
        groups.push(Group::new(
            (stream.workload.name, Some(chunking_name)),
            (stream.workload.stream.len(), stream.expected.events),
            decoders::YARDSTICK,
            rounds::nanoseconds(limit),
            &named.zip(measured).collect::<Vec<_>>(),
        ));
    });
    groups
}

fn encode(arguments: &Arguments) -> Vec<Group> {
    let wanted = |encoder: &&Encoder| arguments.wants_candidate(encoder.name, encoder.kind);
    let encoders: Vec<_> = ENCODERS.iter().filter(wanted).collect();
    // Short runs, so more of them.
    let rounds = arguments.rounds() * 20;
    let mut groups = Vec::new();
    for (name, generate) in WORKLOADS {
        if !ENCODED_WORKLOADS.contains(&name) || !Arguments::wants(&arguments.workload, name) {
            continue;
        }
        eprintln!("{name}, encode");
        let stream =
            Stream::new(generate(arguments.size.map_or(ENCODED, |kibibytes| kibibytes << 10)));
        let events = encoders::events(&stream.workload.stream);
        let mut out = Vec::new();
        let mut measured: Vec<_> = encoders
            .iter()
            .map(|encoder| {
                // The same work is done if what was written is read as the same events.
                let output = if encoder.name == encoders::YARDSTICK {
                    Output::None
                } else if encoders::events(&(encoder.output)(&events)) == events {
                    Output::Same
                } else {
                    Output::Differs
                };
                Measured { output, times: Vec::with_capacity(rounds) }
            })
            .collect();
        for round in 0..rounds {
            for turn in 0..encoders.len() {
                let at = (round + turn) % encoders.len();
                let time = (encoders[at].time)(&events, &mut out);
                measured[at].times.push(Some(time));
            }
        }
        let named = encoders.iter().map(|encoder| (encoder.name, encoder.package, encoder.kind));
        groups.push(Group::new(
            (name, None),
            (events.iter().map(|event| event.data.len()).sum(), events.len() as u64),
            encoders::YARDSTICK,
            f64::INFINITY,
            &named.zip(measured).collect::<Vec<_>>(),
        ));
    }
    groups
}

fn growth(arguments: &Arguments) -> Vec<Growth> {
    let decoders = arguments.decoders();
    let growths = GROWTHS.iter().map(|&(length, lengths)| {
        let lengths: Vec<_> = lengths
            .iter()
            .copied()
            .filter(|&length| !arguments.quick || length <= 4 << 20)
            .collect();
        let mut values: Vec<_> = decoders.iter().map(|decoder| (decoder.name, vec![])).collect();
        for &event in &lengths {
            eprintln!("one event of {event} bytes, {length} B");
            let stream = Stream::new(workloads::growing(event));
            let chunks = stream.chunks(Chunking::Bytes(length));
            // Short runs, so more of them.
            let rounds = ((32 << 20) / event.max(1)).clamp(3, 25);
            let measured =
                rounds::rounds(&decoders, &chunks, stream.expected, rounds, arguments.limit());
            for ((_, values), measured) in values.iter_mut().zip(measured) {
                let found = measured.output != Output::Differs;
                let time = measured.nanoseconds().filter(|_| found);
                values.push(time.map(|time| time / stream.workload.stream.len() as f64));
            }
        }
        Growth { chunking: format!("{length} B"), lengths, nanoseconds_per_byte: values }
    });
    growths.collect()
}

fn allocations(arguments: &Arguments) -> Vec<Allocations> {
    let decoders = arguments.decoders();
    let mut groups = Vec::new();
    for_each_stream(arguments, &[USUAL, "1460 B"], |stream, (chunking_name, chunking)| {
        let chunks = stream.chunks(chunking);
        let candidates = decoders.iter().filter(|decoder| decoder.kind != Kind::Yardstick);
        let results = candidates.filter_map(|decoder| {
            rounds::run_within(decoder, &chunks, arguments.limit())?;
            let mut chunks = chunks.clone().into_iter();
            let used = memory::counted(|| {
                // A complaint is seen in the output that is checked when time is taken.
                let _ = (decoder.sums[0])(&mut chunks);
            });
            Some(Allocated {
                candidate: decoder.name,
                allocations: used.allocations,
                peak: used.peak,
            })
        });
        groups.push(Allocations {
            workload: stream.workload.name.to_owned(),
            chunking: chunking_name.to_owned(),
            events: stream.expected.events,
            results: results.collect(),
        });
    });
    groups
}

fn write(path: &Path, arguments: &Arguments) -> io::Result<()> {
    let wanted = |(name, _): &&(&str, _)| Arguments::wants(&arguments.workload, name);
    let Some((name, generate)) = WORKLOADS.iter().find(wanted) else {
        return Err(io::Error::other("no such workload"));
    };
    fs::write(path, generate(arguments.size(name, Chunking::Whole)).stream)
}

/// A whole process's work, to be held beside that of other languages.
fn read(path: &Path) -> io::Result<()> {
    let mut file = fs::File::open(path)?;
    let mut chunk = vec![0; 16 << 10];
    let mut decoder = sse_wire::Decoder::new();
    let (mut count, mut bytes) = (0_u64, 0);
    loop {
        let length = file.read(&mut chunk)?;
        if length == 0 {
            break;
        }
        let mut events = decoder.feed(&chunk[..length]);
        while let Some(event) = events.next_event() {
            let event = event.map_err(io::Error::other)?;
            count += 1;
            bytes += event.data().len();
        }
    }
    println!("{count} {bytes}");
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    if let Some(path) = &arguments.write {
        return Ok(write(path, &arguments)?);
    }
    if let Some(path) = &arguments.read {
        return Ok(read(path)?);
    }
    let wanted = [arguments.decode, arguments.encode, arguments.growth, arguments.allocations];
    let all = wanted == [false; 4];
    let part =
        |wanted: bool, run: fn(&Arguments) -> _| if wanted { run(&arguments) } else { vec![] };
    let report = Report {
        machine: Machine {
            architecture: std::env::consts::ARCH,
            #[cfg(target_arch = "x86_64")]
            avx2: std::is_x86_feature_detected!("avx2"),
            #[cfg(not(target_arch = "x86_64"))]
            avx2: false,
            rounds: arguments.rounds(),
        },
        decode: part(all || arguments.decode, decode),
        encode: part(all || arguments.encode, encode),
        growth: if all || arguments.growth { growth(&arguments) } else { vec![] },
        allocations: if arguments.allocations { allocations(&arguments) } else { vec![] },
    };
    print!("{}", report.markdown());
    if let Some(path) = &arguments.json {
        fs::write(path, serde_json::to_string_pretty(&report)? + "\n")?;
    }
    if let Some(path) = &arguments.svg {
        let usual = |group: &&Group| group.chunking.as_deref() == Some(USUAL);
        plot::draw(path, &report.decode.iter().filter(usual).collect::<Vec<_>>())?;
    }
    Ok(())
}
