use crate::support::{Shop, tenancy};

/// No output may have it.
const SECRET: &str = "hunter2hunter2";

#[test]
fn a_password_in_a_url_of_the_command_line_is_refused_and_not_repeated() {
    for url in [
        format!("postgres://app:{SECRET}@localhost/shop"),
        format!("postgres://app@localhost/shop?password={SECRET}"),
        format!("host=localhost password={SECRET}"),
    ] {
        for option in ["--database-url", "--keys-database-url"] {
            let run = tenancy(&["doctor", option, &url]);
            if option == "--database-url" {
                assert_eq!(run.code, 2, "{}", run.err);
                assert!(run.err.contains("PGPASSFILE"), "{}", run.err);
            }
            assert!(!format!("{run:?}").contains(SECRET), "{run:?}");
        }
        // Where it is no option at all.
        let run = tenancy(&["doctor", &url]);
        assert_eq!(run.code, 2);
        assert!(!format!("{run:?}").contains(SECRET), "{run:?}");
    }
    let shop = Shop::empty();
    let url = format!("postgres://keys:{SECRET}@localhost/shop");
    let run = shop.run(&["keys", "list", "--keys-database-url", &url]);
    assert_eq!(run.code, 2);
    assert!(!format!("{run:?}").contains(SECRET), "{run:?}");
}

#[test]
fn a_password_of_the_environment_is_not_in_what_fails() {
    for url in [
        format!("postgres://app:{SECRET}@127.0.0.1:1/shop"),
        // libpq takes this for a host and a port, and quotes them.
        format!("postgres://app:{SECRET}/x@127.0.0.1:1/shop"),
        format!("host=127.0.0.1 port=1 password={SECRET} nonsense"),
    ] {
        let shop = Shop::empty().set("TENANCY_DATABASE_URL", &url);
        for command in [&["doctor"][..], &["migrations", "pending"]] {
            let run = shop.run(command);
            assert_eq!(run.code, 3, "{}", run.err);
            assert!(!format!("{run:?}").contains(SECRET), "{run:?}");
        }
    }
}

#[test]
fn a_root_key_on_the_command_line_is_refused_and_not_repeated() {
    let shop = Shop::new();
    let key = crate::support::ROOT;
    for root in [
        key.to_owned(),
        format!("2026-01={key}"),
        format!("2026-01=key:{key}"),
    ] {
        // `Run` looks for the key in every output.
        shop.run(&["keys", "rotate", "acme", "--root", &root])
            .ended(2, "NAME=SOURCE");
    }
}

#[test]
fn no_output_has_a_wrapped_key_or_a_value() {
    let shop = Shop::new();
    shop.run(&["keys", "create", "acme"]).fine();
    let column = |sql: &str| {
        use diesel::prelude::*;
        diesel::dsl::sql::<diesel::sql_types::Text>(sql).load::<String>(&mut shop.superuser())
    };
    let secrets = column(
        "SELECT encode(salt, 'hex') FROM tenancy.tenancy_kek UNION ALL SELECT encode(wrapped, 'hex') FROM tenancy.tenancy_keys",
    );
    let secrets = secrets.unwrap();
    assert!(secrets.len() >= 3);
    for command in [
        &["keys", "list"][..],
        &["keys", "list", "--json"],
        &["keys", "status", "acme"],
        &["keys", "rotate", "acme"],
        &["doctor"],
    ] {
        let run = format!("{:?}", shop.run(command));
        assert!(secrets.iter().all(|secret| !run.contains(secret)), "{run}");
    }
}
