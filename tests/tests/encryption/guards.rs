//! Code of the application that runs while a statement of one tenant is built or its rows are read, and
//! itself runs statements of another one.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::dsl::SqlTypeOf;
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use tenancy_diesel::encryption::{Encrypted, EncryptionError, encryption_error};
use tenancy_diesel::prelude::*;
use tenancy_tests::{A, B};

use crate::database::Vault;
use crate::schema::{Scoped, accounts};

type Job = Box<dyn FnMut()>;

thread_local! {
    static JOB: RefCell<Option<Job>> = const { RefCell::new(None) };
}

/// A text whose conversion, in either direction, runs a job first.
#[derive(Debug, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
struct Meddling(String);

fn meddle_with(job: impl FnMut() + 'static) {
    JOB.set(Some(Box::new(job)));
}

fn meddle() {
    let job = JOB.take();
    if let Some(mut job) = job {
        job();
        JOB.set(Some(job));
    }
}

impl ToSql<Text, Pg> for Meddling {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        meddle();
        ToSql::<Text, Pg>::to_sql(self.0.as_str(), out)
    }
}

impl FromSql<Text, Pg> for Meddling {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        meddle();
        <String as FromSql<Text, Pg>>::from_sql(value).map(Meddling)
    }
}

fn add(conn: &mut Scoped<PgConnection>, id: i32, key: &str) -> QueryResult<usize> {
    insert_into(accounts::table)
        .values((
            accounts::id.eq(id),
            accounts::name.eq(Meddling("plain".to_owned())),
            accounts::api_key.eq(Encrypted::new(key.to_owned())),
        ))
        .execute(conn)
}

fn keys(conn: &mut Scoped<PgConnection>) -> Vec<String> {
    accounts::table
        .order(accounts::id)
        .select((accounts::name, accounts::api_key))
        .load::<(Meddling, Encrypted<String>)>(conn)
        .unwrap()
        .into_iter()
        .map(|(_, key)| key.into_inner())
        .collect()
}

struct World {
    vault: Vault,
    a: Scoped<PgConnection>,
    b: Scoped<PgConnection>,
}

fn world() -> World {
    let vault = Vault::new();
    let keyring = vault.blocking_keyring();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        keyring.create_tenant(&A).await.unwrap();
        keyring.create_tenant(&B).await.unwrap();
    });
    let (a, b) = (vault.scope(&keyring, A), vault.scope(&keyring, B));
    World { vault, a, b }
}

#[test]
fn a_statement_inside_of_a_bind_leaves_each_tenant_its_key() {
    let World {
        vault,
        mut a,
        mut b,
    } = world();
    let mut next = 0;
    meddle_with(move || {
        next += 1;
        add(&mut b, next, "of b").unwrap();
        assert_eq!(keys(&mut b).len(), usize::try_from(next).unwrap());
    });
    add(&mut a, 100, "of a").unwrap();
    JOB.take();
    assert_eq!(keys(&mut a), ["of a"]);
    let mut b = vault.scope(&vault.blocking_keyring(), B);
    let of_b = keys(&mut b);
    assert!(!of_b.is_empty());
    assert!(of_b.iter().all(|key| key == "of b"));
}

#[test]
fn a_statement_inside_of_a_row_leaves_each_tenant_its_key() {
    let World {
        vault: _vault,
        mut a,
        mut b,
    } = world();
    add(&mut a, 1, "of a").unwrap();
    add(&mut a, 2, "of a").unwrap();
    add(&mut b, 1, "of b").unwrap();
    meddle_with(move || assert_eq!(keys(&mut b), ["of b"]));
    assert_eq!(keys(&mut a), ["of a", "of a"]);
    JOB.take();
}

#[derive(Debug, QueryableByName)]
struct RawRow {
    #[diesel(sql_type = SqlTypeOf<accounts::api_key>)]
    #[allow(dead_code, reason = "it is never read, since it never loads")]
    api_key: Encrypted<String>,
}

/// The rows of raw SQL are read outside of their scope's guard, and here inside of another one's.
#[test]
fn a_row_of_raw_sql_is_not_opened_with_the_keys_of_a_scope_around() {
    let World {
        vault: _vault,
        mut a,
        mut b,
    } = world();
    add(&mut a, 1, "of a").unwrap();
    add(&mut b, 1, "of b").unwrap();
    let raw = |conn: &mut Scoped<PgConnection>| {
        let rows = diesel::sql_query("SELECT api_key FROM accounts").load::<RawRow>(conn);
        encryption_error(&rows.unwrap_err()).unwrap()
    };
    assert_eq!(raw(&mut b), EncryptionError::NoScope);
    meddle_with(move || assert_eq!(raw(&mut b), EncryptionError::WrongKey));
    assert_eq!(keys(&mut a), ["of a"]);
    JOB.take();
}

/// A scope without keys does not use those of a scope around it.
#[test]
fn a_scope_without_keys_has_none_inside_of_one_with_keys() {
    let World { vault, mut a, b: _ } = world();
    add(&mut a, 1, "of a").unwrap();
    let mut bare = vault.scope_without_keys(A);
    meddle_with(move || {
        let read = accounts::table
            .select(accounts::api_key)
            .load::<Encrypted<String>>(&mut bare);
        let error = encryption_error(&read.unwrap_err());
        assert_eq!(error, Some(EncryptionError::NotUnlocked));
    });
    assert_eq!(keys(&mut a), ["of a"]);
    JOB.take();
}

#[test]
fn a_panic_in_a_bind_leaves_no_keys_on_the_thread() {
    let World {
        vault: _vault,
        mut a,
        mut b,
    } = world();
    add(&mut b, 1, "of b").unwrap();
    meddle_with(|| panic!("on purpose"));
    assert!(catch_unwind(AssertUnwindSafe(|| add(&mut a, 1, "of a"))).is_err());
    JOB.take();
    let rows = diesel::sql_query("SELECT api_key FROM accounts").load::<RawRow>(&mut b);
    let error = encryption_error(&rows.unwrap_err());
    assert_eq!(error, Some(EncryptionError::NoScope));
    let again = add(&mut a, 1, "of a");
    assert!(matches!(
        again,
        Err(diesel::result::Error::BrokenTransactionManager)
    ));
}
