use uuid::Uuid;

use super::{Codec, Decode, Encode, Output, Plaintext, fixed};
use crate::encryption::EncryptionError;

impl Encode for Uuid {
    const CODEC: Codec = Codec::Uuid;

    fn size_hint(&self) -> usize {
        16
    }

    fn encode(&self, out: &mut Output) -> Result<(), EncryptionError> {
        out.write(self.as_bytes())
    }
}

impl Decode for Uuid {
    fn decode(plaintext: Plaintext) -> Result<Self, EncryptionError> {
        Ok(Uuid::from_bytes(fixed(&plaintext)?))
    }
}
