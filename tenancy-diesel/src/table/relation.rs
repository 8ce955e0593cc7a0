use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::AstPass;
use diesel::sql_types::HasSqlType;

use crate::SqlTenantId;
use crate::ambient::{self, AmbientTenant};

/// Where the rows of a table are and whose they are.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Relation {
    /// The Rust path below the schema module, for messages.
    pub path: &'static str,
    /// The PostgreSQL schema.
    pub schema: Option<&'static str>,
    /// The name in the database.
    pub name: &'static str,
    /// The name in a statement, unique among the tables of the schema file.
    pub alias: &'static str,
    /// How a row leads to its tenant.
    pub owner: Owner,
}

/// How a row leads to its tenant.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub enum Owner {
    /// By a column of its own.
    Column(&'static str),
    /// By the row that a foreign key names.
    Via {
        /// The foreign-key column.
        column: &'static str,
        /// The column it points to.
        key: &'static str,
        /// The table it points to.
        relation: &'static Relation,
    },
    /// Not at all: everybody's row.
    Shared,
}

impl Relation {
    /// `"schema"."name"`.
    pub(crate) fn push_name(&self, pass: &mut AstPass<'_, '_, Pg>) -> QueryResult<()> {
        if let Some(schema) = self.schema {
            pass.push_identifier(schema)?;
            pass.push_sql(".");
        }
        pass.push_identifier(self.name)
    }

    /// `"schema"."name" AS "alias"`, the target of a write.
    pub(crate) fn push_target(&self, pass: &mut AstPass<'_, '_, Pg>) -> QueryResult<()> {
        self.push_name(pass)?;
        pass.push_sql(" AS ");
        pass.push_identifier(self.alias)
    }

    /// The predicate that holds for the rows of the entered scope's tenant. `row` is what the
    /// statement calls the row, if the column alone would be ambiguous.
    ///
    /// # Errors
    /// [`ScopeError`](crate::ScopeError) outside of a scope.
    pub(crate) fn push_predicate<'b, Id>(
        &self,
        row: Option<&str>,
        pass: &mut AstPass<'_, 'b, Pg>,
    ) -> QueryResult<()>
    where
        Id: SqlTenantId,
        Pg: HasSqlType<Id::SqlType>,
    {
        ambient::require::<Id>(self.path)?;
        self.push_owned(row, 0, pass, &|pass| {
            pass.push_bind_param::<Id::SqlType, AmbientTenant<Id>>(&AmbientTenant::<Id>::VALUE)
        })
    }

    /// The same predicate with the tenant as a constant, on the statement's name of the row.
    ///
    /// # Errors
    /// [`ScopeError`](crate::ScopeError) outside of a scope.
    #[cfg(feature = "postgres")]
    pub(crate) fn push_literal_predicate<Id: SqlTenantId>(
        &self,
        pass: &mut AstPass<'_, '_, Pg>,
    ) -> QueryResult<()> {
        let tenant = ambient::literal::<Id>(self.path)?;
        self.push_owned(Some(self.alias), 0, pass, &|pass| {
            pass.push_sql(&tenant);
            Ok(())
        })
    }

    fn push_owned<'b>(
        &self,
        row: Option<&str>,
        depth: usize,
        pass: &mut AstPass<'_, 'b, Pg>,
        push_tenant: &dyn Fn(&mut AstPass<'_, 'b, Pg>) -> QueryResult<()>,
    ) -> QueryResult<()> {
        match self.owner {
            Owner::Column(column) => {
                push_column(row, column, pass)?;
                pass.push_sql(" = ");
                push_tenant(pass)
            }
            Owner::Via {
                column,
                key,
                relation,
            } => {
                let owner = format!("tenancy_owner_{depth}");
                pass.push_sql("EXISTS (SELECT 1 FROM ");
                relation.push_name(pass)?;
                pass.push_sql(" AS ");
                pass.push_identifier(&owner)?;
                pass.push_sql(" WHERE ");
                push_column(Some(&owner), key, pass)?;
                pass.push_sql(" = ");
                push_column(row.or(Some(self.name)), column, pass)?;
                pass.push_sql(" AND ");
                relation.push_owned(Some(&owner), depth + 1, pass, push_tenant)?;
                pass.push_sql(")");
                Ok(())
            }
            Owner::Shared => {
                pass.push_sql("TRUE");
                Ok(())
            }
        }
    }
}

fn push_column(row: Option<&str>, column: &str, pass: &mut AstPass<'_, '_, Pg>) -> QueryResult<()> {
    if let Some(row) = row {
        pass.push_identifier(row)?;
        pass.push_sql(".");
    }
    pass.push_identifier(column)
}
