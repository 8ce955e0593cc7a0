//! What a store is given to keep: a byte that says how, and the value.

use std::time::Duration;

use bytes::Bytes;

#[cfg(feature = "encryption")]
use super::sealed::Seal;
use super::{Address, CacheError, Generation};

const PLAIN: u8 = 1;
#[cfg(feature = "encryption")]
const SEALED: u8 = 2;

/// How the values of a scope become entries.
#[derive(Clone)]
pub(super) enum Form {
    Plain,
    #[cfg(feature = "encryption")]
    Sealed(Seal),
}

pub(super) enum Opened {
    Value(Bytes),
    /// The entry was not written by this form at this address, or cannot be opened any more.
    Refused(&'static str),
}

impl Form {
    #[cfg_attr(
        not(feature = "encryption"),
        allow(unused_variables, reason = "what is sealed is bound to them")
    )]
    pub(super) fn close(
        &self,
        address: &Address,
        generation: &Generation,
        value: &[u8],
        ttl: Duration,
    ) -> Result<Bytes, CacheError> {
        match self {
            Form::Plain => Ok(plain(address, value)),
            #[cfg(feature = "encryption")]
            Form::Sealed(seal) => {
                let envelope = seal.close(address, generation, value, ttl)?;
                let mut entry = Vec::with_capacity(1 + envelope.len());
                entry.push(SEALED);
                entry.extend_from_slice(&envelope);
                Ok(entry.into())
            }
        }
    }

    #[cfg_attr(
        not(feature = "encryption"),
        allow(unused_variables, reason = "what is sealed is bound to it")
    )]
    pub(super) fn open(
        &self,
        address: &Address,
        generation: &Generation,
        entry: &Bytes,
    ) -> Result<Opened, CacheError> {
        match (self, entry.first()) {
            (Form::Plain, Some(&PLAIN)) => Ok(opened_plain(address, entry)),
            #[cfg(feature = "encryption")]
            (Form::Sealed(seal), Some(&SEALED)) => seal.open(address, generation, &entry[1..]),
            _ => Ok(Opened::Refused("it has another form")),
        }
    }
}

/// The address stands in the entry. So an answer that belongs to another question is noticed, be it the
/// fault of a driver, of a proxy or of somebody who copies entries.
fn plain(address: &Address, value: &[u8]) -> Bytes {
    let name = address.framed();
    let mut entry = Vec::with_capacity(5 + name.len() + value.len());
    entry.push(PLAIN);
    // A name is shorter than 2 KiB.
    entry.extend_from_slice(&(name.len() as u32).to_be_bytes());
    entry.extend_from_slice(&name);
    entry.extend_from_slice(value);
    entry.into()
}

fn opened_plain(address: &Address, entry: &Bytes) -> Opened {
    let value = || {
        let (length, rest) = entry.get(1..)?.split_first_chunk::<4>()?;
        let length = u32::from_be_bytes(*length) as usize;
        (rest.get(..length)? == address.framed()).then(|| entry.slice(5 + length..))
    };
    value().map_or(
        Opened::Refused("it was written at another address"),
        Opened::Value,
    )
}
