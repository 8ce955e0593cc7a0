use diesel::dsl::*;
use diesel::pg::data_types::PgDate;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Timestamptz};

use super::compare;

#[test]
fn dates_and_times() {
    compare! { moments:
        at_time_zone: moments::at.at_time_zone("Europe/Berlin"),
        at_time_zone_of_a_local_time: moments::local.at_time_zone("UTC"),
        date: date(moments::local),
        today: moments::day.lt(today),
        now: moments::at.lt(now.into_sql::<Timestamptz>()),
        now_nullable: moments::maybe.lt(now.into_sql::<Nullable<Timestamptz>>()),
        plus_an_interval: moments::local + moments::length,
        minus_an_interval: moments::local - moments::length,
        of_a_date: moments::day.gt(PgDate(0)),
        of_a_time: moments::hour.is_not_null(),
    }
}

#[test]
fn intervals_of_numbers() {
    compare! { moments:
        microsecond: moments::at + 1.microsecond(),
        microseconds: moments::at + 2.microseconds(),
        millisecond: moments::at + 1.millisecond(),
        milliseconds: moments::at + 2.milliseconds(),
        second: moments::at + 1.second(),
        seconds: moments::at + 2.seconds(),
        minute: moments::at + 1.minute(),
        minutes: moments::at + 2.minutes(),
        hour: moments::at + 1.hour(),
        hours: moments::at + 2.hours(),
        day: moments::at + 1.day(),
        days: moments::at + 2.days(),
        week: moments::at + 1.week(),
        weeks: moments::at + 2.weeks(),
        month: moments::at + 1.month(),
        months: moments::at + 2.months(),
        year: moments::at + 1.year(),
        years: moments::at + 2.years(),
    }
}
