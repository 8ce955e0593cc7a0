//! The other roles that can have policies.

use crate::database::{A, SCOPED, Shop, lines, refusal, scoped, touched};

#[test]
fn the_admin_reads_all_tenants_and_writes_none() {
    let shop = Shop::new();
    shop.apply(&shop.all_roles()).unwrap();
    let conn = &mut shop.connect(&shop.admin);
    for (table, column) in SCOPED {
        let rows = lines(
            conn,
            &format!("SELECT DISTINCT {column} FROM {table} ORDER BY 1"),
        );
        assert_eq!(rows, ["of a", "of b"], "{table}");
        for statement in [
            format!("UPDATE {table} SET {column} = 'x'"),
            format!("DELETE FROM {table}"),
            format!("TRUNCATE {table}"),
        ] {
            let message = refusal(touched(conn, &statement));
            assert!(message.contains("permission denied"), "{message}");
        }
    }
}

#[test]
fn the_eraser_deletes_the_rows_of_one_tenant() {
    let shop = Shop::new();
    shop.apply(&shop.all_roles()).unwrap();
    let conn = &mut scoped(shop.connect(&shop.eraser), A);
    let message = refusal(touched(conn, "UPDATE tasks SET name = 'x'"));
    assert!(message.contains("permission denied"), "{message}");
    for (table, column) in SCOPED.iter().rev() {
        // The owner of the rows of a via table goes after them.
        assert!(
            touched(conn, &format!("DELETE FROM {table}")).unwrap() > 0,
            "{table}"
        );
        let left = lines(
            &mut shop.superuser(),
            &format!("SELECT DISTINCT {column} FROM {table}"),
        );
        assert_eq!(left, ["of b"], "{table}");
    }
}

#[test]
fn roles_without_a_policy_see_nothing_even_with_a_grant() {
    let shop = Shop::protected();
    for (table, _) in SCOPED {
        touched(
            &mut shop.owner(),
            &format!("GRANT SELECT ON {table} TO {}", shop.admin),
        )
        .unwrap();
        let conn = &mut scoped(shop.connect(&shop.admin), A);
        let rows = lines(conn, &format!("SELECT count(*) FROM {table}"));
        assert_eq!(rows, ["0"], "{table}");
    }
}
