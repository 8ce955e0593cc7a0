use tenancy_core::encryption::Decode;

/// A value that is read from a plaintext column, to be sealed.
///
/// Implemented for texts, bytes, integers, `bool` and, with the feature `uuid`, UUIDs. For another type of
/// column implement it on the type that the application loads with
/// [`Encrypted`](crate::encryption::Encrypted).
pub trait Plain: Decode + PartialEq + Send + Sync + 'static {
    /// The names of the PostgreSQL types that are read, without their schema, such as `int4`.
    const SQL_TYPES: &'static [&'static str];

    /// Reads the text that PostgreSQL has for the value, in UTF-8; for `bytea` the bytes themselves.
    fn read(stored: Vec<u8>) -> Option<Self>;
}

impl Plain for String {
    const SQL_TYPES: &'static [&'static str] = &["text", "varchar", "citext"];

    fn read(stored: Vec<u8>) -> Option<Self> {
        String::from_utf8(stored).ok()
    }
}

impl Plain for Vec<u8> {
    const SQL_TYPES: &'static [&'static str] = &["bytea"];

    fn read(stored: Vec<u8>) -> Option<Self> {
        Some(stored)
    }
}

macro_rules! parsed {
    ($($value:ty: $($sql_type:literal),*;)*) => {$(
        impl Plain for $value {
            const SQL_TYPES: &'static [&'static str] = &[$($sql_type),*];

            fn read(stored: Vec<u8>) -> Option<Self> {
                str::from_utf8(&stored).ok()?.parse().ok()
            }
        }
    )*};
}

parsed! {
    i16: "int2";
    i32: "int2", "int4";
    i64: "int2", "int4", "int8";
    bool: "bool";
}

#[cfg(feature = "uuid")]
impl Plain for uuid::Uuid {
    const SQL_TYPES: &'static [&'static str] = &["uuid"];

    fn read(stored: Vec<u8>) -> Option<Self> {
        uuid::Uuid::try_parse_ascii(&stored).ok()
    }
}
