use crate::encryption::{Codec, Decode, Encode, EncryptionError, Json, Output, Plaintext};

/// What was sealed as JSON, before it is read as a type: so that a payload of another form is told apart
/// from a forged one.
pub(super) struct Payload(pub(super) Plaintext);

impl Encode for Payload {
    const CODEC: Codec = <Json<()> as Encode>::CODEC;

    fn size_hint(&self) -> usize {
        self.0.len()
    }

    fn encode(&self, out: &mut Output) -> Result<(), EncryptionError> {
        out.write(&self.0)
    }
}

impl Decode for Payload {
    fn decode(plaintext: Plaintext) -> Result<Self, EncryptionError> {
        Ok(Payload(plaintext))
    }
}
