//! Joins over foreign keys of several columns, between tables of the same name in two PostgreSQL schemas,
//! and two schemas of one crate on one database.

use diesel::connection::SimpleConnection;
use tenancy_diesel::prelude::*;
use tenancy_diesel::{PolicyOptions, Scoped};
use tenancy_testing::{PgServer, TestDatabase};
use tenancy_tests::regions::{Operator, archive, fleet, machines, other_site, sites};
use tenancy_tests::regions::{REGISTRY, Scoped as Company};

const FIXTURE: &str = include_str!("../../fixtures/regions.sql");

/// Two companies with the same keys in every table. With policies, or without.
fn database(policies: bool) -> (TestDatabase, PgConnection) {
    let server = PgServer::shared().unwrap();
    let app = server.create_login_role("app").unwrap();
    let template = server
        .template(&format!("regions {policies}"), |conn: &mut PgConnection| {
            conn.batch_execute(FIXTURE)?;
            for (company, name) in [(1, "a"), (2, "b")] {
                conn.batch_execute(&format!(
                    "INSERT INTO sites VALUES
                         ({company}, 'de', 1, 'de 1 {name}'), ({company}, 'fr', 1, 'fr 1 {name}');
                     INSERT INTO machines VALUES
                         ({company}, 1, 'de', 1, 'crane {name}'), ({company}, 2, 'fr', 1, 'lift {name}');
                     INSERT INTO archive.sites VALUES ({company}, 'fr', 1, 'old fr 1 {name}');
                     INSERT INTO archive.machines VALUES ({company}, 1, 'fr', 1, 'old lift {name}')"
                ))?;
            }
            let sql = PolicyOptions::new().app_role(&app).generate(&REGISTRY);
            conn.batch_execute(sql.up())?;
            conn.batch_execute(&format!("GRANT USAGE ON SCHEMA public, archive TO {app}"))?;
            if !policies {
                for table in ["sites", "machines", "archive.sites", "archive.machines"] {
                    conn.batch_execute(&format!("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"))?;
                }
            }
            Ok::<_, diesel::result::Error>(())
        })
        .unwrap();
    let database = template.create().unwrap();
    let conn = PgConnection::establish(&database.url_as(&app)).unwrap();
    (database, conn)
}

fn each_layer(test: impl Fn(&mut PgConnection)) {
    for policies in [true, false] {
        let (_database, mut conn) = database(policies);
        test(&mut conn);
    }
}

fn names<const N: usize>(names: [(&str, &str); N]) -> Vec<(String, String)> {
    let owned = |(a, b): (&str, &str)| (a.to_owned(), b.to_owned());
    names.map(owned).into()
}

#[test]
fn a_join_over_three_columns_finds_the_parent_by_all_of_them() {
    each_layer(|conn| {
        let mut scope: Company<_> = Scoped::open(conn, 1).unwrap();
        let query = machines::table
            .inner_join(sites::table)
            .select((machines::name, sites::name))
            .order(machines::id);
        let expected = names([("crane a", "de 1 a"), ("lift a", "fr 1 a")]);
        assert_eq!(query.load(&mut scope), Ok(expected));
        let from_the_parent = sites::table
            .left_join(machines::table)
            .filter(sites::country.eq("fr"))
            .select((sites::name, machines::name.assume_not_null()));
        let expected = names([("fr 1 a", "lift a")]);
        assert_eq!(from_the_parent.load(&mut scope), Ok(expected));
    });
}

#[test]
fn tables_of_the_same_name_in_two_schemas_are_joined_over_their_own_tenant_columns() {
    each_layer(|conn| {
        let mut scope: Company<_> = Scoped::open(conn, 2).unwrap();
        let old_and_new = archive::sites::table
            .inner_join(sites::table)
            .select((archive::sites::name, sites::name));
        let expected = names([("old fr 1 b", "fr 1 b")]);
        assert_eq!(old_and_new.load(&mut scope), Ok(expected));
        let all_four = archive::machines::table
            .inner_join(archive::sites::table.inner_join(sites::table))
            .inner_join(machines::table.on(machines::country.eq(archive::machines::country)))
            .filter(archive::machines::belongs_to.eq(machines::company))
            .select((archive::machines::name, machines::name));
        let expected = names([("old lift b", "lift b")]);
        assert_eq!(all_four.load(&mut scope), Ok(expected));
    });
}

