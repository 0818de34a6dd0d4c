//! A set of HTTP statuses.

use core::fmt;
use core::str::FromStr;

/// The statuses that the set can hold are below this.
const END: u16 = 600;

const WORDS: usize = END as usize / 64 + 1;

/// A set of HTTP statuses: after which responses the connection is reestablished
/// ([`Policy::retry_statuses`](crate::source::Policy::retry_statuses)).
///
/// Made of a list, of ranges, of a function, or out of text such as `429, 5xx`, at compile time or
/// at run time. It has 80 bytes and allocates nothing. It holds statuses up to 599, the last that HTTP
/// has (RFC 9110, 15); others are never in it.
///
/// ```
/// use sse_wire::source::Statuses;
///
/// const LISTED: Statuses = Statuses::of(&[429, 503]);
/// assert!(LISTED.contains(503) && !LISTED.contains(500));
///
/// let ranged = LISTED.with_range(520, 527);
/// assert!(ranged.contains(429) && ranged.contains(524));
///
/// let chosen = Statuses::from_fn(|status| status >= 500 && status != 501);
/// assert!(chosen.contains(599) && !chosen.contains(501));
///
/// let configured: Statuses = "429, 5xx".parse()?;
/// assert!(configured.contains(429) && configured.contains(599) && !configured.contains(404));
/// # Ok::<(), sse_wire::source::ParseStatusesError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Statuses([u64; WORDS]);

impl Statuses {
    /// The empty set.
    pub const NONE: Self = Self([0; WORDS]);

    /// The statuses that are often gone a while later: 408, 429, 500, 502, 503 and 504.
    pub const TEMPORARY: Self = Self::of(&[408, 429, 500, 502, 503, 504]);

    /// Makes the set of these statuses.
    #[must_use]
    pub const fn of(statuses: &[u16]) -> Self {
        let mut set = Self::NONE;
        let mut rest = statuses;
        while let [status, others @ ..] = rest {
            set = set.with_range(*status, *status);
            rest = others;
        }
        set
    }

    /// Adds the statuses from `first` to `last`, both included. Adds nothing if `last` is less.
    #[must_use]
    pub const fn with_range(mut self, first: u16, last: u16) -> Self {
        let mut status = first;
        while status <= last && status < END {
            self.0[status as usize / 64] |= 1 << (status % 64);
            status += 1;
        }
        self
    }

    /// Makes the set of the statuses for which `is_in` returns `true`. Asks it for each number up to
    /// 599 once, and never again.
    #[must_use]
    pub fn from_fn(mut is_in: impl FnMut(u16) -> bool) -> Self {
        (0..END).filter(|&status| is_in(status)).collect()
    }

    /// Whether the status is in the set.
    #[must_use]
    pub const fn contains(&self, status: u16) -> bool {
        status < END && self.0[status as usize / 64] & 1 << (status % 64) != 0
    }

    /// The statuses in the set, in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = u16> + '_ {
        (0..END).filter(|&status| self.contains(status))
    }
}

impl Default for Statuses {
    fn default() -> Self {
        Self::NONE
    }
}

impl FromIterator<u16> for Statuses {
    fn from_iter<I: IntoIterator<Item = u16>>(statuses: I) -> Self {
        statuses.into_iter().fold(Self::NONE, |set, status| set.with_range(status, status))
    }
}

/// Reads a list of statuses with commas or blanks between them: `503`, a range `520-527`, or a class
/// `5xx`. Empty text is the empty set.
impl FromStr for Statuses {
    type Err = ParseStatusesError;

    fn from_str(text: &str) -> Result<Self, ParseStatusesError> {
        let mut set = Self::NONE;
        for part in text.split([',', ' ', '\t', '\n']).filter(|part| !part.is_empty()) {
            let (first, last) = range(part).ok_or(ParseStatusesError(()))?;
            set = set.with_range(first, last);
        }
        Ok(set)
    }
}

/// The first and the last status that a part of a list names.
fn range(part: &str) -> Option<(u16, u16)> {
    if let Some(class) = part.strip_suffix("xx").or_else(|| part.strip_suffix("XX")) {
        let class = status(class).filter(|class| (1..=5).contains(class))?;
        return Some((class * 100, class * 100 + 99));
    }
    let (first, last) = part.split_once('-').unwrap_or((part, part));
    let (first, last) = (status(first)?, status(last)?);
    (first <= last).then_some((first, last))
}

/// A number of at most three digits that the set can hold.
fn status(digits: &str) -> Option<u16> {
    let is_number = digits.len() <= 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|&status| is_number && status < END)
}

/// Shows the set as the text that makes it.
impl fmt::Display for Statuses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        let mut status = 0;
        while status < END {
            let first = status;
            while self.contains(status) {
                status += 1;
            }
            match status - first {
                0 => {}
                1 => write!(f, "{separator}{first}")?,
                _ => write!(f, "{separator}{first}-{}", status - 1)?,
            }
            if status > first {
                separator = ", ";
            }
            status += 1;
        }
        Ok(())
    }
}

impl fmt::Debug for Statuses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Statuses({self})")
    }
}

/// A part of a list of statuses that is no status, no range and no class.
///
/// ```
/// use sse_wire::source::Statuses;
///
/// let error = "503, often".parse::<Statuses>().unwrap_err();
/// assert_eq!(error.to_string(), "expected statuses such as 429, 520-527 or 5xx");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ParseStatusesError(());

impl fmt::Display for ParseStatusesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected statuses such as 429, 520-527 or 5xx")
    }
}

#[cfg(feature = "std")]
impl std::error::Error for ParseStatusesError {}
