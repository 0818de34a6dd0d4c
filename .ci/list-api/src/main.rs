//! Lists the public items of the library, one a line, out of the JSON that rustdoc writes: `list-api FILE`.
//!
//! Paths begin at the crate's root; those of other crates are cut to the name. Of an implementation there is its head
//! alone, since its methods are the trait's.

use std::collections::{BTreeSet, HashSet};
use std::process::ExitCode;

/// The crates whose paths are cut.
const FOREIGN: [&str; 11] = [
    "alloc",
    "bytes",
    "core",
    "futures_core",
    "http",
    "http_body",
    "serde",
    "serde_core",
    "serde_json",
    "std",
    "tokio_util",
];

/// Names that say nothing without their module.
const VAGUE: [&str; 4] = ["Decoder", "Encoder", "Error", "Result"];

fn main() -> ExitCode {
    let Some(file) = std::env::args_os().nth(1) else {
        eprintln!("usage: list-api FILE");
        return ExitCode::from(2);
    };
    let api = public_api::Builder::from_rustdoc_json(file)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .include_function_parameter_names(true)
        .build();
    let api = match api {
        Ok(api) => api,
        Err(error) => {
            eprintln!("list-api: {error}");
            return ExitCode::FAILURE;
        }
    };
    let items: Vec<_> = api.items().map(|item| (item, shortened(&item.to_string()))).collect();
    let implementations: HashSet<_> = items
        .iter()
        .filter(|(_, line)| of_trait(line).is_some())
        .map(|(item, _)| item.id())
        .collect();
    let lines: BTreeSet<_> = items
        .into_iter()
        .filter(|(item, line)| {
            let is_method = item.parent_id().is_some_and(|id| implementations.contains(&id));
            let is_made = line.contains("StructuralPartialEq") || line.contains("'__pin");
            !is_method && !is_made && !is_head_of_methods(line) && line != "pub mod sse_wire"
        })
        .map(|(_, line)| (key(&line), line))
        .collect();
    for (_, line) in lines {
        println!("{line}");
    }
    ExitCode::SUCCESS
}

/// The type that a line implements a trait for.
fn of_trait(line: &str) -> Option<&str> {
    line.strip_prefix("impl")?.split_once(" for ").map(|(_, of)| of)
}

/// Whether the line is the head of methods that are items themselves.
fn is_head_of_methods(line: &str) -> bool {
    line.starts_with("impl") && of_trait(line).is_none()
}

/// What the lines are sorted by: the path without type parameters; implementations come behind.
fn key(line: &str) -> (String, bool) {
    if let Some(of) = of_trait(line) {
        return (path(of), true);
    }
    let words = [
        "#[non_exhaustive]",
        "pub",
        "const",
        "async",
        "unsafe",
        "fn",
        "struct",
        "enum",
        "trait",
        "type",
        "mod",
    ];
    let mut rest = line;
    while let Some((word, behind)) = rest.split_once(' ') {
        if !words.contains(&word) {
            break;
        }
        rest = behind;
    }
    (path(rest), false)
}

/// The path that the text begins with, without type parameters.
fn path(text: &str) -> String {
    let mut depth = 0;
    let mut path = String::new();
    for char in text.trim_start_matches('&').chars() {
        match char {
            '<' => depth += 1,
            '>' => depth -= 1,
            _ if depth > 0 => {}
            'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | ':' => path.push(char),
            _ => break,
        }
    }
    path.trim_end_matches(':').to_owned()
}

/// The line with its paths cut.
fn shortened(line: &str) -> String {
    let is_name = |char: char| char.is_ascii_alphanumeric() || char == '_' || char == ':';
    let mut short = String::new();
    let mut rest = line;
    while let Some(start) = rest.find(is_name) {
        let (before, from) = rest.split_at(start);
        let (path, behind) = from.split_at(from.find(|char| !is_name(char)).unwrap_or(from.len()));
        short.push_str(before);
        short.push_str(&cut(path));
        rest = behind;
    }
    short + rest
}

/// The path cut: from the crate's root, or the name alone. A path may end in the colon of a bound or of a parameter.
fn cut(path: &str) -> String {
    let parts: Vec<_> = path.split("::").collect();
    let (first, name) = (parts[0], parts[parts.len() - 1]);
    if parts.len() == 1 || !(FOREIGN.contains(&first) || first == "sse_wire") {
        return path.to_owned();
    }
    if first == "sse_wire" {
        return parts[1..].join("::");
    }
    let home = match parts[1] {
        "result" | "error" if first == "core" => return name.to_owned(),
        "io" | "fmt" | "codec" => parts[1],
        _ => first,
    };
    if VAGUE.contains(&name.trim_end_matches(':')) {
        format!("{home}::{name}")
    } else {
        name.to_owned()
    }
}
