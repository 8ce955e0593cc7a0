//! What the database says about itself, read once.
//!
//! Each list is one query over the whole database, so their number does not grow with it. To add a list:
//! a row type with its `SQL` in a file of its own, and a line in the invocation of `catalog!`. A rule of the
//! boot check finds only the lists that are read at boot.

mod columns;
mod constraints;
mod default_grants;
mod functions;
mod grants;
mod indexes;
mod inheritance;
mod policies;
mod reach;
mod relations;
mod rewrites;
mod role_settings;
mod roles;
mod schemas;
mod sequences;
mod session;
mod surroundings;
mod triggers;

pub(super) use columns::{Column, SequenceUse};
pub(super) use constraints::Constraint;
pub(super) use default_grants::DefaultGrant;
pub(super) use functions::Function;
pub(super) use grants::Grant;
pub(super) use indexes::{Activity, Index, IndexKey};
pub(super) use inheritance::Inheritance;
pub(super) use policies::Policy;
pub(super) use reach::Way;
pub(super) use relations::{Partition, Relation, plain};
pub(super) use rewrites::Rewrite;
pub(super) use role_settings::RoleSetting;
pub(super) use roles::{Membership, Role};
pub(super) use schemas::Schema;
pub(super) use sequences::Sequence;
pub(super) use session::{Answer, Beginning, Session};
pub(super) use surroundings::{
    EncryptedDomain, Extension, LargeObjects, Published, Reader, Setting, Slot, UserMapping,
};
pub(super) use triggers::{EventTrigger, Trigger};

use reach::Becoming;

#[cfg(feature = "postgres")]
use diesel::connection::LoadConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;
#[cfg(feature = "async")]
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};

use crate::sealed::{FUNCTION, LiveFunction};

/// `pg_get_expr` and its relatives leave out the schema of what the search path finds. With an empty
/// path every name comes with its schema, whoever asks.
const QUALIFY: &str = "SET LOCAL search_path = ''";

/// What the lists cannot tell.
pub(super) struct Questions<'a> {
    /// The variable that carries the tenant.
    pub(super) variable: &'a str,
    /// For whom the server is asked whether policies hold; the role of the connection without a name.
    pub(super) role: Option<&'a str>,
    /// Only what the rules of the boot check look at.
    pub(super) boot: bool,
}

