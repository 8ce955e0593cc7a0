use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::BigInt;
use zeroize::Zeroizing;

use super::{Codec, Decode, Encode, Output, Plaintext};
use crate::encryption::EncryptionError;

impl Encode for BigDecimal {
    const CODEC: Codec = Codec::Numeric;

    fn size_hint(&self) -> usize {
        32
    }

    fn encode(&self, out: &mut Output) -> Result<(), EncryptionError> {
        let (unscaled, scale) = self.as_bigint_and_exponent();
        out.write(&scale.to_be_bytes())?;
        out.write(&Zeroizing::new(unscaled.to_signed_bytes_be()))
    }
}

impl Decode for BigDecimal {
    fn decode(plaintext: Plaintext) -> Result<Self, EncryptionError> {
        match plaintext.split_first_chunk::<8>() {
            Some((scale, unscaled)) if !unscaled.is_empty() => Ok(BigDecimal::new(
                BigInt::from_signed_bytes_be(unscaled),
                i64::from_be_bytes(*scale),
            )),
            _ => Err(EncryptionError::Malformed),
        }
    }
}
