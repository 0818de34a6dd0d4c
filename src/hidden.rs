//! What `Debug` output shows in the place of payload.

use core::fmt;

/// Payload, of which only the length is shown.
pub(crate) struct Hidden(usize);

impl Hidden {
    pub(crate) fn new(payload: &(impl AsRef<[u8]> + ?Sized)) -> Self {
        Self(payload.as_ref().len())
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} bytes>", self.0)
    }
}
