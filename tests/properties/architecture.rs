//! The rules and the table of where they are: every rule is listed, and every function and test that is
//! named exists.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::Path;

fn file(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The numbers that the lines of a text begin with, behind `before` and up to `after`.
fn numbers(text: &str, before: &str, after: &str) -> Vec<u32> {
    let number = |line: &str| line.strip_prefix(before)?.split_once(after)?.0.parse().ok();
    text.lines().filter_map(number).collect()
}

#[test]
fn every_rule_is_listed_once() {
    let all: Vec<u32> = (1..=69).collect();
    assert_eq!(numbers(&file("RULES.md"), "", ". "), all);
    assert_eq!(numbers(&file("ARCHITECTURE.md"), "| ", " | "), all);
}

#[test]
fn every_function_and_test_that_is_named_exists() {
    let table = file("ARCHITECTURE.md");
    let rows = table.lines().filter(|line| !numbers(line, "| ", " | ").is_empty());
    for row in rows {
        let cells: Vec<&str> = row.split(" | ").collect();
        for (cell, defines) in [(cells[2], "fn "), (cells[3], "")] {
            let named = cell.trim_end_matches(" |").trim_matches('`');
            let (path, name) = named.split_once(": ").unwrap_or_else(|| panic!("{row}"));
            assert!(Path::new(path).starts_with(if defines.is_empty() { "tests" } else { "src" }));
            // Tests of rules are named in a list, which makes functions of them.
            let found = format!("{defines}{name}");
            let is_whole = |(at, _): (usize, &str)| {
                let behind = file(path)[at + found.len()..].chars().next();
                behind.is_some_and(|next| !next.is_alphanumeric() && next != '_')
            };
            assert!(file(path).match_indices(&found).any(is_whole), "{row}");
        }
    }
}
