use time::{Date, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

use super::{Codec, Decode, Encode, Output, Plaintext, fixed};
use crate::encryption::EncryptionError;

/// The Julian day of 1970-01-01.
const JULIAN_DAY_OF_1970: i32 = 2_440_588;
const SECONDS_PER_DAY: u32 = 86_400;

fn write_date(date: Date, out: &mut Output) -> Result<(), EncryptionError> {
    out.write(&(date.to_julian_day() - JULIAN_DAY_OF_1970).to_be_bytes())
}

fn write_time(time: Time, out: &mut Output) -> Result<(), EncryptionError> {
    let (hour, minute, second, nanosecond) = time.as_hms_nano();
    let seconds = u32::from(hour) * 3600 + u32::from(minute) * 60 + u32::from(second);
    out.write(&seconds.to_be_bytes())?;
    out.write(&nanosecond.to_be_bytes())
}

fn read_date(bytes: &[u8]) -> Result<Date, EncryptionError> {
    i32::from_be_bytes(fixed(bytes)?)
        .checked_add(JULIAN_DAY_OF_1970)
        .and_then(|day| Date::from_julian_day(day).ok())
        .ok_or(EncryptionError::Malformed)
}

/// This crate has no leap seconds, so one that chrono has written is refused.
fn read_time(bytes: &[u8]) -> Result<Time, EncryptionError> {
    let bytes: [u8; 8] = fixed(bytes)?;
    let (seconds, nanosecond) = bytes.split_at(4);
    let seconds = u32::from_be_bytes(fixed(seconds)?);
    if seconds >= SECONDS_PER_DAY {
        return Err(EncryptionError::Malformed);
    }
    let part = |value: u32| u8::try_from(value).map_err(|_| EncryptionError::Malformed);
    Time::from_hms_nano(
        part(seconds / 3600)?,
        part(seconds / 60 % 60)?,
        part(seconds % 60)?,
        u32::from_be_bytes(fixed(nanosecond)?),
    )
    .map_err(|_| EncryptionError::Malformed)
}

fn read_timestamp(bytes: &[u8]) -> Result<PrimitiveDateTime, EncryptionError> {
    let (date, time) = bytes
        .split_at_checked(4)
        .ok_or(EncryptionError::Malformed)?;
    Ok(PrimitiveDateTime::new(read_date(date)?, read_time(time)?))
}

impl Encode for Date {
    const CODEC: Codec = Codec::Date;

    fn size_hint(&self) -> usize {
        4
    }

    fn encode(&self, out: &mut Output) -> Result<(), EncryptionError> {
        write_date(*self, out)
    }
}

impl Decode for Date {
    fn decode(plaintext: Plaintext) -> Result<Self, EncryptionError> {
        read_date(&plaintext)
    }
}

impl Encode for Time {
    const CODEC: Codec = Codec::Time;

    fn size_hint(&self) -> usize {
        8
    }

    fn encode(&self, out: &mut Output) -> Result<(), EncryptionError> {
        write_time(*self, out)
    }
}

impl Decode for Time {
    fn decode(plaintext: Plaintext) -> Result<Self, EncryptionError> {
        read_time(&plaintext)
    }
}

impl Encode for PrimitiveDateTime {
    const CODEC: Codec = Codec::Timestamp;

    fn size_hint(&self) -> usize {
        12
    }

    fn encode(&self, out: &mut Output) -> Result<(), EncryptionError> {
        write_date(self.date(), out)?;
        write_time(self.time(), out)
    }
}

impl Decode for PrimitiveDateTime {
    fn decode(plaintext: Plaintext) -> Result<Self, EncryptionError> {
        read_timestamp(&plaintext)
    }
}

/// The point in time; the offset is not kept, as PostgreSQL does not keep it.
impl Encode for OffsetDateTime {
    const CODEC: Codec = Codec::Timestamptz;

    fn size_hint(&self) -> usize {
        12
    }

    fn encode(&self, out: &mut Output) -> Result<(), EncryptionError> {
        let utc = self
            .checked_to_offset(UtcOffset::UTC)
            .ok_or(EncryptionError::Malformed)?;
        write_date(utc.date(), out)?;
        write_time(utc.time(), out)
    }
}

impl Decode for OffsetDateTime {
    fn decode(plaintext: Plaintext) -> Result<Self, EncryptionError> {
        read_timestamp(&plaintext).map(PrimitiveDateTime::assume_utc)
    }
}
