//! Tenant ids of every type, from the declaration to the policy.

use diesel::connection::SimpleConnection;
use tenancy_diesel::Scoped;
use tenancy_diesel::prelude::*;
use tenancy_diesel::{InvalidTenantId, PolicyOptions, Registry, ScopeError};
use tenancy_testing::PgServer;
use tenancy_tests::ids::{Merchant, big, merchant, renamed, small, text};

/// A database with one table of a schema, its policies, and the application role's URL.
fn database(
    key: &str,
    column: &str,
    registry: &Registry,
) -> (tenancy_testing::TestDatabase, PgConnection) {
    let server = PgServer::shared().unwrap();
    let app = server.create_login_role("app").unwrap();
    let template = server
        .template(&format!("ids {key}"), |conn: &mut PgConnection| {
            conn.batch_execute(&format!(
                "CREATE TABLE notes_{key} (tenant_id {column} NOT NULL, id int4 NOT NULL,
                     body text NOT NULL, PRIMARY KEY (tenant_id, id))"
            ))?;
            conn.batch_execute(PolicyOptions::new().app_role(&app).generate(registry).up())?;
            conn.batch_execute(&format!("GRANT USAGE ON SCHEMA public TO {app}"))
        })
        .unwrap();
    let database = template.create().unwrap();
    let conn = PgConnection::establish(&database.url_as(&app)).unwrap();
    (database, conn)
}

macro_rules! two_tenants {
    ($schema:ident, $key:literal, $column:literal, $a:expr, $b:expr) => {{
        let (_database, mut conn) = database($key, $column, &$schema::REGISTRY);
        let notes = $schema::notes::table;
        for (tenant, body) in [($a, "of a"), ($b, "of b")] {
            let mut scope: $schema::Scoped<_> = Scoped::open(&mut conn, tenant).unwrap();
            let row = ($schema::notes::id.eq(1), $schema::notes::body.eq(body));
            assert_eq!(insert_into(notes).values(row).execute(&mut scope), Ok(1));
        }
        for (tenant, body) in [($a, "of a"), ($b, "of b")] {
            let mut scope: $schema::Scoped<_> = Scoped::open(&mut conn, tenant).unwrap();
            let rows = notes
                .select($schema::notes::body)
                .load::<String>(&mut scope);
            assert_eq!(rows, Ok(vec![body.to_owned()]));
            let raw = diesel::sql_query(concat!("SELECT 1 FROM notes_", $key)).execute(&mut scope);
            assert_eq!(raw, Ok(1), "row-level security alone");
        }
        assert_eq!(
            diesel::sql_query(concat!("SELECT 1 FROM notes_", $key)).execute(&mut conn),
            Ok(0)
        );
    }};
}

#[test]
fn integers() {
    two_tenants!(small, "small", "int4", 1, i32::MAX);
    two_tenants!(big, "big", "int8", 1i64, i64::MAX);
}

#[test]
fn texts() {
    two_tenants!(
        text,
        "text",
        "varchar(200)",
        "acme".to_owned(),
        "Acme".to_owned()
    );
}

/// A wider set of texts reaches the server as an escape string, whatever the server's settings.
#[test]
fn texts_of_any_characters_with_a_variable_of_their_own() {
    let odd = [
        "o'neill",
        "back\\slash",
        "'; SET shop.merchant = 'other'; --",
        "\\'; DROP TABLE notes_merchant; --",
        "Müller & Söhne",
        "$1 %s _",
        "\"quoted\"",
        "\u{1F980}",
    ];
    for other in odd {
        two_tenants!(
            merchant,
            "merchant",
            "text",
            Merchant("plain".to_owned()),
            Merchant(other.to_owned())
        );
    }
    let (_database, mut conn) = database("merchant", "text", &merchant::REGISTRY);
    conn.batch_execute("SET standard_conforming_strings = off; SET escape_string_warning = off")
        .unwrap();
    for id in odd {
        let mut scope: merchant::Scoped<_> =
            Scoped::open(&mut conn, Merchant(id.to_owned())).unwrap();
        #[derive(diesel::QueryableByName)]
        struct Setting {
            #[diesel(sql_type = diesel::sql_types::Text)]
            value: String,
        }
        let shown: Setting = diesel::sql_query("SELECT current_setting('shop.merchant') AS value")
            .get_result(&mut scope)
            .unwrap();
        assert_eq!(shown.value, id);
    }
}

#[test]
fn ids_that_stand_for_nothing_open_no_scope() {
    let (_database, mut conn) = database("small", "int4", &small::REGISTRY);
    for (id, why) in [
        (0, InvalidTenantId::Zero),
        (-1, InvalidTenantId::Negative),
        (i32::MIN, InvalidTenantId::Negative),
    ] {
        assert_eq!(
            Scoped::open(&mut conn, id).err(),
            Some(ScopeError::InvalidTenant(why))
        );
    }
    for id in ["", "   ", "a\0b", "../b", "a'b", "..", &"x".repeat(1 << 20)] {
        assert!(Scoped::open(&mut conn, id.to_owned()).is_err(), "{id:.10}");
    }
    for id in ["", " ", "a\0b", "a\nb"] {
        assert!(
            Scoped::open(&mut conn, Merchant(id.to_owned())).is_err(),
            "{id:?}"
        );
    }
}

#[test]
fn newtypes_read_and_write_like_what_they_wrap() {
    assert_eq!(
        Merchant::parse("o'neill"),
        Ok(Merchant("o'neill".to_owned()))
    );
    assert_eq!(Merchant("x".to_owned()).canonical(), "x");
    assert!(Merchant::parse("\0").is_err());
    assert_eq!(merchant::REGISTRY.variable, "shop.merchant");
    assert_eq!(small::REGISTRY.variable, "app.tenant_id");
    assert_eq!(
        (big::REGISTRY.tenant_type, text::REGISTRY.tenant_type),
        ("int8", "text")
    );
}

/// The tenant column is found by its name in the database too, and Rust keywords are names.
#[test]
fn a_tenant_column_with_another_name_in_rust() {
    let (_database, mut conn) = database("small", "int4", &small::REGISTRY);
    assert_eq!(
        renamed::REGISTRY.tables[0].class,
        tenancy_diesel::Class::Tenant {
            column: "tenant_id"
        }
    );
    let notes = renamed::r#match::table;
    for tenant in [1, 2] {
        let mut scope: renamed::Scoped<_> = Scoped::open(&mut conn, tenant).unwrap();
        let row = (
            renamed::r#match::id.eq(1),
            renamed::r#match::r#type.eq(format!("of {tenant}")),
        );
        assert_eq!(insert_into(notes).values(row).execute(&mut scope), Ok(1));
        let rows = notes
            .select((renamed::r#match::owner, renamed::r#match::r#type))
            .load::<(i32, String)>(&mut scope);
        assert_eq!(rows, Ok(vec![(tenant, format!("of {tenant}"))]));
    }
}
