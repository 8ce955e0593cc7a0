use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Codec, Decode, Encode, Output, Plaintext};
use crate::encryption::EncryptionError;

/// A serde type, sealed as JSON. `Debug` does not show it.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Json<T>(pub T);

impl<T> fmt::Debug for Json<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Json(..)")
    }
}

/// A first allocation; the output grows from there and wipes what it leaves.
const GUESS: usize = 256;

fn write(value: &impl Serialize, out: &mut Output) -> Result<(), EncryptionError> {
    serde_json::to_writer(out, value).map_err(|error| {
        // The only I/O that can fail here is the output's limit.
        if error.is_io() {
            EncryptionError::TooLarge
        } else {
            EncryptionError::Malformed
        }
    })
}

fn read<T: DeserializeOwned>(plaintext: &[u8]) -> Result<T, EncryptionError> {
    // serde_json's error can quote the value, so it is not kept.
    serde_json::from_slice(plaintext).map_err(|_| EncryptionError::Malformed)
}

impl Encode for Value {
    const CODEC: Codec = Codec::Json;

    fn size_hint(&self) -> usize {
        GUESS
    }

    fn encode(&self, out: &mut Output) -> Result<(), EncryptionError> {
        write(self, out)
    }
}

impl Decode for Value {
    fn decode(plaintext: Plaintext) -> Result<Self, EncryptionError> {
        read(&plaintext)
    }
}

impl<T: Serialize> Encode for Json<T> {
    const CODEC: Codec = Codec::Json;

    fn size_hint(&self) -> usize {
        GUESS
    }

    fn encode(&self, out: &mut Output) -> Result<(), EncryptionError> {
        write(&self.0, out)
    }
}

impl<T: Serialize + DeserializeOwned> Decode for Json<T> {
    fn decode(plaintext: Plaintext) -> Result<Self, EncryptionError> {
        read(&plaintext).map(Json)
    }
}
