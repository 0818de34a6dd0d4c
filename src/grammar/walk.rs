//! The grammar beside its table: every pair of states that any stream reaches, every byte. What is the
//! same at each step is the same for streams of every length.

use alloc::string::String;
use alloc::vec::Vec;
use alloc::{format, vec};

use super::state::{byte, Byte, State};
use super::table::Table;
use super::{Lexer, Line, Piece, Scan, Span, MARK};

/// All pairs of states that are reached byte by byte.
fn pairs(table: &Table) -> Vec<(State, usize)> {
    let mut pairs = vec![(State::Mark0, table.state("mark0"))];
    let mut done = 0;
    while let Some(&(state, row)) = pairs.get(done) {
        done += 1;
        for value in 0..=u8::MAX {
            let (next, what) = byte(state, value);
            let (next_row, expected) = table.step(row, value);
            assert_eq!(what, expected, "{state:?} {} {value:#x}", table.names[row]);
            if !pairs.contains(&(next, next_row)) {
                pairs.push((next, next_row));
            }
        }
    }
    pairs
}

/// `byte` and the table are the same machine: as many pairs as states, each in one.
#[test]
fn every_byte_of_every_stream_is_what_the_table_says() {
    let table = Table::new();
    let mut pairs = pairs(&table);
    assert_eq!((pairs.len(), table.names.len()), (34, 34));
    pairs.sort_by_key(|pair| pair.1);
    for (row, (state, other)) in pairs.iter().enumerate() {
        assert_eq!(row, *other);
        // The names are the same.
        let name: String = table.names[row].split('-').map(capitalized).collect();
        assert_eq!(format!("{state:?}"), name);
        // What can be asked of a state: what the line is if it ends here, and the bytes that are held.
        let (_, Byte::End(line)) = table.step(row, b'\r') else {
            panic!("CR ends any line: {state:?}")
        };
        assert_eq!(state.line(), line);
        assert_eq!(state.held(), held(&table, row));
    }
}

fn capitalized(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_uppercase() + rest
}

/// The bytes of the line that are not decided in a state.
fn held(table: &Table, row: usize) -> &[u8] {
    match table.names[row].as_str() {
        "mark1" => &MARK[..1],
        "mark2" => &MARK[..2],
        "mark0" | "name" => b"",
        name if table.is_name(row) => name.as_bytes(),
        _ => b"",
    }
}

/// Many bytes may be read at once in the states that loop, up to the first byte that leaves: these are
/// the states, and these are the bytes that leave. No other path is longer than the mark,
/// `event`, a colon, a space and a byte of the value.
#[test]
fn searches_stop_at_the_bytes_that_leave_a_loop() {
    let table = Table::new();
    let mut loops = Vec::new();
    for (row, name) in table.names.iter().enumerate() {
        let (stays, leaves): (Vec<u8>, Vec<u8>) =
            (0..=u8::MAX).partition(|&value| stays(&table, row, value));
        if !stays.is_empty() {
            let expected: &[u8] = if name == "name" { b"\n\r:" } else { b"\n\r" };
            assert_eq!(leaves, expected, "{name}");
            // All bytes that stay are the same.
            let what = table.step(row, stays[0]).1;
            assert!(stays.iter().all(|&value| table.step(row, value).1 == what));
            loops.push(name.as_str());
        }
    }
    let values =
        ["data", "event", "id", "retry", "unknown", "comment"].map(|kind| format!("{kind}-value"));
    assert_eq!(loops[0], "name");
    assert_eq!(loops[1..], values);
    let classes = table.classes();
    let longest = (0..table.names.len()).map(|row| longest_path(&table, &classes, row)).max();
    assert_eq!(longest, Some(3 + 5 + 3));
}

/// Whether a byte leaves the state as it is, within a line.
fn stays(table: &Table, row: usize, value: u8) -> bool {
    let (next, what) = table.step(row, value);
    next == row && !matches!(what, Byte::End(_))
}

/// The most bytes that can be read from a state without a line's end and without a loop.
fn longest_path(table: &Table, classes: &[u8], row: usize) -> usize {
    let steps = classes.iter().map(|&value| table.step(row, value));
    let next = steps
        .filter(|(next, what)| *next != row && !matches!(what, Byte::End(_) | Byte::Swallowed));
    next.map(|(next, _)| 1 + longest_path(table, classes, next)).max().unwrap_or(0)
}

