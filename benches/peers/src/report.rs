//! What is reported, as JSON and as Markdown.

use crate::decoders::{Kind, HEADLINE, HEADLINE_TEXT};
use crate::rounds::{Measured, Output};
use serde::Serialize;
use std::fmt::Write as _;

#[derive(Serialize)]
pub struct Report {
    pub machine: Machine,
    pub decode: Vec<Group>,
    pub encode: Vec<Group>,
    pub growth: Vec<Growth>,
    pub allocations: Vec<Allocations>,
}

#[derive(Serialize)]
pub struct Machine {
    pub architecture: &'static str,
    pub avx2: bool,
    pub rounds: usize,
}

/// One workload in one chunking, or one workload encoded.
#[derive(Serialize)]
pub struct Group {
    pub workload: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chunking: Option<String>,
    pub bytes: usize,
    pub events: u64,
    /// Of the other crates, the one with the shortest time whose output is the same.
    pub fastest_other: Option<&'static str>,
    pub results: Vec<Row>,
}

#[derive(Serialize)]
pub struct Row {
    pub candidate: &'static str,
    pub version: Option<String>,
    #[serde(skip)]
    pub kind: Kind,
    pub output: Output,
    /// The median; none if a run took too long.
    pub nanoseconds: Option<f64>,
    pub nanoseconds_per_event: Option<f64>,
    pub nanoseconds_per_byte: Option<f64>,
    pub times_yardstick: Option<f64>,
    pub times_fastest_other: Option<f64>,
    /// The multiple of the yardstick that would have been too long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times_yardstick_more_than: Option<f64>,
}

/// A candidate, by what tells it apart in a report.
pub type Named = (&'static str, &'static str, Kind);

impl Group {
    /// `limit`: how many nanoseconds were too long.
    pub fn new(
        (workload, chunking): (&str, Option<&str>),
        (bytes, events): (usize, u64),
        yardstick: &str,
        limit: f64,
        measured: &[(Named, Measured)],
    ) -> Self {
        let find = |name| measured.iter().find(|((candidate, ..), _)| *candidate == name);
        let other = |((_, _, kind), measured): &&(Named, Measured)| {
            *kind == Kind::Other && measured.output == Output::Same && !measured.times.is_empty()
        };
        let time = |(_, measured): &&(Named, Measured)| measured.nanoseconds().unwrap_or(f64::MAX);
        let fastest = measured.iter().filter(other).min_by(|a, b| time(a).total_cmp(&time(b)));
        let yardstick = find(yardstick).map(|(_, measured)| measured);
        let results = measured.iter().map(|((candidate, package, kind), measured)| {
            let nanoseconds = measured.nanoseconds();
            let over = |other: Option<&Measured>| other.and_then(|other| measured.over(other));
            let late = nanoseconds.is_none().then_some(limit);
            Row {
                candidate,
                version: version(package),
                kind: *kind,
                output: measured.output,
                nanoseconds,
                nanoseconds_per_event: nanoseconds
                    .filter(|_| events > 0)
                    .map(|nanoseconds| nanoseconds / events as f64),
                nanoseconds_per_byte: nanoseconds.map(|nanoseconds| nanoseconds / bytes as f64),
                times_yardstick: over(yardstick),
                times_fastest_other: over(fastest.map(|(_, measured)| measured)),
                times_yardstick_more_than: late
                    .zip(yardstick.and_then(Measured::nanoseconds))
                    .map(|(late, yardstick)| late / yardstick),
            }
        });
        Self {
            workload: workload.to_owned(),
            chunking: chunking.map(str::to_owned),
            bytes,
            events,
            fastest_other: fastest.map(|((name, ..), _)| *name),
            results: results.collect(),
        }
    }

    pub fn row(&self, candidate: &str) -> Option<&Row> {
        self.results.iter().find(|row| row.candidate == candidate)
    }
}

