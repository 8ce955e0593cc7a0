use std::fmt;

use sha2::{Digest, Sha256};

/// A secret that cannot be guessed: 32 random bytes, written in hexadecimal. What knows it is a cookie, a link
/// or a program of a customer; the database has its hash.
pub struct Token(String);

/// The hash of a [`Token`], by which it is looked up.
///
/// A plain hash does, because there is nothing to guess in 256 random bits.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenHash([u8; 32]);

impl Token {
    /// A new token.
    ///
    /// # Errors
    /// When the operating system has no random numbers.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Token(
            bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        ))
    }

    /// Reads a token from a cookie or an address. `None` for what cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 64 && text.bytes().all(is_hex)).then(|| Token(text.to_owned()))
    }

    /// The text, to be handed to its owner.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is stored in its place.
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0.as_bytes()).into())
    }
}

impl TokenHash {
    /// The bytes, for a column of type `bytea`.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::Token;

    #[test]
    fn a_token_is_read_as_it_was_written() {
        let token = Token::generate().unwrap();
        let read = Token::parse(token.expose()).unwrap();
        assert!(read.hash() == token.hash());
        assert!(Token::generate().unwrap().hash() != token.hash());
        assert_eq!(format!("{token:?}"), "Token(..)");
    }

    #[test]
    fn what_cannot_be_a_token_is_not_looked_up() {
        let upper = "A".repeat(64);
        let long = "a".repeat(65);
        for text in ["", "a", "../..", upper.as_str(), long.as_str()] {
            assert!(Token::parse(text).is_none(), "{text}");
        }
    }
}
