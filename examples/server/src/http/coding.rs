//! Which content coding a client wants.

use axum::http::{header, HeaderMap};

/// Whether a client accepts gzip, and does not like the stream as it is better (RFC 9110, 12.5.3). What is
/// malformed accepts nothing.
pub fn accepts_gzip(headers: &HeaderMap) -> bool {
    let (mut gzip, mut identity, mut any) = (None, None, None);
    let fields = headers.get_all(header::ACCEPT_ENCODING).iter();
    for element in fields.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','))
    {
        let (coding, parameter) = element.split_once(';').unwrap_or((element, "q=1"));
        let found = match coding.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => &mut gzip,
            "identity" => &mut identity,
            "*" => &mut any,
            _ => continue,
        };
        found.get_or_insert(weight(parameter));
    }
    let gzip = gzip.or(any).unwrap_or(0.0);
    gzip > 0.0 && gzip >= identity.unwrap_or(0.0)
}

/// A weight, `q=0.5`.
fn weight(parameter: &str) -> f32 {
    let value = parameter.trim().strip_prefix(['q', 'Q']).and_then(|rest| rest.strip_prefix('='));
    let is_number = |value: &&str| value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let weight = value.filter(is_number).and_then(|value| value.parse().ok());
    weight.filter(|weight| (0.0..=1.0).contains(weight)).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_for_whoever_asks_for_it() {
        let accepts = |fields: &[&str]| {
            let named =
                fields.iter().map(|value| (header::ACCEPT_ENCODING, value.parse().unwrap()));
            accepts_gzip(&named.collect())
        };
        for value in [
            "gzip",
            "gzip, deflate, br, zstd",
            "GZip;Q=0.001",
            "x-gzip ; q=1.000",
            "br;q=1, *;q=0.1",
            "*",
            "identity;q=0.5, gzip;q=0.5",
            "identity;q=0, gzip;q=0.5",
            "deflate,\tgzip\t;\tq=.5",
            ", ,gzip",
            "gzip, gzip;q=0",
        ] {
            assert!(accepts(&[value]), "{value}");
        }
        for value in [
            "",
            "identity",
            "br, deflate",
            "gzip;q=0",
            "gzip;q=0.000, *",
            "*;q=0",
            "identity, gzip;q=0.9",
            "identity, *;q=0.9",
            "gzip;q=2",
            "gzip;q=-1",
            "gzip;q=NaN",
            "gzip;q=inf",
            "gzip;q=1e0",
            "gzip;q",
            "gzip;level=9",
            "gzip deflate",
            "gzipped",
        ] {
            assert!(!accepts(&[value]), "{value}");
        }
        assert!(!accepts(&[]) && accepts(&["br", "gzip"]) && !accepts(&["br", "identity"]));
    }
}
