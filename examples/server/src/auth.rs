//! Who is asking: bearer tokens, and from which page a request comes.

#[cfg(feature = "jwt")]
mod tokens;
#[cfg(not(feature = "jwt"))]
#[path = "auth/no_tokens.rs"]
mod tokens;

use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::uri::Authority;
use axum::http::{header, HeaderMap, Uri};

pub use self::tokens::Tokens;

/// The user a token was issued to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub name: String,
    /// For how long the token is still valid.
    pub valid_for: Duration,
}

/// Who a request comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The user, if tokens are asked for.
    pub user: Option<User>,
    /// Who is counted.
    pub client: Client,
    /// Where the request comes from: an IPv4 address, or a /64.
    pub address: IpAddr,
}

/// Whom a bound is about: a user where tokens are asked for, otherwise an address.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Client {
    User(String),
    /// An IPv4 address, or the /64 that a single host is usually given.
    Address(IpAddr),
}

impl Caller {
    pub fn new(user: Option<User>, address: IpAddr) -> Self {
        let address = network(address);
        let client = match &user {
            Some(user) => Client::User(user.name.clone()),
            None => Client::Address(address),
        };
        Self { user, client, address }
    }

    /// The name of the user, if tokens are asked for.
    pub fn name(&self) -> Option<&str> {
        self.user.as_ref().map(|user| user.name.as_str())
    }

    /// For how long the token is still valid, if there is one.
    pub fn valid_for(&self) -> Option<Duration> {
        self.user.as_ref().map(|user| user.valid_for)
    }
}

/// The addresses that count as one: an IPv4 address, or the /64 of an IPv6 address.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()
        }
    }
}

/// Why a request has no user. It does not say more: whoever has no valid token need not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unauthorized;

/// Seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// The host that a request is for: `:authority` of HTTP/2, or `Host`. `None` if it is missing, malformed,
/// or there are several.
pub fn host(uri: &Uri, headers: &HeaderMap) -> Option<Authority> {
    let mut fields = headers.get_all(header::HOST).iter();
    let field = fields.next().map(|host| Authority::try_from(host.as_bytes()));
    let field = field.transpose().ok()?;
    if fields.next().is_some() {
        return None;
    }
    let host = match (uri.authority(), field) {
        (Some(named), Some(field)) if *named != field => None,
        (Some(named), _) => Some(named.clone()),
        (None, field) => field,
    };
    // There may be a port beside the name, and nothing else.
    host.filter(|host| {
        let name = host.host();
        let rest = host.as_str().strip_prefix(name);
        let port = host.port().map_or(String::new(), |port| format!(":{port}"));
        !name.is_empty() && rest == Some(&port)
    })
}

/// Whether this server is known by the name of a host, at whatever port: an IP address, `localhost` and
/// what is below it, or an allowed name. A page can let another name of its own point here; its requests
/// then look like those of a page of this server.
pub fn is_known_host(host: &Authority, allowed: &[String]) -> bool {
    let name = host.host().to_ascii_lowercase();
    let name = name.strip_suffix('.').unwrap_or(&name);
    let address = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
    address.parse::<IpAddr>().is_ok()
        || name == "localhost"
        || name.ends_with(".localhost")
        || allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(name))
}

/// Whether a request that changes something comes from a page that may: one of this host, or of an
/// allowed origin. Browsers say where a page is from; who says nothing is not a page. It rests on
/// [`is_known_host`].
pub fn is_allowed_origin(host: &Authority, headers: &HeaderMap, allowed: &[String]) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    allowed.iter().any(|allowed| allowed == origin)
        || origin.parse::<Uri>().is_ok_and(|origin| origin.authority() == Some(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_one_host() {
        let find = |uri: &str, fields: &[&str]| {
            let fields = fields.iter().map(|host| (header::HOST, host.parse().unwrap()));
            let host = host(&uri.parse().unwrap(), &fields.collect());
            host.map(|host| host.to_string())
        };
        assert_eq!(find("/", &["a:1"]).as_deref(), Some("a:1"));
        // HTTP/2 has it in the address, and may have it in both places.
        assert_eq!(find("https://a:1/", &[]).as_deref(), Some("a:1"));
        assert_eq!(find("https://a:1/", &["A:1"]).as_deref(), Some("a:1"));
        assert_eq!(find("https://a/", &["b"]), None);
        assert_eq!(find("/", &[]), None);
        assert_eq!(find("/", &["a", "a"]), None);
        for bad in ["", "a b", "a/b", "a@b", "a:1@a", "http://a", "[::1", "[::1].a", "a:b", ":1"] {
            assert_eq!(find("/", &[bad]), None, "{bad}");
        }
    }
}
