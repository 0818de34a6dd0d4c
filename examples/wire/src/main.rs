//! `wire`: decodes, encodes and checks event streams on the command line.
//!
//! Run it with `cargo run -p wire -- --help`.
//!
//! - `wire decode` prints a stream's events as JSON lines ([`decode`], [`print`], [`stats`]),
//!   through any of the crate's decoders ([`front`]).
//! - `wire encode` writes a stream from JSON lines ([`encode`]).
//! - `wire check` replays recordings ([`recording`]) through every decoder ([`replay`]), and
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "a program with the standard library"
)]

mod args;
mod check;
mod connections;
mod decode;
mod encode;
mod front;
mod help;
mod input;
mod looks;
mod manual;
mod print;
mod record;
mod recording;
mod replay;
mod report;
mod size;
mod stats;
mod steps;
mod timeline;

#[path = "../../../tests/support/reference.rs"]
mod reference;

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use args::Wanted;
use report::Status;

fn main() -> ExitCode {
    let wanted = Wanted::read();
    let mut out = BufWriter::with_capacity(input::READ, io::stdout().lock());
    let outcome = match &wanted {
        Wanted::Decode(args) => decode::run(args, &mut out),
        Wanted::Encode(args) => encode::run(args, &mut out),
        Wanted::Check(args) => check::run(args, &mut out),
        Wanted::Record(args) => record::run(args, &mut out),
        Wanted::Completions(shell) => manual::completions(*shell, &mut out),
        Wanted::Manual(command) => manual::page(command.as_deref(), &mut out),
    };
    match outcome.and_then(|status| out.flush().map(|()| status)) {
        Ok(status) => status.into(),
        // Whoever reads the output has seen enough: not an error.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            report::problem("standard output", &error);
            Status::Broken.into()
        }
    }
}
