use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};

use super::{Codec, Decode, Encode, Output, Plaintext, fixed};
use crate::encryption::EncryptionError;

/// chrono counts days from the first day of the year 1.
const DAYS_BEFORE_1970: i32 = 719_163;

fn write_date(date: &NaiveDate, out: &mut Output) -> Result<(), EncryptionError> {
    out.write(&(date.num_days_from_ce() - DAYS_BEFORE_1970).to_be_bytes())
}

fn write_time(time: &NaiveTime, out: &mut Output) -> Result<(), EncryptionError> {
    out.write(&time.num_seconds_from_midnight().to_be_bytes())?;
    out.write(&time.nanosecond().to_be_bytes())
}

fn read_date(bytes: &[u8]) -> Result<NaiveDate, EncryptionError> {
    i32::from_be_bytes(fixed(bytes)?)
        .checked_add(DAYS_BEFORE_1970)
        .and_then(NaiveDate::from_num_days_from_ce_opt)
        .ok_or(EncryptionError::Malformed)
}

fn read_time(bytes: &[u8]) -> Result<NaiveTime, EncryptionError> {
    let bytes: [u8; 8] = fixed(bytes)?;
    let (seconds, nanoseconds) = bytes.split_at(4);
    NaiveTime::from_num_seconds_from_midnight_opt(
        u32::from_be_bytes(fixed(seconds)?),
        u32::from_be_bytes(fixed(nanoseconds)?),
    )
    .ok_or(EncryptionError::Malformed)
}

fn read_timestamp(bytes: &[u8]) -> Result<NaiveDateTime, EncryptionError> {
    let (date, time) = bytes
        .split_at_checked(4)
        .ok_or(EncryptionError::Malformed)?;
    Ok(read_date(date)?.and_time(read_time(time)?))
}

impl Encode for NaiveDate {
    const CODEC: Codec = Codec::Date;

    fn size_hint(&self) -> usize {
        4
    }

    fn encode(&self, out: &mut Output) -> Result<(), EncryptionError> {
        write_date(self, out)
    }
}

impl Decode for NaiveDate {
    fn decode(plaintext: Plaintext) -> Result<Self, EncryptionError> {
        read_date(&plaintext)
    }
}

impl Encode for NaiveTime {
    const CODEC: Codec = Codec::Time;

    fn size_hint(&self) -> usize {
        8
    }

    fn encode(&self, out: &mut Output) -> Result<(), EncryptionError> {
        write_time(self, out)
    }
}

impl Decode for NaiveTime {
    fn decode(plaintext: Plaintext) -> Result<Self, EncryptionError> {
        read_time(&plaintext)
    }
}

impl Encode for NaiveDateTime {
    const CODEC: Codec = Codec::Timestamp;

    fn size_hint(&self) -> usize {
        12
    }

    fn encode(&self, out: &mut Output) -> Result<(), EncryptionError> {
        write_date(&self.date(), out)?;
        write_time(&self.time(), out)
    }
}

impl Decode for NaiveDateTime {
    fn decode(plaintext: Plaintext) -> Result<Self, EncryptionError> {
        read_timestamp(&plaintext)
    }
}

impl Encode for DateTime<Utc> {
    const CODEC: Codec = Codec::Timestamptz;

    fn size_hint(&self) -> usize {
        12
    }

    fn encode(&self, out: &mut Output) -> Result<(), EncryptionError> {
        self.naive_utc().encode(out)
    }
}

impl Decode for DateTime<Utc> {
    fn decode(plaintext: Plaintext) -> Result<Self, EncryptionError> {
        read_timestamp(&plaintext).map(|timestamp| timestamp.and_utc())
    }
}
