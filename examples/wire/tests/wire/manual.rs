//! `wire completions` and `wire man`.

use std::process::Command;

use crate::{command, file, wire};

#[test]
fn every_shell_completes_every_command_and_option() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = wire(&["completions", shell], "");
        assert_eq!((ran.status, ran.err.as_str()), (Some(0), ""), "{shell}");
        for word in ["decode", "encode", "check", "record", "man", "timeline", "at-end", "crlf"] {
            assert!(ran.out.contains(word), "{shell}: {word}");
        }
    }
}

/// The completion of a shell, asked for as the shell does.
#[cfg(unix)]
#[test]
fn bash_completes() {
    let script = file("manual/wire.bash", wire(&["completions", "bash"], "").out);
    for (words, expected) in [
        ("wire de", "decode"),
        ("wire decode --time", "--timeline"),
        ("wire decode --front fi", "fixed"),
        ("wire completions z", "zsh"),
    ] {
        let ask = format!(
            "source {script}; COMP_WORDS=({words}); COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 )); \
             _wire wire \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"; \
             echo \"${{COMPREPLY[@]}}\""
        );
        let output = Command::new("bash").args(["-c", &ask]).output().expect("there is a bash");
        let reply = String::from_utf8_lossy(&output.stdout);
        assert_eq!(reply.trim(), expected, "{words}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn the_manual_says_what_help_says() {
    for (command, words) in [
        (&["man"][..], &["wire\\-decode(1)", "wire\\-record(1)", "Exit status:"][..]),
        (&["man", "decode"], &["wire\\-decode", "\\-\\-timeline", "U+FFFD", "borrowed"]),
        (&["man", "record"], &["chunks_at_ms", "\\-\\-limit"]),
    ] {
        let ran = wire(command, "");
        assert_eq!((ran.status, ran.err.as_str()), (Some(0), ""), "{command:?}");
        assert!(ran.out.contains(".TH"), "{command:?}: {}", ran.out);
        for word in words {
            assert!(ran.out.contains(word), "{command:?}: {word} in {}", ran.out);
        }
    }
}

#[test]
fn they_end_quietly_where_nobody_reads() {
    for arguments in [&["completions", "bash"][..], &["man"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command(arguments).stdout(writer).output().unwrap();
        assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()), "{arguments:?}");
    }
}
