//! `wire completions` and `wire man`: what the command line offers, for shells and for `man`.

use std::io::{self, Write};

use clap_complete::{generate, Shell};
use clap_mangen::roff::{roman, Roff};
use clap_mangen::Man;

use crate::args::command;
use crate::report::Status;

/// Prints a script that completes arguments in a shell.
///
/// # Errors
///
/// If the output fails.
pub(crate) fn completions(shell: Shell, out: &mut impl Write) -> io::Result<Status> {
    // The generator panics where its output fails.
    let mut script = Vec::new();
    generate(shell, &mut command(), "wire", &mut script);
    out.write_all(&script)?;
    Ok(Status::Done)
}

/// Prints the manual page of the program, or of the command named.
///
/// # Errors
///
/// If the output fails.
pub(crate) fn page(name: Option<&str>, out: &mut impl Write) -> io::Result<Status> {
    let mut program = command().disable_help_subcommand(true);
    program.build();
    let of = match name {
        Some(name) => program.find_subcommand(name).cloned().unwrap_or(program),
        None => program,
    };
    let after = of.get_after_help().map(ToString::to_string).unwrap_or_default();
    let has_commands = of.has_subcommands();
    let page = Man::new(of);
    page.render_title(out)?;
    page.render_name_section(out)?;
    page.render_synopsis_section(out)?;
    page.render_description_section(out)?;
    page.render_options_section(out)?;
    if has_commands {
        page.render_subcommands_section(out)?;
    }
    // What stands below the options has its own lines and columns.
    let mut rest = Roff::new();
    rest.control("SH", ["NOTES"]).control("nf", []);
    for line in after.lines() {
        rest.text([roman(line)]);
    }
    rest.control("fi", []).to_writer(out)?;
    Ok(Status::Done)
}