/// The pieces that the table makes of a chunk, and the state behind it.
fn pieces_of_table(table: &Table, mut row: usize, chunk: &[u8]) -> (usize, Vec<Piece>) {
    let mut pieces = Vec::new();
    let mut piece: Option<Piece> = None;
    for (pos, &value) in chunk.iter().enumerate() {
        let (next, what) = table.step(row, value);
        let (here, behind) = (Span::new(pos, pos), Span::new(pos + 1, pos + 1));
        if what != Byte::Swallowed {
            let starts = table.is_start(row);
            let new = Piece {
                line: Line::Undecided,
                starts,
                opens: false,
                closes: false,
                name: here,
                value: here,
            };
            let piece = piece.get_or_insert(new);
            match what {
                // Only when it is complete is the mark more than the start of a name.
                Byte::Mark => {
                    piece.name.end = if table.is_start(next) { pos + 1 } else { piece.name.end };
                    piece.value = behind;
                }
                Byte::Name => (piece.name.end, piece.value) = (pos + 1, behind),
                Byte::Colon(line) => {
                    piece.name.end = pos;
                    (piece.line, piece.opens, piece.value) = (line, true, behind);
                }
                Byte::Space(line) => (piece.line, piece.value) = (line, behind),
                Byte::Value(line) => (piece.line, piece.value.end) = (line, pos + 1),
                Byte::End(line) => {
                    (piece.line, piece.closes) = (line, true);
                    if starts || table.is_name(row) {
                        piece.name.end = pos;
                        (piece.opens, piece.value) = (true, here);
                    }
                }
                Byte::Swallowed => {}
            }
        }
        if what == Byte::Mark && table.is_start(next) {
            piece = piece.map(|piece| Piece { line: Line::Mark, ..piece });
        }
        if matches!(what, Byte::End(_)) || (what == Byte::Mark && table.is_start(next)) {
            pieces.extend(piece.take());
        }
        row = next;
    }
    pieces.extend(piece);
    (row, pieces)
}

/// The pieces that the lexer makes of a chunk. What looked like a part of the mark may be a piece of its own.
fn pieces_of_lexer(lexer: &mut Lexer, chunk: &[u8], mut scan: Scan) -> Vec<Piece> {
    let mut pieces = Vec::<Piece>::new();
    while let Some(piece) = lexer.next(chunk, &mut scan) {
        match pieces.last_mut() {
            Some(before) if before.line == Line::Undecided => {
                let name = Span::new(before.name.start, piece.name.end);
                *before = Piece { starts: before.starts, name, ..piece };
            }
            _ => pieces.push(piece),
        }
    }
    assert_eq!(scan.pos, chunk.len());
    pieces
}

/// The lexer of each state of the table. Chunks of one byte: every pair that is reached.
fn lexers(table: &Table) -> Vec<Lexer> {
    let mut lexers: Vec<Option<Lexer>> = vec![None; table.names.len()];
    let mut todo = vec![(Lexer::new(), table.state("mark0"))];
    while let Some((lexer, row)) = todo.pop() {
        if let Some(known) = lexers[row].replace(lexer) {
            assert_eq!(known, lexer, "one state of the lexer for {}", table.names[row]);
            continue;
        }
        assert_eq!(lexer.held(), held(table, row), "{}", table.names[row]);
        for value in 0..=u8::MAX {
            let mut next = lexer;
            let (behind, expected) = pieces_of_table(table, row, &[value]);
            assert_eq!(
                pieces_of_lexer(&mut next, &[value], Scan::default()),
                expected,
                "{} {value:#x}",
                table.names[row]
            );
            todo.push((next, behind));
        }
    }
    lexers.into_iter().map(|lexer| lexer.expect("every state is reached")).collect()
}

/// A chunk read from a state holds what its bytes do, whether its mask is made at once or not. Returns the state behind
/// it.
fn check(table: &Table, lexers: &[Lexer], from: usize, chunk: &[u8]) -> usize {
    let (row, expected) = pieces_of_table(table, from, chunk);
    let mut begun = Scan::default();
    begun.begin(chunk);
    for scan in [Scan::default(), begun] {
        let mut lexer = lexers[from];
        let found = pieces_of_lexer(&mut lexer, chunk, scan);
        let here = || format!("{} {}", table.names[from], chunk.escape_ascii());
        assert_eq!(found, expected, "{}", here());
        assert_eq!(lexer, lexers[row], "{}", here());
    }
    row
}

