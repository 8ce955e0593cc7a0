//! Keys come and go while scopes work.

use diesel::prelude::*;
use tenancy_diesel::sealed::{ExposeSecret, SealRefusal};
use tenancy_diesel::{ScopeError, Scoped};
use tenancy_migrations::{MigrationsError, create_sealing_key, retire_sealing_key, sealing_keys};
use tenancy_tests::schema::{self, projects};
use tenancy_tests::{A, B};

use crate::world::{Mode, Shop, create_key, sealer, sealer_of};

fn count(conn: &mut schema::Scoped<PgConnection>) -> QueryResult<i64> {
    projects::table.count().get_result(conn)
}

#[test]
fn keys_are_replaced_while_scopes_work() {
    let shop = Shop::new(Mode::Sealed);
    let mut owner = shop.owner();
    let new = sealer_of("k2", 2);
    let mut old_scope = shop.scope_of(A);
    let mut new_scope = Scoped::open(shop.raw(), B).unwrap().with_sealer(&new);

    assert_eq!(count(&mut old_scope), Ok(3));
    let early = count(&mut new_scope).unwrap_err();
    let unknown = ScopeError::SealRefused(SealRefusal::UnknownKey);
    assert_eq!(ScopeError::of(&early), Some(&unknown));

    create_key(&mut owner, &new);
    for _ in 0..3 {
        assert_eq!(count(&mut old_scope), Ok(3));
        assert_eq!(count(&mut new_scope), Ok(4));
    }
    assert!(retire_sealing_key(&mut owner, "k1").unwrap());
    assert_eq!(count(&mut new_scope), Ok(4));
    let late = count(&mut old_scope).unwrap_err();
    assert_eq!(ScopeError::of(&late), Some(&unknown));
}

#[test]
fn a_name_stays_with_its_key() {
    let shop = Shop::new(Mode::Sealed);
    let mut owner = shop.owner();
    // The same key again is no mistake of a deployment that runs twice.
    create_key(&mut owner, &sealer());
    let other = sealer_of("k1", 5);
    let key = other.database_key();
    let taken = create_sealing_key(&mut owner, "k1", key.expose_secret());
    assert!(matches!(taken, Err(MigrationsError::SealingKeyTaken { id }) if id == "k1"));
    assert_eq!(count(&mut shop.scope_of(A)), Ok(3));

    assert!(retire_sealing_key(&mut owner, "k1").unwrap());
    assert!(!retire_sealing_key(&mut owner, "k1").unwrap());
    let key = sealer().database_key();
    let retired = create_sealing_key(&mut owner, "k1", key.expose_secret());
    assert!(matches!(
        retired,
        Err(MigrationsError::SealingKeyTaken { .. })
    ));
    assert!(create_sealing_key(&mut owner, "a.b", key.expose_secret()).is_err());

    let keys = sealing_keys(&mut owner).unwrap();
    assert_eq!(keys.len(), 1);
    assert!(keys[0].id == "k1" && keys[0].retired);
}

#[test]
fn a_retired_key_leaves_nothing_of_itself_in_the_table() {
    let shop = Shop::new(Mode::Sealed);
    let mut owner = shop.owner();
    let left = "SELECT concat_ws(',', id, inner_pad, outer_pad) AS line FROM tenancy.sealing_keys";
    assert!(crate::world::lines(&mut owner, left).unwrap()[0].len() > 100);
    retire_sealing_key(&mut owner, "k1").unwrap();
    assert_eq!(crate::world::lines(&mut owner, left).unwrap(), ["k1"]);
}
