//! How the state changes: what the standard does at each step of a connection (WHATWG HTML, 9.2.2 and 9.2.3).

use core::time::Duration;

use super::{EventSource, NetworkError, Stopped, StreamDecoder, Success};
use crate::decoder::Activity;
use crate::headers::is_event_stream;

/// What is done at the moment.
#[derive(Clone, Copy, Debug)]
pub(super) enum Phase {
    Connecting,
    Open,
    /// The delay is the policy's, and at least this.
    Waiting(Duration),
    Stopped(Stopped),
}

impl<D: StreamDecoder> EventSource<D> {
    /// The response has come.
    pub(super) fn respond(&mut self, status: u16, content_type: &[u8]) {
        match status {
            200 if is_event_stream(content_type) => self.announce(),
            200 => self.stop(Stopped::ContentType),
            // "No Content" means that, whatever the policy says.
            204 => self.stop(Stopped::Status(204)),
            _ if self.policy.retry_statuses.contains(status) => self.reestablish(),
            _ => self.stop(Stopped::Status(status)),
        }
    }

    /// There was a network error.
    pub(super) fn lose(&mut self, error: NetworkError) {
        match error {
            NetworkError::Aborted => self.stop(Stopped::Aborted),
            NetworkError::Futile => self.stop(Stopped::Futile),
            NetworkError::Other => self.reestablish(),
        }
    }

    /// The body has come to its end.
    pub(super) fn end(&mut self) {
        self.reestablish();
    }

    /// The wait is over, or the connection has been idle for too long.
    pub(super) fn time_out(&mut self) {
        match self.phase {
            Phase::Waiting(_) => self.phase = Phase::Connecting,
            _ => self.reestablish(),
        }
    }

    /// "Announce the connection."
    pub(super) fn announce(&mut self) {
        self.decoder.reset();
        self.phase = Phase::Open;
        self.progress = true;
        if self.policy.success == Success::Response {
            self.attempts = 0;
        }
    }

    /// Takes what the decoder has seen since this was called last, and counts the attempts from zero if
    /// that makes the connection a success.
    pub(super) fn look(&mut self) -> Activity {
        let activity = self.decoder.take_activity();
        let is_success = match self.policy.success {
            Success::Byte => activity.bytes(),
            Success::Field => activity.field() && !self.decoder.is_foreign(),
            Success::Event => self.decoder.events() > 0,
            Success::Response | Success::Time => false,
        };
        if is_success {
            self.attempts = 0;
        }
        activity
    }

    /// "Reestablish the connection."
    pub(super) fn reestablish(&mut self) {
        if matches!(self.phase, Phase::Open) {
            // What was seen is progress of this connection, not of the next.
            let _ = self.look();
        }
        if self.policy.attempts.is_some_and(|limit| self.attempts >= limit) {
            return self.stop(Stopped::Attempts);
        }
        self.attempts = self.attempts.saturating_add(1);
        self.draw();
        self.leave(Phase::Waiting(Duration::ZERO));
    }

    /// "Fail the connection", or close it.
    pub(super) fn stop(&mut self, why: Stopped) {
        self.leave(Phase::Stopped(why));
    }

    /// The connection, if there was one, is gone, and what was pending with it.
    pub(super) fn leave(&mut self, phase: Phase) {
        self.decoder.reset();
        self.phase = phase;
    }
}