/// A chunk holds what its bytes do: from every state, each way through the table that takes no loop
/// more than once and reads at most three line ends, with two bytes of each step.
#[test]
fn chunks_are_their_bytes() {
    struct Walk<'t> {
        table: &'t Table,
        lexers: Vec<Lexer>,
        steps: Vec<Vec<u8>>,
        from: usize,
        chunks: usize,
    }

    impl Walk<'_> {
        fn check(&mut self, chunk: &[u8]) {
            self.chunks += 1;
            check(self.table, &self.lexers, self.from, chunk);
        }

        fn go(&mut self, row: usize, run: usize, ends: usize, chunk: &mut Vec<u8>) {
            self.check(chunk);
            for value in self.steps[row].clone() {
                let (next, what) = self.table.step(row, value);
                let run = if next == row { run + 1 } else { 0 };
                let ends = ends + usize::from(matches!(what, Byte::End(_)));
                if run > 1 || ends > 3 {
                    continue;
                }
                chunk.push(value);
                // Behind the first line: a byte that may be swallowed, and the first of another line.
                if ends == 0 || (ends == 1 && matches!(what, Byte::End(_))) {
                    self.go(next, run, ends, chunk);
                } else {
                    self.check(chunk);
                }
                chunk.pop();
            }
        }
    }

    let table = Table::new();
    let classes = table.classes();
    let steps = (0..table.names.len()).map(|row| {
        let mut bytes: Vec<u8> = Vec::new();
        for &value in &classes {
            let same =
                bytes.iter().filter(|&&other| table.step(row, other) == table.step(row, value));
            if same.count() < 2 {
                bytes.push(value);
            }
        }
        bytes
    });
    let steps = steps.collect();
    let mut walk = Walk { table: &table, lexers: lexers(&table), steps, from: 0, chunks: 0 };
    for from in 0..table.names.len() {
        walk.from = from;
        walk.go(from, 0, 0, &mut vec![]);
    }
    assert!(walk.chunks > 100_000, "{}", walk.chunks);
}

/// A kernel, tested and not proved: runs of every length up to a few batches of the search, in every state.
#[test]
fn long_runs_are_their_bytes() {
    let table = Table::new();
    let lexers = lexers(&table);
    let mut chunk = Vec::new();
    for row in 0..lexers.len() {
        for len in (0..140).chain([255, 256, 257, 1023, 1024, 1025]) {
            for filler in [b'x', b' ', 0x8A, 0x8D] {
                for end in [&b""[..], b"\n", b"\r", b"\r\n", b":y\n", b"\ndata: z\n\n"] {
                    chunk.clear();
                    chunk.resize(len, filler);
                    chunk.extend_from_slice(end);
                    check(&table, &lexers, row, &chunk);
                }
            }
        }
    }
}

/// What lines are made of, at their starts and ends above all.
const PARTS: [&[u8]; 24] = [
    b"data: ",
    b"data:",
    b"data",
    b"dat",
    b"event: ",
    b"event:",
    b"ev",
    b"id: ",
    b"id:",
    b"i",
    b"retry: ",
    b"retry:",
    b"re",
    b": ",
    b":",
    b" ",
    b"x",
    b"foo",
    b"\n",
    b"\r",
    b"\r\n",
    b"\xEF\xBB\xBF",
    b"\xEF\xBB",
    b"\xEF",
];

/// Whole lines behind each other: chunks of up to three parts, in every cut.
#[test]
fn parts_of_lines_are_their_bytes() {
    let table = Table::new();
    let lexers = lexers(&table);
    let mut count = 0;
    let mut parts = [0_usize; 3];
    loop {
        let chosen = parts.iter().filter_map(|&part| PARTS.get(part));
        let chunk: Vec<u8> = chosen.flat_map(|part| part.iter().copied()).collect();
        for start in ["mark0", "start"].map(|name| table.state(name)) {
            for at in 0..=chunk.len() {
                let (first, second) = chunk.split_at(at);
                let between = check(&table, &lexers, start, first);
                check(&table, &lexers, between, second);
            }
            count += 1;
        }
        let Some(next) = (0..3).find(|&i| parts[i] < PARTS.len()) else { break };
        parts[next] += 1;
        parts[..next].fill(0);
    }
    assert!(count > 30_000);
}
