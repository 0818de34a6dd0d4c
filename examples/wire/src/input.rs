//! Where bytes come from: files and standard input, with a progress bar for the long ones.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};

/// How much is read at once.
pub(crate) const READ: usize = 64 * 1024;

/// The length from which on a file is worth a progress bar.
pub(crate) const LONG: u64 = 4 << 20;

/// One input, opened for reading.
pub(crate) struct Input {
    pub(crate) name: String,
    reader: Box<dyn Read>,
    pub(crate) bar: ProgressBar,
}

impl Input {
    /// Opens a file, or standard input for `-`. A file of at least `long` bytes gets a progress
    /// bar where standard error is a terminal and the output does not go there as well.
    ///
    /// # Errors
    ///
    /// The file's name and what the system says.
    pub(crate) fn open(path: &Path, long: u64) -> Result<Self, (String, io::Error)> {
        if path == Path::new("-") {
            let reader = Box::new(io::stdin().lock());
            let bar = ProgressBar::hidden();
            return Ok(Self { name: "standard input".to_owned(), reader, bar });
        }
        let name = path.display().to_string();
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) => return Err((name, error)),
        };
        let length = file.metadata().map_or(0, |metadata| metadata.len());
        let watched = io::stderr().is_terminal() && !io::stdout().is_terminal();
        let bar = if length >= long && watched {
            ProgressBar::new(length).with_style(style()).with_message(name.clone())
        } else {
            ProgressBar::hidden()
        };
        Ok(Self { name, reader: Box::new(bar.wrap_read(file)), bar })
    }
}

impl Read for Input {
    /// Reads, starting over where a signal interrupted.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.reader.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => return outcome,
            }
        }
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// The inputs named on the command line; standard input if there are none.
pub(crate) fn or_standard_input(files: &[PathBuf]) -> Vec<PathBuf> {
    if files.is_empty() {
        vec![PathBuf::from("-")]
    } else {
        files.to_vec()
    }
}
