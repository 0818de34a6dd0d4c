//! `wire`: decodes, encodes and checks event streams on the command line.
//!
//! Run it with `cargo run --release -p wire -- --help`.
//!
//! - `wire decode` prints a stream's events as JSON lines ([`decode`], [`print`], [`stats`]),
//!   through any of the crate's decoders ([`front`]).
//! - `wire encode` writes a stream from JSON lines ([`encode`]).
//! - `wire check` replays recordings ([`recording`]) through every decoder ([`replay`]), and
//!   several connections through `EventSource` ([`connections`]), and says where they differ
//!   ([`check`]).
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
mod input;
mod print;
mod recording;
mod replay;
mod report;
mod size;
mod stats;
mod steps;

#[path = "../../../tests/support/reference.rs"]
mod reference;

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use report::Status;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut out = BufWriter::with_capacity(input::READ, io::stdout().lock());
    let outcome = match &cli.command {
        Command::Decode(args) => decode::run(args, &mut out),
        Command::Encode(args) => encode::run(args, &mut out),
        Command::Check(args) => check::run(args, &mut out),
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
