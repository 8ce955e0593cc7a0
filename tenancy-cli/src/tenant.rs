//! A scope whose type of tenant is known only when the program runs.

use diesel::PgConnection;
use diesel::pg::Pg;
use diesel::serialize::{self, Output, ToSql};
use tenancy_diesel::encryption::CanonicalTenant;
use tenancy_diesel::{
    InvalidTenantId, Registry, Scoped, SqlTenantId, TenantId, validate_wide_text,
};

use crate::failure::Failure;

/// An id with the variable that the registry names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Operator<T> {
    id: T,
    variable: &'static str,
}

impl<T: SqlTenantId> TenantId for Operator<T> {
    fn canonical(&self) -> String {
        self.id.canonical()
    }

    /// With the default variable: only a registry knows another.
    fn parse(text: &str) -> Result<Self, InvalidTenantId> {
        T::parse(text).map(|id| Operator {
            id,
            variable: T::VARIABLE,
        })
    }

    fn validate(&self) -> Result<(), InvalidTenantId> {
        self.id.validate()
    }
}

impl<T: SqlTenantId> ToSql<<T as SqlTenantId>::SqlType, Pg> for Operator<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        self.id.to_sql(out)
    }
}

impl<T: SqlTenantId> SqlTenantId for Operator<T> {
    type SqlType = T::SqlType;
    const PG_TYPE: &'static str = T::PG_TYPE;

    fn variable(&self) -> &str {
        self.variable
    }
}

/// A text as wide as an application may take it: the set of its own newtype is not in the registry.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct WideText(String);

impl TenantId for WideText {
    fn canonical(&self) -> String {
        self.0.clone()
    }

    fn parse(text: &str) -> Result<Self, InvalidTenantId> {
        validate_wide_text(text)?;
        Ok(WideText(text.to_owned()))
    }

    fn validate(&self) -> Result<(), InvalidTenantId> {
        validate_wide_text(&self.0)
    }
}

impl ToSql<diesel::sql_types::Text, Pg> for WideText {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<diesel::sql_types::Text, Pg>::to_sql(&self.0, out)
    }
}

impl SqlTenantId for WideText {
    type SqlType = diesel::sql_types::Text;
    const PG_TYPE: &'static str = "text";
}

/// What is done in a scope, whatever its type of tenant is.
pub(crate) trait InScope {
    type Output;

    fn run<Id: SqlTenantId>(
        self,
        scope: &mut Scoped<PgConnection, Id>,
    ) -> Result<Self::Output, Failure>;
}

/// What is done with an id, whatever its type is.
pub(crate) trait WithId {
    type Output;

    fn run<Id: SqlTenantId>(self, id: Id) -> Result<Self::Output, Failure>;
}

/// What is done with the ids of many tenants, whatever their type is.
pub(crate) trait WithIds {
    type Output;

    fn run<Id: SqlTenantId>(
        self,
        parse: &(dyn Fn(&str) -> Result<Id, InvalidTenantId> + Sync),
    ) -> Result<Self::Output, Failure>;
}

/// Does it with the ids of tenants, in the type and with the variable of the registry.
pub(crate) fn with_ids<J: WithIds>(
    registry: &'static Registry,
    job: J,
) -> Result<J::Output, Failure> {
    fn typed<T: SqlTenantId + Sync, J: WithIds>(
        registry: &'static Registry,
        job: J,
    ) -> Result<J::Output, Failure> {
        job.run(&|text: &str| {
            T::parse(text).map(|id| Operator {
                id,
                variable: registry.variable,
            })
        })
    }
    match registry.tenant_type {
        "uuid" => typed::<uuid::Uuid, J>(registry, job),
        "int4" => typed::<i32, J>(registry, job),
        "int8" => typed::<i64, J>(registry, job),
        "text" => typed::<WideText, J>(registry, job),
        other => Err(unknown_type(other)),
    }
}

/// Opens the scope of a tenant, without keys, and does it.
pub(crate) fn in_scope<J: InScope>(
    registry: &Registry,
    conn: PgConnection,
    tenant: &CanonicalTenant,
    job: J,
) -> Result<J::Output, Failure> {
    with_id(registry, tenant, Opening { conn, job })
}

struct Opening<J> {
    conn: PgConnection,
    job: J,
}

impl<J: InScope> WithId for Opening<J> {
    type Output = J::Output;

    fn run<Id: SqlTenantId>(self, id: Id) -> Result<J::Output, Failure> {
        let scope = Scoped::open(self.conn, id);
        let mut scope = scope.map_err(|error| Failure::usage(error.to_string()))?;
        self.job.run(&mut scope)
    }
}

/// Does it with the id of a tenant, in the type and with the variable of the registry.
pub(crate) fn with_id<J: WithId>(
    registry: &Registry,
    tenant: &CanonicalTenant,
    job: J,
) -> Result<J::Output, Failure> {
    let text = tenant.as_str();
    match registry.tenant_type {
        "uuid" => typed::<uuid::Uuid, J>(registry, text, job),
        "int4" => typed::<i32, J>(registry, text, job),
        "int8" => typed::<i64, J>(registry, text, job),
        "text" => typed::<WideText, J>(registry, text, job),
        other => Err(unknown_type(other)),
    }
}

fn typed<T: SqlTenantId, J: WithId>(
    registry: &Registry,
    text: &str,
    job: J,
) -> Result<J::Output, Failure> {
    let id = T::parse(text).map_err(|error| invalid(registry, error))?;
    job.run(Operator {
        id,
        variable: registry.variable,
    })
}

/// The id of a tenant from the command line, in the form that the registry's type has.
pub(crate) fn parse(registry: &Registry, text: &str) -> Result<CanonicalTenant, Failure> {
    let checked = match registry.tenant_type {
        "uuid" => uuid::Uuid::parse(text).map(drop),
        "int4" => i32::parse(text).map(drop),
        "int8" => i64::parse(text).map(drop),
        "text" => WideText::parse(text).map(drop),
        other => return Err(unknown_type(other)),
    };
    checked
        .and_then(|()| CanonicalTenant::from_text(text))
        .map_err(|error| invalid(registry, error))
}

fn invalid(registry: &Registry, error: InvalidTenantId) -> Failure {
    Failure::usage(format!("this is no id of a tenant: {error}")).help(format!(
        "tenants have the type {} here; write the id as the database shows it",
        registry.tenant_type
    ))
}

fn unknown_type(other: &str) -> Failure {
    Failure::usage(format!(
        "this program does not know tenants of the type {other}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_in_the_form_of_the_registrys_type() {
        let registry = |tenant_type| Registry::new("app.tenant_id", tenant_type, &[]);
        let uuid = "7f1c5a52-2f0e-4a37-8a43-6ab3f7f0c001";
        for (tenant_type, good, bad) in [
            ("uuid", uuid, "7F1C5A52-2F0E-4A37-8A43-6AB3F7F0C001"),
            ("int4", "7", "07"),
            ("int8", "9223372036854775807", "+9"),
            ("text", "Müller & Söhne", "a\nb"),
        ] {
            let registry = registry(tenant_type);
            assert_eq!(parse(&registry, good).unwrap().as_str(), good);
            let failure = parse(&registry, bad).unwrap_err();
            assert_eq!(failure.code(), 2);
            assert!(!failure.message().contains(bad), "{failure:?}");
        }
    }
}
