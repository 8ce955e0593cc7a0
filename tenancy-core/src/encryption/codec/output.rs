use std::{fmt, io};

use zeroize::Zeroize;

use crate::encryption::{EncryptionError, MAX_PLAINTEXT_BYTES};

/// Where [`Encode`](super::Encode) writes: the body of the envelope, in the place where it is then
/// encrypted. What it held is wiped when it grows or is dropped.
pub struct Output {
    bytes: Vec<u8>,
    start: usize,
    limit: usize,
    /// What is kept free behind the value.
    tail: usize,
}

impl Output {
    /// `start` bytes for the caller, room for a value of `size` bytes, and `tail` bytes to spare.
    pub(in crate::encryption) fn new(
        start: usize,
        size: usize,
        tail: usize,
    ) -> Result<Self, EncryptionError> {
        if size > MAX_PLAINTEXT_BYTES {
            return Err(EncryptionError::TooLarge);
        }
        let mut bytes = Vec::with_capacity(start + size + tail);
        bytes.resize(start, 0);
        Ok(Output {
            bytes,
            start,
            limit: start + MAX_PLAINTEXT_BYTES,
            tail,
        })
    }

    /// Adds bytes to the value.
    ///
    /// # Errors
    /// [`EncryptionError::TooLarge`] when the value would be too long.
    pub fn write(&mut self, more: &[u8]) -> Result<(), EncryptionError> {
        let length = self.bytes.len() + more.len();
        if length > self.limit {
            return Err(EncryptionError::TooLarge);
        }
        self.reserve(length);
        self.bytes.extend_from_slice(more);
        Ok(())
    }

    /// Pads by ISO/IEC 7816-4: the byte 0x80 and zeros, up to a multiple of `block`.
    pub(in crate::encryption) fn pad(&mut self, block: usize) -> Result<(), EncryptionError> {
        let length = self.bytes.len() - self.start;
        let padded = (length / block + 1) * block;
        if self.start + padded > self.limit {
            return Err(EncryptionError::TooLarge);
        }
        self.reserve(self.start + padded);
        self.bytes.push(0x80);
        self.bytes.resize(self.start + padded, 0);
        Ok(())
    }

    pub(in crate::encryption) fn bytes_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// The bytes, once they are encrypted.
    pub(in crate::encryption) fn take(mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    fn reserve(&mut self, length: usize) {
        if length + self.tail > self.bytes.capacity() {
            let mut larger =
                Vec::with_capacity((length + self.tail).max(2 * self.bytes.capacity()));
            larger.extend_from_slice(&self.bytes);
            self.bytes.zeroize();
            self.bytes = larger;
        }
    }
}

impl io::Write for Output {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        Output::write(self, more).map_err(io::Error::other)?;
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Output(..)")
    }
}
