//! How items are printed: as JSON lines for programs, or for people.

use std::fmt::{self, Display, Formatter};
use std::io::{self, Write};

use crate::front::Seen;
use crate::report::Palette;

/// Prints an item as one JSON object and a line end; without `all` events only, and of those only
/// what the standard shows a page.
///
/// # Errors
///
/// If the output fails.
pub(crate) fn json(seen: &Seen<'_>, all: bool, out: &mut impl Write) -> io::Result<()> {
    match seen {
        Seen::Event { event, data, last_event_id, id } => {
            let mut members = Members::new(out);
            members.string("event", Some(event))?;
            members.string("data", Some(data))?;
            members.string("last_event_id", Some(last_event_id))?;
            members.string("id", id.as_deref().filter(|_| all))?;
            members.end()?;
        }
        Seen::Comment(comment) if all => {
            let mut members = Members::new(out);
            members.string("comment", Some(comment))?;
            members.end()?;
        }
        Seen::Retry(milliseconds) if all => write!(out, "{{\"retry_ms\":{milliseconds}}}")?,
        Seen::Block { event, id } if all => {
            out.write_all(b"{\"block\":")?;
            let mut members = Members::new(out);
            members.string("event", event.as_deref())?;
            members.string("id", id.as_deref())?;
            members.end()?;
            out.write_all(b"}")?;
        }
        Seen::Comment(_) | Seen::Retry(_) | Seen::Block { .. } | Seen::Dropped(_) => return Ok(()),
    }
    out.write_all(b"\n")
}

/// Writes the members of a JSON object as they come, so that a large value is never copied.
struct Members<'o, W> {
    out: &'o mut W,
    before: &'static str,
}

impl<'o, W: Write> Members<'o, W> {
    fn new(out: &'o mut W) -> Self {
        Self { out, before: "{" }
    }

    fn string(&mut self, key: &str, value: Option<&str>) -> io::Result<()> {
        let Some(value) = value else { return Ok(()) };
        write!(self.out, "{}\"{key}\":", self.before)?;
        self.before = ",";
        Ok(serde_json::to_writer(&mut *self.out, value)?)
    }

    fn end(self) -> io::Result<()> {
        self.out.write_all(if self.before == "{" { b"{}" } else { b"}" })
    }
}

/// Prints an item for people: a head line, then the data, indented, a blank line after it.
///
/// # Errors
///
/// If the output fails.
pub(crate) fn pretty(
    seen: &Seen<'_>,
    all: bool,
    palette: Palette,
    out: &mut impl Write,
) -> io::Result<()> {
    let Palette { strong, faint, off, .. } = palette;
    match seen {
        Seen::Event { event, data, last_event_id, .. } => {
            write!(out, "{strong}{}{off}", Visible(event))?;
            if !last_event_id.is_empty() {
                write!(out, "  {faint}id {}{off}", Visible(last_event_id))?;
            }
            writeln!(out)?;
            for line in data.split('\n') {
                writeln!(out, "    {}", Visible(line))?;
            }
            writeln!(out)
        }
        Seen::Comment(comment) if all => writeln!(out, "{faint}: {}{off}\n", Visible(comment)),
        Seen::Retry(milliseconds) if all => writeln!(out, "{faint}retry {milliseconds} ms{off}\n"),
        Seen::Block { event, id } if all => {
            write!(out, "{faint}block without data")?;
            if let Some(event) = event {
                write!(out, "  event {}", Visible(event))?;
            }
            if let Some(id) = id {
                write!(out, "  id {}", Visible(id))?;
            }
            writeln!(out, "{off}\n")
        }
        Seen::Comment(_) | Seen::Retry(_) | Seen::Block { .. } | Seen::Dropped(_) => Ok(()),
    }
}

/// Text from a stranger on its way to a terminal: control characters are shown, not obeyed.
pub(crate) struct Visible<'a>(pub(crate) &'a str);

impl Display for Visible<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        for piece in self.0.split_inclusive(|letter: char| letter.is_control() && letter != '\t') {
            match piece.chars().next_back() {
                Some(last) if last.is_control() && last != '\t' => {
                    formatter.write_str(&piece[..piece.len() - last.len_utf8()])?;
                    write!(formatter, "{}", last.escape_default())?;
                }
                _ => formatter.write_str(piece)?,
            }
        }
        Ok(())
    }
}

/// A text of which only the beginning is shown if it is long.
pub(crate) struct Short<'a>(pub(crate) &'a str);

impl Display for Short<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 300;
        match self.0.char_indices().nth(SHOWN) {
            Some((end, _)) => {
                let rest = self.0.len() - end;
                write!(formatter, "{}… ({rest} bytes more)", Visible(&self.0[..end]))
            }
            None => Visible(self.0).fmt(formatter),
        }
    }
}

/// A number of bytes for people.
pub(crate) struct Size(pub(crate) f64);

impl Display for Size {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let mut size = self.0;
        for unit in ["bytes", "KiB", "MiB"] {
            if size < 1024.0 {
                let digits = usize::from(unit != "bytes");
                return write!(formatter, "{size:.digits$} {unit}");
            }
            size /= 1024.0;
        }
        write!(formatter, "{size:.1} GiB")
    }
}
