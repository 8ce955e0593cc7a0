//! What the database says about itself, read once.
//!
//! Each list is one query over the whole database, so their number does not grow with it. To add a list:
//! a row type with its `SQL` in a file of its own, and a line in the invocation of `catalog!`.

mod columns;
mod constraints;
mod indexes;
mod policies;
mod relations;
mod roles;
mod session;
mod surroundings;

pub(super) use columns::{Column, SequenceUse};
pub(super) use constraints::Constraint;
pub(super) use indexes::{Activity, Index, IndexKey};
pub(super) use policies::Policy;
pub(super) use relations::{Partition, Relation, plain};
pub(super) use roles::{Membership, Role};
pub(super) use session::Session;
pub(super) use surroundings::{
    EncryptedDomain, Extension, LargeObjects, Published, Reader, Setting, Slot, UserMapping,
};

#[cfg(feature = "postgres")]
use diesel::connection::LoadConnection;
use diesel::prelude::*;
use diesel::sql_query;
#[cfg(feature = "async")]
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};

/// `pg_get_expr` and its relatives leave out the schema of what the search path finds. With an empty
/// path every name comes with its schema, whoever asks.
const QUALIFY: &str = "SET LOCAL search_path = ''";

macro_rules! catalog {
    ($($(#[$doc:meta])* $list:ident: $row:ty,)*) => {
        /// The lists, each in one order, so that the rows of one object stand together.
        #[derive(Debug)]
        pub(super) struct Catalog {
            pub(super) session: Session,
            $($(#[$doc])* pub(super) $list: Vec<$row>,)*
        }

        impl Catalog {
            /// How many statements reading takes, those of the transaction included.
            pub(super) const QUERIES: usize =
                [Session::SQL, QUALIFY, "BEGIN", "ROLLBACK", $(<$row>::SQL),*].len();

            /// Reads the catalog, inside of a transaction that is rolled back afterwards.
            #[cfg(feature = "postgres")]
            pub(super) fn load<C>(conn: &mut C) -> QueryResult<Self>
            where
                C: LoadConnection<Backend = diesel::pg::Pg>,
            {
                // First, because it tells the search path.
                let session = sql_query(Session::SQL).get_result(conn)?;
                conn.batch_execute(QUALIFY)?;
                Ok(Catalog { session, $($list: sql_query(<$row>::SQL).load(conn)?,)* })
            }

            /// [`load`](Self::load), asynchronously.
            #[cfg(feature = "async")]
            pub(super) async fn load_async(conn: &mut AsyncPgConnection) -> QueryResult<Self> {
                use diesel_async::RunQueryDsl;

                let session = RunQueryDsl::get_result(sql_query(Session::SQL), conn).await?;
                conn.batch_execute(QUALIFY).await?;
                Ok(Catalog {
                    session,
                    $($list: RunQueryDsl::load(sql_query(<$row>::SQL), conn).await?,)*
                })
            }
        }
    };
}

catalog! {
    /// By oid.
    roles: Role,
    /// By member.
    memberships: Membership,
    /// By oid: tables, partitions, views, materialized views, foreign tables.
    relations: Relation,
    /// By relation and name.
    policies: Policy,
    /// By relation and number.
    columns: Column,
    /// By relation and column.
    sequences: SequenceUse,
    /// By relation and name.
    constraints: Constraint,
    /// By relation and name.
    indexes: Index,
    /// By index and position: those that row-level security keeps from something.
    index_keys: IndexKey,
    /// By relation.
    activity: Activity,
    /// By publication and relation.
    published: Published,
    /// By name.
    slots: Slot,
    /// One row.
    large_objects: LargeObjects,
    /// By name; extensions before languages.
    extensions: Extension,
    /// By server and role.
    user_mappings: UserMapping,
    /// By name.
    settings: Setting,
    /// By relation and grantee.
    readers: Reader,
    /// By oid.
    partitions: Partition,
    /// One row, or none.
    encrypted_domain: EncryptedDomain,
}

impl Catalog {
    pub(super) fn role_named(&self, name: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.name == name)
    }

    pub(super) fn role(&self, oid: u32) -> Option<&Role> {
        rows_of(&self.roles, |role| role.oid, oid).first()
    }

    pub(super) fn relation(&self, oid: u32) -> Option<&Relation> {
        rows_of(&self.relations, |relation| relation.oid, oid).first()
    }

    pub(super) fn columns_of(&self, relation: u32) -> &[Column] {
        rows_of(&self.columns, |column| column.relation, relation)
    }

    pub(super) fn column(&self, relation: u32, name: &str) -> Option<&Column> {
        self.columns_of(relation)
            .iter()
            .find(|column| column.name == name)
    }

    pub(super) fn sequences_of(&self, relation: u32) -> &[SequenceUse] {
        rows_of(&self.sequences, |sequence| sequence.relation, relation)
    }

    pub(super) fn constraints_of(&self, relation: u32) -> &[Constraint] {
        rows_of(
            &self.constraints,
            |constraint| constraint.relation,
            relation,
        )
    }

    pub(super) fn indexes_of(&self, relation: u32) -> &[Index] {
        rows_of(&self.indexes, |index| index.relation, relation)
    }

    pub(super) fn keys_of(&self, index: u32) -> &[IndexKey] {
        rows_of(&self.index_keys, |key| key.index, index)
    }

    pub(super) fn activity_of(&self, relation: u32) -> Option<&Activity> {
        rows_of(&self.activity, |activity| activity.relation, relation).first()
    }

    pub(super) fn policies_of(&self, relation: &Relation) -> &[Policy] {
        rows_of(&self.policies, |policy| policy.relation, relation.oid)
    }

    /// Whether a policy holds for a role: it names PUBLIC, the role, or a role whose privileges it has.
    pub(super) fn is_for(&self, policy: &Policy, role: &Role) -> bool {
        policy
            .roles
            .iter()
            .any(|&named| named == 0 || self.inherits(role.oid, named))
    }

    /// Whether a role is another, or has its privileges without becoming it.
    pub(super) fn inherits(&self, role: u32, other: u32) -> bool {
        self.reaches(role, other, |membership| membership.inherits)
    }

    /// Whether a role is another, or can become it by SET ROLE.
    pub(super) fn can_become(&self, role: u32, other: u32) -> bool {
        self.reaches(role, other, |membership| {
            membership.can_set || membership.is_admin
        })
    }

    fn reaches(&self, from: u32, to: u32, follows: impl Fn(&Membership) -> bool) -> bool {
        let mut reached = vec![from];
        let mut next = 0;
        while let Some(&role) = reached.get(next) {
            if role == to {
                return true;
            }
            let memberships = rows_of(&self.memberships, |membership| membership.member, role);
            for membership in memberships.iter().filter(|membership| follows(membership)) {
                if !reached.contains(&membership.role) {
                    reached.push(membership.role);
                }
            }
            next += 1;
        }
        false
    }
}

/// The rows with this key, of a list in the order of its keys.
fn rows_of<T>(list: &[T], key: impl Fn(&T) -> u32, wanted: u32) -> &[T] {
    let start = list.partition_point(|row| key(row) < wanted);
    let rest = &list[start..];
    &rest[..rest.partition_point(|row| key(row) == wanted)]
}
