//! The form of an encrypted file: a header, and chunks by which it is read and written piece by piece.
//!
//! | offset | length | field |
//! |---|---|---|
//! | 0 | 4 | magic, `F9 74 66 69` |
//! | 4 | 1 | suite, 1 |
//! | 5 | 3 | zero |
//! | 8 | 4 | generation of the data key, big-endian |
//! | 12 | 32 | salt, random |
//! | 44 | 32 | commitment to the key |
//! | 76 | | chunks |
//!
//! A chunk is 64 KiB of plaintext, less in the last, and a tag of 16 bytes. Only an empty file has an empty
//! chunk. Chunks are sealed by STREAM (Hoang, Reyhanitabar, Rogaway and Vizár, 2015) with XChaCha20-Poly1305: the
//! nonce is 19 zero bytes, the number of the chunk (4 bytes, big-endian) and 1 for the last or 0. The key is used
//! for this file alone, so the nonce needs nothing random.
//!
//! ```text
//! data key of the generation
//!    | HKDF-SHA256, info frame("tenancy/1/file commitment", tenant, bytes 0 to 43)
//! commitment
//!    | HKDF-SHA256, info frame("tenancy/1/file", tenant, name, bytes 0 to 75)
//! key of the file
//! ```

mod cipher;
mod header;
mod length;

#[cfg(test)]
mod tests;

pub(crate) use cipher::FileCipher;
pub(crate) use header::HEADER;
pub(crate) use length::{CHUNK, SEALED_CHUNK, plain_length, sealed_length};
