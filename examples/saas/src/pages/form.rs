//! Fields of forms, as browsers send them.

use serde::{Deserialize, Deserializer, de::Error};
use time::{Date, Month};
use uuid::Uuid;

/// An empty field is none.
pub(crate) fn optional_id<'de, D: Deserializer<'de>>(field: D) -> Result<Option<Uuid>, D::Error> {
    let text = String::deserialize(field)?;
    if text.is_empty() {
        return Ok(None);
    }
    Uuid::try_parse(&text).map(Some).map_err(D::Error::custom)
}

/// An empty field is none. Anything else is a day, `2026-11-25`.
pub(crate) fn optional_day<'de, D: Deserializer<'de>>(field: D) -> Result<Option<Date>, D::Error> {
    let text = String::deserialize(field)?;
    if text.is_empty() {
        return Ok(None);
    }
    parse_day(&text)
        .map(Some)
        .ok_or_else(|| D::Error::custom("not a day"))
}

fn parse_day(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let year = parts.next()?.parse().ok()?;
    let month = Month::try_from(parts.next()?.parse::<u8>().ok()?).ok()?;
    let day = parts.next()?.parse().ok()?;
    let is_over = parts.next().is_none();
    let date = Date::from_calendar_date(year, month, day).ok()?;
    (is_over && (1900..=9999).contains(&year)).then_some(date)
}

/// A line of text, without what is around it: 1 to `max` characters.
pub(crate) fn line(text: &str, max: usize) -> Option<&str> {
    let text = text.trim();
    let fits = (1..=max).contains(&text.chars().count()) && !text.contains(char::is_control);
    fits.then_some(text)
}

/// Several lines of text, at most `max` characters. PostgreSQL has no text with NUL.
pub(crate) fn prose(text: &str, max: usize) -> Option<&str> {
    let text = text.trim();
    (text.chars().count() <= max && !text.contains('\0')).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::{line, parse_day, prose};

    #[test]
    fn a_day_is_one_of_the_calendar() {
        assert!(parse_day("2026-02-28").is_some());
        for text in [
            "2026-02-30",
            "2026-13-01",
            "2026-1",
            "x",
            "2026-02-28-1",
            "-1-1-1",
        ] {
            assert!(parse_day(text).is_none(), "{text}");
        }
    }

    #[test]
    fn text_is_trimmed_and_bounded() {
        assert_eq!(line("  a b ", 3), Some("a b"));
        assert_eq!(line("abcd", 3), None);
        assert_eq!(line("  ", 3), None);
        assert_eq!(line("a\nb", 3), None);
        assert_eq!(prose(" a\nb ", 3), Some("a\nb"));
        assert_eq!(prose("a\0b", 3), None);
        assert_eq!(prose("", 3), Some(""));
    }
}
