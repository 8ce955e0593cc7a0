//! Models. Their derives are Diesel's own, except for `Model`: `Identifiable` on one side, `TenantScoped` on
//! the other.

use std::io::Write;

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};

use super::side::schema::{projects, sql_types, tasks};
use super::side::*;
use crate::random::Random;

/// The enum of the column `tasks.status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromSqlRow, AsExpression)]
#[diesel(sql_type = sql_types::Status)]
pub enum Status {
    Open,
    Done,
}

impl ToSql<sql_types::Status, Pg> for Status {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(match self {
            Status::Open => b"open",
            Status::Done => b"done",
        })?;
        Ok(IsNull::No)
    }
}

impl FromSql<sql_types::Status, Pg> for Status {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        match value.as_bytes() {
            b"open" => Ok(Status::Open),
            _ => Ok(Status::Done),
        }
    }
}

/// A project as it is read and written back.
#[derive(Debug, Clone, Queryable, Selectable, AsChangeset, Model)]
#[diesel(table_name = projects, check_for_backend(Pg))]
pub struct Project {
    pub id: i32,
    pub name: String,
    pub country: Option<String>,
}

impl Project {
    /// A model that some tenant may have loaded.
    pub fn draw(random: &mut Random) -> Self {
        Project {
            id: random.id(),
            name: random.text(),
            country: random.country(),
        }
    }
}

/// A project to insert.
#[derive(Debug, Insertable)]
#[diesel(table_name = projects)]
pub struct NewProject {
    pub id: i32,
    pub name: String,
    pub country: Option<String>,
    pub parent_id: Option<i32>,
}

impl NewProject {
    pub fn draw(random: &mut Random) -> Self {
        NewProject {
            id: random.id(),
            name: random.text(),
            country: random.country(),
            parent_id: if random.chance(60) {
                None
            } else {
                Some(random.id())
            },
        }
    }
}

/// A task.
#[derive(Debug, Clone, Queryable, Selectable, Associations, Model)]
#[diesel(table_name = tasks, belongs_to(Project), check_for_backend(Pg))]
pub struct Task {
    pub id: i32,
    pub project_id: i32,
    pub title: String,
    pub status: Status,
}