/// Nanoseconds a byte for one event of a growing size.
#[derive(Serialize)]
pub struct Growth {
    pub chunking: String,
    pub lengths: Vec<usize>,
    /// None: it took too long, or the output differs.
    pub nanoseconds_per_byte: Vec<(&'static str, Vec<Option<f64>>)>,
}

#[derive(Serialize)]
pub struct Allocations {
    pub workload: String,
    pub chunking: String,
    pub events: u64,
    pub results: Vec<Allocated>,
}

#[derive(Serialize)]
pub struct Allocated {
    pub candidate: &'static str,
    pub allocations: usize,
    pub peak: usize,
}

/// The version of a package that this program was built with.
fn version(package: &str) -> Option<String> {
    const LOCK: &str = include_str!("../Cargo.lock");
    let value = |line: &str, key: &str| {
        line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"').map(str::to_owned)
    };
    let versions = LOCK.split("[[package]]").filter_map(|entry| {
        let find = |key| entry.lines().find_map(|line| value(line, key));
        (find("name")? == package).then(|| find("version"))?
    });
    // An older one may be there too, for somebody else.
    versions.max_by_key(|version| {
        version.split('.').map(|part| part.parse().unwrap_or(0)).collect::<Vec<u64>>()
    })
}

/// Three digits, or as many as stand before the point.
fn number(value: f64) -> String {
    match value {
        value if value < 9.995 => format!("{value:.2}"),
        value if value < 99.95 => format!("{value:.1}"),
        value => format!("{value:.0}"),
    }
}

fn table(out: &mut String, head: &[String], rows: &[Vec<String>]) {
    let mut line = |cells: &[String]| {
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    };
    line(head);
    line(&vec!["---".to_owned(); head.len()]);
    for row in rows {
        line(row);
    }
    out.push('\n');
}

fn label(row: &Row) -> String {
    match &row.version {
        Some(version) if row.kind == Kind::Other => format!("{} {version}", row.candidate),
        _ => row.candidate.to_owned(),
    }
}

fn multiple(row: &Row) -> String {
    match (row.times_yardstick, row.times_yardstick_more_than) {
        (Some(ratio), _) if row.output == Output::Differs => format!("{} *", number(ratio)),
        (Some(ratio), _) => number(ratio),
        (None, Some(ratio)) => format!("> {ratio:.0}"),
        (None, None) => "-".to_owned(),
    }
}

/// Rows of the same candidates over columns of groups.
fn compare(out: &mut String, groups: &[&Group], own: &[&str], cell: impl Fn(&Row) -> String) {
    let Some(first) = groups.first() else { return };
    let head = core::iter::once(String::new());
    let head: Vec<_> = head.chain(groups.iter().map(|group| group.workload.clone())).collect();
    let mut rows: Vec<Vec<_>> = first
        .results
        .iter()
        .map(|row| {
            let cells =
                groups.iter().map(|group| group.row(row.candidate).map_or_else(String::new, &cell));
            core::iter::once(label(row)).chain(cells).collect()
        })
        .collect();
    for own in own {
        let faster = groups.iter().map(|group| {
            let ratio = group.row(own).and_then(|row| row.times_fastest_other);
            match (ratio, group.fastest_other) {
                (Some(ratio), Some(other)) => format!("{} ({other})", number(1.0 / ratio)),
                _ => "-".to_owned(),
            }
        });
        let name = format!("fastest other as a multiple of {own}");
        rows.push(core::iter::once(name).chain(faster).collect());
    }
    table(out, &head, &rows);
}

fn kibibytes(bytes: usize) -> String {
    if bytes < 1 << 20 {
        format!("{} KiB", bytes.div_ceil(1 << 10))
    } else {
        format!("{} MiB", bytes.div_ceil(1 << 20))
    }
}

impl Report {
    pub fn markdown(&self) -> String {
        let mut out = String::new();
        let mut chunkings: Vec<_> =
            self.decode.iter().filter_map(|group| group.chunking.as_deref()).collect();
        chunkings.sort_by_key(|name| {
            crate::workloads::CHUNKINGS.iter().position(|(chunking, _)| chunking == name)
        });
        chunkings.dedup();
        for chunking in chunkings {
            let groups =
                self.decode.iter().filter(|group| group.chunking.as_deref() == Some(chunking));
            let groups: Vec<_> = groups.collect();
            let _ = writeln!(out, "## Decoding, chunks: {chunking} (time as a multiple of Y)\n");
            compare(&mut out, &groups, &[HEADLINE, HEADLINE_TEXT], multiple);
        }
        if !self.encode.is_empty() {
            let _ = writeln!(out, "## Encoding (ns an event, and as a multiple of memcpy)\n");
            let groups: Vec<_> = self.encode.iter().collect();
            compare(&mut out, &groups, &[crate::encoders::HEADLINE], |row| {
                match row.nanoseconds_per_event {
                    Some(nanoseconds) => format!("{} ({})", number(nanoseconds), multiple(row)),
                    None => "-".to_owned(),
                }
            });
        }
        if self
            .decode
            .iter()
            .chain(&self.encode)
            .flat_map(|group| &group.results)
            .any(|row| row.output == Output::Differs)
        {
            let _ = writeln!(out, "`*`: output differs.\n");
        }
        for growth in &self.growth {
            let _ =
                writeln!(out, "## One growing event, chunks: {} (ns a byte)\n", growth.chunking);
            let head = core::iter::once(String::new());
            let head: Vec<_> =
                head.chain(growth.lengths.iter().map(|&length| kibibytes(length))).collect();
            let rows = growth.nanoseconds_per_byte.iter().map(|(candidate, values)| {
                let cells = values.iter().map(|value| value.map_or_else(|| "-".to_owned(), number));
                core::iter::once((*candidate).to_owned()).chain(cells).collect()
            });
            table(&mut out, &head, &rows.collect::<Vec<_>>());
        }
        for group in &self.allocations {
            let _ = writeln!(
                out,
                "## Allocations, {}, chunks: {} ({} events)\n",
                group.workload, group.chunking, group.events
            );
            let head = ["", "allocations", "an event", "peak heap"].map(str::to_owned);
            let rows = group.results.iter().map(|row| {
                let each = row.allocations as f64 / group.events.max(1) as f64;
                vec![
                    row.candidate.to_owned(),
                    row.allocations.to_string(),
                    number(each),
                    kibibytes(row.peak),
                ]
            });
            table(&mut out, &head, &rows.collect::<Vec<_>>());
        }
        out
    }
}
