//! The two sides of a comparison. The statements are one source, compiled twice: with what is in scope in
//! [`plain`], and with what is in scope in [`scoped`].

pub mod plain;
pub mod scoped;
