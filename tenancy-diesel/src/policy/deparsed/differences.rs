//! How a condition differs from ours.

use std::fmt;

/// One way in which a condition is not the one that the registry asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Difference {
    /// It is true of every row.
    AlwaysTrue,
    /// It is true of more rows: an alternative stands beside the comparison.
    Wider,
    /// It is true of fewer rows: more is asked than the comparison.
    Narrower,
    /// It reads another variable.
    Variable(String),
    /// A session without a tenant gets an error, where it should get no rows.
    Raises,
    /// A session without a tenant gets no rows, where it should get an error.
    Hides,
    /// The empty text, which a session holds after its first tenant, is taken for a tenant.
    EmptyTenant,
    /// The variable is read for each row.
    PerRow,
    /// The variable is cast for each row.
    CastPerRow(String),
    /// It compares something else than the tenant column.
    Column(String),
    /// It does not tie the row to its owner, or the owner to the tenant.
    Owner(String),
    /// It calls a function that is not PostgreSQL's own: schema and name.
    Function(Vec<String>),
    /// It takes a tenant that is not sealed, where it should take sealed ones only.
    Unsealed,
    /// It cannot be shown to be the same.
    Unknown,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Difference::AlwaysTrue => f.write_str("it is true of every row"),
            Difference::Wider => f.write_str("an alternative lets more rows through"),
            Difference::Narrower => f.write_str("it asks for more than the tenant"),
            Difference::Variable(name) => write!(f, "it reads the variable {name}"),
            Difference::Raises => f.write_str("a session without a tenant gets an error"),
            Difference::Hides => f.write_str("a session without a tenant gets no error"),
            Difference::EmptyTenant => f.write_str("the empty text is taken for a tenant"),
            Difference::PerRow => f.write_str("the variable is read for each row"),
            Difference::CastPerRow(name) => {
                write!(f, "the tenant is cast to {name} for each row")
            }
            Difference::Column(name) => write!(f, "it compares {name}"),
            Difference::Owner(what) => f.write_str(what),
            Difference::Function(path) => write!(f, "it calls {}()", path.join(".")),
            Difference::Unsealed => f.write_str("it takes a tenant that is not sealed"),
            Difference::Unknown => f.write_str("it cannot be shown to be the same"),
        }
    }
}
