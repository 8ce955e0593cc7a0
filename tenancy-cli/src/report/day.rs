use std::fmt;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use super::BaselineError;

/// A day, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    year: u16,
    month: u8,
    day: u8,
}

impl Day {
    /// Today, in UTC.
    pub fn today() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        Day::from_unix_days(since.map_or(0, |since| since.as_secs() / 86_400))
    }

    /// By years and months, which is slow and plain: it happens once in a run.
    fn from_unix_days(mut days: u64) -> Self {
        let leap = |year: u16| {
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
        };
        let mut year = 1970;
        while days >= if leap(year) { 366 } else { 365 } {
            days -= if leap(year) { 366 } else { 365 };
            year += 1;
        }
        let february = if leap(year) { 29 } else { 28 };
        let mut month = 1;
        for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
            if days < length {
                break;
            }
            days -= length;
            month += 1;
        }
        let day = u8::try_from(days + 1).unwrap_or(31);
        Day { year, month, day }
    }

    pub(super) fn of(datetime: &toml::value::Datetime) -> Option<Self> {
        let date = datetime.date?;
        let (year, month, day) = (date.year, date.month, date.day);
        (datetime.time.is_none()).then_some(Day { year, month, day })
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl FromStr for Day {
    type Err = BaselineError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let datetime: Result<toml::value::Datetime, _> = text.parse();
        let day = datetime.ok().as_ref().and_then(Day::of);
        day.ok_or_else(|| BaselineError::Form(format!("`{text}` is no day such as 2027-03-31")))
    }
}

/// The version of a migration that is written now, as the Diesel CLI makes it.
pub(crate) fn version_of_now() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    version_at(since.map_or(0, |since| since.as_secs()))
}

fn version_at(seconds: u64) -> String {
    let day = Day::from_unix_days(seconds / 86_400);
    let of_day = seconds % 86_400;
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{day}-{hour:02}{minute:02}{second:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_over_leap_years() {
        for (days, text) in [
            (0, "1970-01-01"),
            (59, "1970-03-01"),
            (789, "1972-02-29"),
            (11_016, "2000-02-29"),
            (20_454, "2026-01-01"),
            (20_818, "2026-12-31"),
            (47_541, "2100-03-01"),
        ] {
            assert_eq!(Day::from_unix_days(days).to_string(), text);
        }
        assert_eq!(version_at(20_454 * 86_400 + 45_296), "2026-01-01-123456");
        assert!(Day::today() > "2020-01-01".parse().unwrap());
    }
}
