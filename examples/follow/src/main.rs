//! `follow`: follows an event stream over HTTP and prints its events as JSON lines.
//!
//! - [`args`]: what can be said on the command line.
//! - [`request`]: one request, its redirects followed.
//! - [`coding`]: the body of a response, its content codings undone.
//! - [`follow`]: the stream of events, printed until it stops.
//!
//! What is printed is what `wire decode` prints, and by the same code: the modules [`front`],
//! [`looks`], [`print`], [`report`] and [`size`] are its.

mod args;
mod coding;
mod follow;
mod request;

// They have more than is used here.
#[allow(dead_code)]
#[path = "../../wire/src/front.rs"]
mod front;
#[path = "../../wire/src/looks.rs"]
mod looks;
#[allow(dead_code)]
#[path = "../../wire/src/print.rs"]
mod print;
#[allow(dead_code)]
#[path = "../../wire/src/report.rs"]
mod report;
#[path = "../../wire/src/size.rs"]
mod size;

use std::io::{self, BufWriter};
use std::process::ExitCode;

use clap::Parser;

use args::Args;
use report::Status;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let args = Args::parse();
    let out = BufWriter::with_capacity(64 << 10, io::stdout().lock());
    let error = match follow::run(&args, out).await {
        Ok(status) => return status.into(),
        Err(error) => error,
    };
    match error.downcast_ref::<io::Error>() {
        // Whoever reads the output has seen enough: not an error.
        Some(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        _ => {
            follow::say(&error);
            Status::Broken.into()
        }
    }
}
