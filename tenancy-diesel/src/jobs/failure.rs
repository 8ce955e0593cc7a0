use std::any::type_name;
use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use diesel::result::Error as QueryError;

use crate::observe;

/// Why a handler did not do its job.
///
/// Any error becomes one with `?`, and the job is tried again. Its text is *not* kept: an error may quote the
/// payload, and the queue is read by more people than the tenant's tables are. What is kept is the type of the error
/// and, for one of Diesel, its kind. A text of the program's own says more: [`Failure::retry`] and
/// [`Failure::give_up`].
///
/// ```
/// use tenancy_diesel::jobs::Failure;
///
/// fn parse(text: &str) -> Result<u32, Failure> {
///     let number: u32 = text.parse()?;
///     if number == 0 {
///         return Err(Failure::give_up("there is no invoice 0"));
///     }
///     Ok(number)
/// }
///
/// let failure = parse("secret").unwrap_err();
/// assert!(!failure.to_string().contains("secret"));
/// assert!(!parse("0").unwrap_err().is_retried());
/// ```
pub struct Failure {
    text: Cow<'static, str>,
    retried: bool,
}

impl Failure {
    /// The job is to be tried again, as long as it has attempts left.
    ///
    /// The text stands in the program, so that it can hold no value.
    pub const fn retry(text: &'static str) -> Self {
        Failure {
            text: Cow::Borrowed(text),
            retried: true,
        }
    }

    /// The job is not to be tried again. It becomes a dead letter.
    pub const fn give_up(text: &'static str) -> Self {
        Failure {
            text: Cow::Borrowed(text),
            retried: false,
        }
    }

    /// Whether the job is tried again.
    pub const fn is_retried(&self) -> bool {
        self.retried
    }
}

impl<E: StdError + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        let error: &(dyn StdError + 'static) = &error;
        let text = match error.downcast_ref::<QueryError>() {
            Some(error) => format!("a statement failed: {}", observe::kind_of(error)),
            None => format!("the handler returned {}", type_name::<E>()),
        };
        Failure {
            text: text.into(),
            retried: true,
        }
    }
}

/// What is kept of it.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failure")
            .field("text", &self.text)
            .field("retried", &self.retried)
            .finish()
    }
}
