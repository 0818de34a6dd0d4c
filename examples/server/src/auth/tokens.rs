//! Tokens.

use std::time::Duration;

use axum::http::{header, HeaderMap};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use super::{now, Unauthorized, User};

/// The name of the cookie that holds a token: `EventSource` cannot set a header.
const COOKIE: &str = "token";

/// Issues and checks tokens: JWT with HMAC SHA-256.
pub struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: String,
    exp: u64,
}

impl Tokens {
    pub fn new(secret: &str) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_required_spec_claims(&["exp", "sub"]);
        validation.leeway = 0;
        Self {
            encoding: EncodingKey::from_secret(secret.as_bytes()),
            decoding: DecodingKey::from_secret(secret.as_bytes()),
            validation,
        }
    }

    /// Issues a token that expires at this time, in seconds since 1970.
    ///
    /// # Errors
    ///
    /// Those of the library.
    pub fn issue(&self, user: &str, exp: u64) -> jsonwebtoken::errors::Result<String> {
        let claims = Claims { sub: user.to_owned(), exp };
        jsonwebtoken::encode(&Header::default(), &claims, &self.encoding)
    }

    /// Finds the user in `Authorization: Bearer` or in the cookie.
    ///
    /// # Errors
    ///
    /// If there is no token, or it is forged or expired.
    pub fn user(&self, headers: &HeaderMap) -> Result<User, Unauthorized> {
        let token = bearer(headers).or_else(|| cookie(headers)).ok_or(Unauthorized)?;
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation)
            .map_err(|_| Unauthorized)?
            .claims;
        if claims.sub.is_empty() || claims.sub.len() > 128 {
            return Err(Unauthorized);
        }
        let valid_for = Duration::from_secs(claims.exp.saturating_sub(now()));
        Ok(User { name: claims.sub, valid_for })
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';'));
    pairs.find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}
