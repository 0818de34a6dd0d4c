//! Where bytes come from: files and standard input, unzipped, with a progress bar for the long ones.

use std::fs::File;
use std::io::{self, Cursor, IsTerminal, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use indicatif::{ProgressBar, ProgressStyle};

/// How much is read at once.
pub(crate) const READ: usize = 64 * 1024;

/// The length from which on a file is worth a progress bar.
pub(crate) const LONG: u64 = 4 << 20;

/// What a gzipped file begins with.
const GZIP: [u8; 2] = [0x1F, 0x8B];

/// One input, opened for reading.
pub(crate) struct Input {
    pub(crate) name: String,
    reader: Box<dyn Read>,
    pub(crate) bar: ProgressBar,
}

impl Input {
    /// Opens a file, or standard input for `-`, and reads its beginning. A file of at least `long` bytes gets a
    /// progress bar where standard error is a terminal and the output does not go there as well.
    ///
    /// # Errors
    ///
    /// The file's name and what the system says.
    pub(crate) fn open(path: &Path, long: u64) -> Result<Self, (String, io::Error)> {
        let (name, reader, bar): (_, Box<dyn Read>, _) = if path == Path::new("-") {
            ("standard input".to_owned(), Box::new(io::stdin().lock()), ProgressBar::hidden())
        } else {
            let name = path.display().to_string();
            let file = File::open(path).map_err(|error| (name.clone(), error))?;
            let length = file.metadata().map_or(0, |metadata| metadata.len());
            let watched = io::stderr().is_terminal() && !io::stdout().is_terminal();
            let bar = if length >= long && watched {
                ProgressBar::new(length).with_style(style()).with_message(name.clone())
            } else {
                ProgressBar::hidden()
            };
            (name, Box::new(bar.wrap_read(file)), bar)
        };
        match unzipped(Patient(reader)) {
            Ok(reader) => Ok(Self { name, reader, bar }),
            Err(error) => Err((name, error)),
        }
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer)
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A reader that starts over where a signal interrupted.
struct Patient<R>(R);

impl<R: Read> Read for Patient<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.0.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => return outcome,
            }
        }
    }
}

/// Unzips what a reader gives, if it begins as a gzipped file does. One byte says that already, mostly, so that
/// nothing of a live stream waits here.
fn unzipped(mut reader: impl Read + 'static) -> io::Result<Box<dyn Read>> {
    let mut head = vec![0; READ];
    let mut length = reader.read(&mut head)?;
    if head[..length] == GZIP[..1] {
        length += reader.read(&mut head[length..])?;
    }
    head.truncate(length);
    let is_zipped = head.starts_with(&GZIP);
    let reader = Cursor::new(head).chain(reader);
    Ok(if is_zipped { Box::new(MultiGzDecoder::new(reader)) } else { Box::new(reader) })
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// What is in a file, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Recordings, one a line.
    Lines,
    /// A list of vectors.
    Json,
    /// A stream.
    Stream,
}

impl Kind {
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let name = path.to_string_lossy().to_ascii_lowercase();
        match Path::new(name.strip_suffix(".gz").unwrap_or(&name)).extension()?.to_str()? {
            "jsonl" => Some(Self::Lines),
            "json" => Some(Self::Json),
            "sse" => Some(Self::Stream),
            _ => None,
        }
    }
}

/// The inputs named on the command line; standard input if there are none.
pub(crate) fn or_standard_input(files: &[PathBuf]) -> Vec<PathBuf> {
    if files.is_empty() {
        vec![PathBuf::from("-")]
    } else {
        files.to_vec()
    }
}
