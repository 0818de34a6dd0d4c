//! The lines of a field without their ends: for a frame that has its own.

use core::time::Duration;

use super::error::{InvalidField, InvalidValue};
use super::layout::Lines;
use super::payload::Payload;
use super::style::Style;
use super::value::{Digits, Single};

/// The new value of a field, fit for the stream.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NewValue<'v> {
    EventType(Single<'v>),
    Id(Single<'v>),
    Retry(Digits),
    Data(&'v [u8]),
}

impl<'v> NewValue<'v> {
    pub(crate) const fn event_type(value: &'v str) -> Result<Self, InvalidValue> {
        match Single::checked(InvalidField::EventType, value) {
            Ok(single) => Ok(Self::EventType(single)),
            Err(error) => Err(error),
        }
    }

    pub(crate) const fn id(value: &'v str) -> Result<Self, InvalidValue> {
        match Single::checked(InvalidField::Id, value) {
            Ok(single) => Ok(Self::Id(single)),
            Err(error) => Err(error),
        }
    }

    pub(crate) const fn retry(duration: Duration) -> Self {
        Self::Retry(Digits::milliseconds(duration))
    }

    /// The values of the lines that it takes: one, unless it is data.
    pub(crate) fn values(&self) -> impl Iterator<Item = &[u8]> + Clone {
        self.lines(Style::new()).map(|line| line.value.as_bytes())
    }

    /// What stands before a line that holds `value`, one of [`NewValue::values`].
    pub(crate) fn opening(&self, compact: bool, value: &[u8]) -> &'static [u8] {
        let style = if compact { Style::new().compact() } else { Style::new() };
        // The first line of data is any line of it.
        let line = match self {
            Self::Data(_) => Lines::data(style, Payload::Bytes(value)).next(),
            _ => self.lines(style).next(),
        };
        line.map_or(b"", |line| line.lead.text().as_bytes())
    }

    fn lines(&self, style: Style) -> Lines<'_> {
        match self {
            Self::EventType(single) => Lines::event_type(style, *single),
            Self::Id(single) => Lines::id(style, *single),
            Self::Retry(digits) => Lines::retry(style, digits),
            Self::Data(data) => Lines::data(style, Payload::Bytes(data)),
        }
    }
}
