//! The function that verifies, as the catalog has it.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tenancy_diesel::sealed::{FUNCTION, LiveFunction, SealedError, check};

use crate::world::{Mode, Shop, VARIABLE, sealer};

fn live(conn: &mut PgConnection) -> Vec<LiveFunction> {
    diesel::sql_query(LiveFunction::SQL).load(conn).unwrap()
}

#[test]
fn what_the_migration_creates_is_what_an_auditor_expects() {
    let shop = Shop::new(Mode::Sealed);
    let functions = live(&mut shop.raw());
    assert_eq!(functions.len(), 1);
    let [function] = &functions[..] else { panic!() };
    assert_eq!(FUNCTION.differences(function), Vec::<&str>::new());
    let owner = shop.server().role_name(crate::world::OWNER);
    assert_eq!(function.owner, owner);
    let mut callers = vec![shop.app_role().to_owned(), owner];
    callers.sort();
    assert_eq!(function.callers, callers);
}

#[test]
fn each_change_of_the_function_is_noticed() {
    let shop = Shop::new(Mode::Sealed);
    let f = "FUNCTION tenancy.sealed_tenant(text, boolean)";
    let body = FUNCTION.body.replace("<> sha256", "= sha256");
    for (change, differs) in [
        (format!("ALTER {f} IMMUTABLE"), "volatility"),
        (format!("ALTER {f} VOLATILE"), "volatility"),
        (format!("ALTER {f} PARALLEL UNSAFE"), "parallel safety"),
        (format!("ALTER {f} SECURITY INVOKER"), "SECURITY DEFINER"),
        (format!("ALTER {f} LEAKPROOF"), "LEAKPROOF"),
        (format!("ALTER {f} STRICT"), "STRICT"),
        (format!("ALTER {f} RESET search_path"), "settings"),
        (format!("ALTER {f} SET search_path = public"), "settings"),
        (format!("ALTER {f} SET work_mem = '1MB'"), "settings"),
        (
            format!("ALTER {f} OWNER TO CURRENT_USER"),
            "owner, owner of the keys",
        ),
        (
            "ALTER TABLE tenancy.sealing_keys OWNER TO CURRENT_USER".to_owned(),
            "owner of the keys",
        ),
        (
            format!(
                "CREATE OR REPLACE FUNCTION tenancy.sealed_tenant(variable text, strict boolean)
                 RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE
                 SET search_path = pg_catalog, pg_temp AS $function${body}$function$"
            ),
            "body",
        ),
    ] {
        let mut conn = shop.superuser();
        conn.test_transaction::<_, diesel::result::Error, _>(|conn| {
            conn.batch_execute(&change)?;
            let found = FUNCTION.differences(&live(conn)[0]).join(", ");
            assert_eq!(found, differs, "{change}");
            conn.batch_execute(&format!("SET LOCAL ROLE {}", shop.app_role()))?;
            let refused = check(conn, VARIABLE, &sealer());
            assert!(
                matches!(refused, Err(SealedError::FunctionChanged { .. })),
                "{change}: {refused:?}"
            );
            Ok(())
        });
    }
}

/// A second one of the name would be found by nobody who asks for the first.
#[test]
fn an_overload_is_noticed() {
    let shop = Shop::new(Mode::Sealed);
    shop.superuser()
        .batch_execute(
            "CREATE FUNCTION tenancy.sealed_tenant(text) RETURNS text LANGUAGE sql AS 'SELECT $1'",
        )
        .unwrap();
    let refused = check(&mut shop.raw(), VARIABLE, &sealer());
    assert!(
        matches!(&refused, Err(SealedError::FunctionChanged { differs }) if differs == "number"),
        "{refused:?}"
    );
}