macro_rules! catalog {
    (
        at_boot { $($(#[$boot_doc:meta])* $boot:ident: $boot_row:ty,)* }
        otherwise { $($(#[$doc:meta])* $list:ident: $row:ty,)* }
    ) => {
        /// The lists, each in one order, so that the rows of one object stand together.
        #[derive(Debug)]
        pub(super) struct Catalog {
            pub(super) session: Session,
            pub(super) beginning: Beginning,
            /// Whether policies hold for the role of the application, by relation. Empty where the
            /// connection may not become it.
            pub(super) answers: Vec<Answer>,
            $($(#[$boot_doc])* pub(super) $boot: Vec<$boot_row>,)*
            $($(#[$doc])* pub(super) $list: Vec<$row>,)*
        }

        impl Catalog {
            /// How many statements reading takes, those of the transaction included.
            pub(super) fn queries(boot: bool) -> usize {
                let always = [
                    "BEGIN", Session::SQL, QUALIFY, Beginning::SQL, $(<$boot_row>::SQL,)* Answer::SQL,
                    "ROLLBACK",
                ];
                let otherwise = [$(<$row>::SQL,)* "SET ROLE", "SET ROLE"];
                always.len() + if boot { 0 } else { otherwise.len() }
            }

            /// Reads the catalog, inside of a transaction that is rolled back afterwards.
            #[cfg(feature = "postgres")]
            pub(super) fn load<C>(conn: &mut C, questions: &Questions<'_>) -> QueryResult<Self>
            where
                C: LoadConnection<Backend = diesel::pg::Pg>,
            {
                // First, because it tells the search path.
                let session = sql_query(Session::SQL).get_result(conn)?;
                conn.batch_execute(QUALIFY)?;
                let mut catalog = Catalog {
                    session,
                    beginning: sql_query(Beginning::SQL)
                        .bind::<Text, _>(questions.variable)
                        .get_result(conn)?,
                    answers: Vec::new(),
                    $($boot: sql_query(<$boot_row>::SQL).load(conn)?,)*
                    $($list: if questions.boot {
                        Vec::new()
                    } else {
                        sql_query(<$row>::SQL).load(conn)?
                    },)*
                };
                let becoming = catalog.becoming(questions);
                if let Becoming::By(statement) = &becoming {
                    conn.batch_execute(statement)?;
                }
                if !matches!(becoming, Becoming::Never) {
                    catalog.answers = sql_query(Answer::SQL).load(conn)?;
                }
                if let Becoming::By(_) = becoming {
                    conn.batch_execute(&catalog.returning())?;
                }
                Ok(catalog)
            }

            /// [`load`](Self::load), asynchronously.
            #[cfg(feature = "async")]
            pub(super) async fn load_async(
                conn: &mut AsyncPgConnection,
                questions: &Questions<'_>,
            ) -> QueryResult<Self> {
                use diesel_async::RunQueryDsl;

                let session = RunQueryDsl::get_result(sql_query(Session::SQL), conn).await?;
                conn.batch_execute(QUALIFY).await?;
                let beginning = sql_query(Beginning::SQL).bind::<Text, _>(questions.variable);
                let mut catalog = Catalog {
                    session,
                    beginning: RunQueryDsl::get_result(beginning, conn).await?,
                    answers: Vec::new(),
                    $($boot: RunQueryDsl::load(sql_query(<$boot_row>::SQL), conn).await?,)*
                    $($list: if questions.boot {
                        Vec::new()
                    } else {
                        RunQueryDsl::load(sql_query(<$row>::SQL), conn).await?
                    },)*
                };
                let becoming = catalog.becoming(questions);
                if let Becoming::By(statement) = &becoming {
                    conn.batch_execute(statement).await?;
                }
                if !matches!(becoming, Becoming::Never) {
                    catalog.answers = RunQueryDsl::load(sql_query(Answer::SQL), conn).await?;
                }
                if let Becoming::By(_) = becoming {
                    conn.batch_execute(&catalog.returning()).await?;
                }
                Ok(catalog)
            }
        }
    };
}

catalog! {
    at_boot {
        /// By oid.
        roles: Role,
        /// By member.
        memberships: Membership,
        /// By oid: tables, partitions, views, materialized views, foreign tables.
        relations: Relation,
        /// By relation and name.
        policies: Policy,
        /// By object.
        grants: Grant,
        /// By role.
        role_settings: RoleSetting,
        /// By oid.
        schemas: Schema,
        /// By oid.
        functions: Function,
        /// Those that verify sealed tenants: one, where the library's migrations have run.
        seals: LiveFunction,
        /// By relation and rule.
        rewrites: Rewrite,
        /// By parent.
        inheritance: Inheritance,
        /// By relation and number.
        columns: Column,
        /// By relation and name.
        indexes: Index,
    }
    otherwise {
        /// By oid, with what is theirs.
        counters: Sequence,
        /// By creator.
        default_grants: DefaultGrant,
        /// By relation and name.
        triggers: Trigger,
        /// By name.
        event_triggers: EventTrigger,
        /// By relation and column.
        sequences: SequenceUse,
        /// By relation and name.
        constraints: Constraint,
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
}

impl Catalog {
    /// Looks for names without a schema where sessions of this role look for them, if a setting of the role
    /// or of the database says where.
    pub(super) fn look_as(&mut self, role: &str) {
        let Some(role) = self.role_named(role) else {
            return;
        };
        let (oid, name) = (role.oid, role.name.clone());
        // The most particular setting holds.
        let setting = self
            .role_settings
            .iter()
            .filter(|s| s.name == "search_path" && (s.role == oid || s.role == 0))
            .max_by_key(|s| (s.role == oid, s.database != 0));
        let Some(setting) = setting else {
            return;
        };
        let path = setting.schemas(&name);
        let exists = |name: &String| self.schemas.iter().any(|schema| schema.name == *name);
        self.session.search_path = path.into_iter().filter(exists).collect();
    }

    pub(super) fn role_named(&self, name: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.name == name)
    }

    pub(super) fn role(&self, oid: u32) -> Option<&Role> {
        rows_of(&self.roles, |role| role.oid, oid).first()
    }

    pub(super) fn relation(&self, oid: u32) -> Option<&Relation> {
        rows_of(&self.relations, |relation| relation.oid, oid).first()
    }

    pub(super) fn function(&self, oid: u32) -> Option<&Function> {
        rows_of(&self.functions, |function| function.oid, oid).first()
    }

    /// Whether the function that verifies sealed tenants is the library's own.
    pub(super) fn has_sound_seal(&self) -> bool {
        matches!(&self.seals[..], [seal] if FUNCTION.differences(seal).is_empty())
    }

    /// Whether it is that function.
    pub(super) fn is_sound_seal(&self, function: &Function) -> bool {
        [function.schema.as_str(), &function.name] == [FUNCTION.schema, FUNCTION.name]
            && self.has_sound_seal()
    }

    pub(super) fn triggers_of(&self, relation: &Relation) -> &[Trigger] {
        rows_of(&self.triggers, |trigger| trigger.relation, relation.oid)
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
}

/// The rows with this key, of a list in the order of its keys.
fn rows_of<T>(list: &[T], key: impl Fn(&T) -> u32, wanted: u32) -> &[T] {
    let start = list.partition_point(|row| key(row) < wanted);
    let rest = &list[start..];
    &rest[..rest.partition_point(|row| key(row) == wanted)]
}
