use std::mem;

use zeroize::Zeroize;

use super::{Codec, Decode, Encode, Output, Plaintext, fixed};
use crate::encryption::EncryptionError;

impl Encode for str {
    const CODEC: Codec = Codec::Utf8;

    fn size_hint(&self) -> usize {
        self.len()
    }

    fn encode(&self, out: &mut Output) -> Result<(), EncryptionError> {
        out.write(self.as_bytes())
    }
}

impl Encode for String {
    const CODEC: Codec = Codec::Utf8;

    fn size_hint(&self) -> usize {
        self.len()
    }

    fn encode(&self, out: &mut Output) -> Result<(), EncryptionError> {
        out.write(self.as_bytes())
    }
}

impl Decode for String {
    fn decode(mut plaintext: Plaintext) -> Result<Self, EncryptionError> {
        String::from_utf8(mem::take(&mut *plaintext)).map_err(|error| {
            error.into_bytes().zeroize();
            EncryptionError::Malformed
        })
    }
}

impl Encode for [u8] {
    const CODEC: Codec = Codec::Bytes;

    fn size_hint(&self) -> usize {
        self.len()
    }

    fn encode(&self, out: &mut Output) -> Result<(), EncryptionError> {
        out.write(self)
    }
}

impl Encode for Vec<u8> {
    const CODEC: Codec = Codec::Bytes;

    fn size_hint(&self) -> usize {
        self.len()
    }

    fn encode(&self, out: &mut Output) -> Result<(), EncryptionError> {
        out.write(self)
    }
}

impl Decode for Vec<u8> {
    fn decode(mut plaintext: Plaintext) -> Result<Self, EncryptionError> {
        Ok(mem::take(&mut *plaintext))
    }
}

macro_rules! integer {
    ($($int:ty => $codec:ident),*) => {$(
        impl Encode for $int {
            const CODEC: Codec = Codec::$codec;

            fn size_hint(&self) -> usize {
                size_of::<$int>()
            }

            fn encode(&self, out: &mut Output) -> Result<(), EncryptionError> {
                out.write(&self.to_be_bytes())
            }
        }

        impl Decode for $int {
            fn decode(plaintext: Plaintext) -> Result<Self, EncryptionError> {
                Ok(<$int>::from_be_bytes(fixed(&plaintext)?))
            }
        }
    )*};
}

integer!(i16 => I16, i32 => I32, i64 => I64);

impl Encode for bool {
    const CODEC: Codec = Codec::Bool;

    fn size_hint(&self) -> usize {
        1
    }

    fn encode(&self, out: &mut Output) -> Result<(), EncryptionError> {
        out.write(&[u8::from(*self)])
    }
}

impl Decode for bool {
    fn decode(plaintext: Plaintext) -> Result<Self, EncryptionError> {
        match plaintext.as_slice() {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err(EncryptionError::Malformed),
        }
    }
}