#[test]
fn an_alias_is_joined_by_a_condition_on_several_columns() {
    each_layer(|conn| {
        let mut scope: Company<_> = Scoped::open(conn, 1).unwrap();
        let same = other_site::country
            .eq(sites::country)
            .and(other_site::number.eq(sites::number));
        let pairs = sites::table
            .inner_join(other_site::table.on(same))
            .select((sites::name, other_site::name))
            .order(sites::name);
        let expected = names([("de 1 a", "de 1 a"), ("fr 1 a", "fr 1 a")]);
        assert_eq!(pairs.load(&mut scope), Ok(expected));
    });
}

#[test]
fn a_row_is_found_updated_and_deleted_by_the_rest_of_a_long_key() {
    each_layer(|conn| {
        let mut scope: Company<_> = Scoped::open(&mut *conn, 1).unwrap();
        let row = archive::machines::table.find(1);
        let renamed = update(row)
            .set(archive::machines::name.eq("mine"))
            .returning(archive::machines::belongs_to)
            .get_result::<i32>(&mut scope);
        assert_eq!(renamed, Ok(1));
        assert_eq!(delete(row).execute(&mut scope), Ok(1));
        let site = archive::sites::table.find(("fr", 1));
        assert_eq!(delete(site).execute(&mut scope), Ok(1));
        drop(scope);
        let mut other: Company<_> = Scoped::open(conn, 2).unwrap();
        let left = archive::machines::table
            .inner_join(archive::sites::table)
            .select((archive::machines::name, archive::sites::name));
        let expected = names([("old lift b", "old fr 1 b")]);
        assert_eq!(left.load(&mut other), Ok(expected));
    });
}

#[test]
fn an_upsert_takes_the_rest_of_a_long_key_as_its_target() {
    each_layer(|conn| {
        let mut scope: Company<_> = Scoped::open(conn, 2).unwrap();
        let row = (
            sites::country.eq("de"),
            sites::number.eq(1),
            sites::name.eq("new"),
        );
        let name = insert_into(sites::table)
            .values(row)
            .on_conflict((sites::country, sites::number))
            .do_update()
            .set(sites::name.eq("renamed"))
            .returning((sites::company, sites::name))
            .get_result::<(i32, String)>(&mut scope);
        assert_eq!(name, Ok((2, "renamed".to_owned())));
    });
}

#[test]
fn two_schemas_of_a_crate_scope_their_own_tables() {
    let server = PgServer::shared().unwrap();
    let app = server.create_login_role("app").unwrap();
    let template = server
        .template("fleet", |conn: &mut PgConnection| {
            conn.batch_execute(
                "CREATE TABLE sites (operator int8 NOT NULL, country text NOT NULL,
                     number int4 NOT NULL, name text NOT NULL,
                     PRIMARY KEY (operator, country, number));
                 CREATE TABLE machines (operator int8 NOT NULL, id int4 NOT NULL,
                     country text NOT NULL, site int4 NOT NULL, name text NOT NULL,
                     PRIMARY KEY (operator, id),
                     FOREIGN KEY (operator, country, site) REFERENCES sites)",
            )?;
            let sql = PolicyOptions::new()
                .app_role(&app)
                .generate(&fleet::REGISTRY);
            conn.batch_execute(sql.up())?;
            conn.batch_execute(&format!("GRANT USAGE ON SCHEMA public TO {app}"))
        })
        .unwrap();
    let database = template.create().unwrap();
    let mut conn = PgConnection::establish(&database.url_as(&app)).unwrap();
    for (operator, name) in [(Operator(1), "a"), (Operator(2), "b")] {
        let mut scope: fleet::Scoped<_> = Scoped::open(&mut conn, operator).unwrap();
        let site = (
            fleet::sites::country.eq("de"),
            fleet::sites::number.eq(1),
            fleet::sites::name.eq(name),
        );
        assert_eq!(
            insert_into(fleet::sites::table)
                .values(site)
                .execute(&mut scope),
            Ok(1)
        );
        let machine = (
            fleet::machines::id.eq(1),
            fleet::machines::country.eq("de"),
            fleet::machines::site.eq(1),
            fleet::machines::name.eq(name),
        );
        let statement = insert_into(fleet::machines::table).values(machine);
        assert_eq!(statement.execute(&mut scope), Ok(1));
    }
    let mut scope: fleet::Scoped<_> = Scoped::open(conn, Operator(2)).unwrap();
    let rows = fleet::machines::table
        .inner_join(fleet::sites::table)
        .select((fleet::machines::operator, fleet::sites::name))
        .load::<(Operator, String)>(&mut scope);
    assert_eq!(rows, Ok(vec![(Operator(2), "b".to_owned())]));
}
