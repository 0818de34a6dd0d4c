//! Tokens in a build without them: there is no valid one.

use axum::http::HeaderMap;

use super::{Unauthorized, User};

/// Refuses everybody. A server that should ask for tokens does not start.
pub struct Tokens;

impl Tokens {
    pub fn new(_secret: &str) -> Self {
        Self
    }

    /// Issues nothing.
    ///
    /// # Errors
    ///
    /// Always.
    pub fn issue(&self, _user: &str, _exp: u64) -> Result<String, &'static str> {
        Err("this server was built without the feature `jwt`")
    }

    /// Finds nobody.
    ///
    /// # Errors
    ///
    /// Always.
    pub fn user(&self, _headers: &HeaderMap) -> Result<User, Unauthorized> {
        Err(Unauthorized)
    }
}
