//! Sizes on the command line.

/// Reads a size: a number of bytes, or one with a binary unit.
///
/// # Errors
///
/// What is wrong with it; zero is, too.
pub(crate) fn size(text: &str) -> Result<usize, String> {
    let (digits, unit) = text
        .find(|letter: char| !letter.is_ascii_digit())
        .map_or((text, ""), |end| text.split_at(end));
    let unit: usize = match unit {
        "" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return Err("expected a number of bytes, or one with KiB, MiB or GiB".to_owned()),
    };
    if digits.is_empty() {
        return Err("expected a number before the unit".to_owned());
    }
    match digits.parse::<usize>().ok().and_then(|number| number.checked_mul(unit)) {
        Some(0) => Err("the limit must be at least 1 byte".to_owned()),
        Some(bytes) => Ok(bytes),
        None => Err("too large for this machine".to_owned()),
    }
}
