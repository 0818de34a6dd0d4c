//! The table of the grammar, read from `table.txt` for the proofs.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use alloc::{format, vec};

use super::state::Byte;
use super::{Line, CR, LF, SPACE};

/// What N stands for.
const NAMES: [&str; 4] = ["data", "event", "id", "retry"];
/// What K stands for.
const KINDS: [&str; 6] = ["data", "event", "id", "retry", "unknown", "comment"];

/// The standard's grammar of lines, byte by byte.
pub(crate) struct Table {
    /// The states, by their number.
    pub(crate) names: Vec<String>,
    rows: Vec<[(usize, Byte); 256]>,
}

impl Table {
    pub(crate) fn new() -> Self {
        let rows = written_out();
        let mut names: Vec<String> = rows.iter().map(|row| row[0].clone()).collect();
        names.dedup();
        // The rows of N and K are written out kind by kind, so that a state's rows stand together.
        assert!((1..names.len()).all(|i| !names[..i].contains(&names[i])), "{names:?}");
        let mut table = Self { names, rows: Vec::new() };
        for name in &table.names {
            let mut cells = [None; 256];
            table.fill(&rows, name, &mut cells);
            let row = cells.iter().map(|cell| cell.expect("a row for every byte"));
            table.rows.push(row.collect::<Vec<_>>().try_into().expect("256 bytes"));
        }
        table
    }

    /// Fills in what the rows of a state say of bytes that no row said anything of before.
    fn fill(&self, rows: &[Vec<String>], state: &str, cells: &mut [Option<(usize, Byte)>; 256]) {
        let before = *cells;
        for row in rows.iter().filter(|row| row[0] == state) {
            match (byte(&row[1]), row[2].as_str()) {
                (None, "as") => self.fill(rows, &row[3], cells),
                (None, next) => {
                    let cell = (self.state(next), what(&row[3..]));
                    cells.iter_mut().filter(|cell| cell.is_none()).for_each(|to| *to = Some(cell));
                }
                (Some(byte), next) => {
                    let byte = usize::from(byte);
                    assert_eq!(cells[byte], before[byte], "two rows of one byte: {row:?}");
                    let cell = (self.state(next), what(&row[3..]));
                    cells[byte] = cells[byte].or(Some(cell));
                }
            }
        }
    }

    pub(crate) fn state(&self, name: &str) -> usize {
        self.names.iter().position(|other| other == name).expect("a state")
    }

    /// What a byte is in a state, and the state behind it.
    pub(crate) fn step(&self, state: usize, byte: u8) -> (usize, Byte) {
        self.rows[state][usize::from(byte)]
    }

    /// Whether a line may start here.
    pub(crate) fn is_start(&self, state: usize) -> bool {
        ["start", "cr", "mark0"].contains(&self.names[state].as_str())
    }

    /// Whether the state is inside a name, or inside what may be the mark.
    pub(crate) fn is_name(&self, state: usize) -> bool {
        let name = &self.names[state];
        !self.is_start(state) && !name.contains('-')
    }

    /// One byte of each class of bytes that no state tells apart.
    pub(crate) fn classes(&self) -> Vec<u8> {
        let mut classes: Vec<u8> = Vec::new();
        for byte in 0..=u8::MAX {
            let is_same = |&other: &u8| {
                self.rows.iter().all(|row| row[usize::from(byte)] == row[usize::from(other)])
            };
            if !classes.iter().any(is_same) {
                classes.push(byte);
            }
        }
        classes
    }
}

/// The rows, those of N and K once for each name and kind.
fn written_out() -> Vec<Vec<String>> {
    let mut rows: Vec<(String, &str)> = Vec::new();
    let lines: Vec<&str> = include_str!("table.txt").lines().skip(1).collect();
    let mut groups: Vec<Vec<&str>> = Vec::new();
    for line in lines {
        let state = |line: &str| line.split_whitespace().next().map(ToString::to_string);
        match groups.last_mut() {
            Some(group) if state(group[0]) == state(line) => group.push(line),
            _ => groups.push(vec![line]),
        }
    }
    for group in groups {
        let kinds: &[&str] = match group[0].as_bytes()[0] {
            b'N' => &NAMES,
            b'K' => &KINDS,
            _ => &[""],
        };
        for kind in kinds {
            rows.extend(group.iter().map(|line| ((*kind).to_string(), *line)));
        }
    }
    let cell = |kind: &str, cell: &str| match cell.strip_prefix(['N', 'K']) {
        Some(rest) if rest.is_empty() || rest.starts_with('-') => format!("{kind}{rest}"),
        _ => cell.to_string(),
    };
    rows.iter()
        .map(|(kind, line)| line.split_whitespace().map(|word| cell(kind, word)).collect())
        .collect()
}

/// The byte that a row is for; `None`: all without a row.
fn byte(cell: &str) -> Option<u8> {
    match cell {
        "LF" => Some(LF),
        "CR" => Some(CR),
        "SP" => Some(SPACE),
        "*" => None,
        _ if cell.len() == 1 => Some(cell.as_bytes()[0]),
        _ => Some(u8::from_str_radix(cell, 16).expect("a byte")),
    }
}

fn what(cells: &[String]) -> Byte {
    let line = || match cells[1].as_str() {
        "data" => Line::Data,
        "event" => Line::Event,
        "id" => Line::Id,
        "retry" => Line::Retry,
        "unknown" => Line::Unknown,
        "comment" => Line::Comment,
        "blank" => Line::Blank,
        kind => panic!("{kind}"),
    };
    match cells[0].as_str() {
        "mark" => Byte::Mark,
        "name" => Byte::Name,
        "swallowed" => Byte::Swallowed,
        "colon" => Byte::Colon(line()),
        "space" => Byte::Space(line()),
        "value" => Byte::Value(line()),
        "end" => Byte::End(line()),
        what => panic!("{what}"),
    }
}
