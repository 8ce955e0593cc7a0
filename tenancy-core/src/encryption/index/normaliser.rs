use std::fmt;

/// What a value is turned into before it is indexed.
///
/// Name and version enter the key of the index, so that two normal forms never meet. A form whose
/// results change must get a new version, and the index must be written anew. This is why the forms
/// here know ASCII only: Unicode's rules for letter case change with the compiler.
///
/// ```
/// use tenancy_core::encryption::Normaliser;
///
/// const LAST_FOUR: Normaliser = Normaliser::new("last-four", 1, |text| {
///     let skip = text.chars().count().saturating_sub(4);
///     text.chars().skip(skip).collect()
/// });
/// assert_eq!(LAST_FOUR.apply("4111 1111"), "1111");
/// ```
#[derive(Clone, Copy)]
pub struct Normaliser {
    name: &'static str,
    version: u32,
    apply: fn(&str) -> String,
}

impl Normaliser {
    /// The value as it is.
    pub const EXACT: Self = Normaliser::new("exact", 1, str::to_owned);
    /// Without ASCII white space around it, in lower case as far as ASCII goes: e-mail addresses.
    pub const ASCII_LOWER: Self = Normaliser::new("ascii-lower", 1, |text| {
        text.trim_matches(|c: char| c.is_ascii_whitespace())
            .to_ascii_lowercase()
    });
    /// ASCII digits only: card and telephone numbers.
    pub const DIGITS: Self = Normaliser::new("digits", 1, |text| {
        text.chars().filter(char::is_ascii_digit).collect()
    });

    /// A form of your own. Change the version when its results change.
    pub const fn new(name: &'static str, version: u32, apply: fn(&str) -> String) -> Self {
        Normaliser {
            name,
            version,
            apply,
        }
    }

    /// The name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The version.
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// The normal form of a value.
    pub fn apply(&self, value: &str) -> String {
        (self.apply)(value)
    }
}

impl fmt::Debug for Normaliser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Normaliser({} {})", self.name, self.version)
    }
}
