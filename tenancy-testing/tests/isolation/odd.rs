//! Tables that are harder to fill: the probe neither gives up on them nor accuses them.

use diesel::connection::SimpleConnection;
use tenancy_diesel::{Class, Registry, Table};
use tenancy_testing::isolation::Attack;
use tenancy_testing::{Fixture, assert_isolated};

const fn table(path: &'static str, class: Class) -> Table {
    Table {
        path,
        schema: None,
        name: path,
        class,
        columns: &[],
        primary_key: &["id"],
        encrypted: &[],
    }
}

const ORG: Class = Class::Tenant { column: "org" };

const fn via(column: &'static str, owner: &'static str) -> Class {
    Class::Via {
        column,
        owner,
        owner_key: "id",
    }
}

const REGISTRY: Registry = Registry::new(
    "shop.org",
    "text",
    &[
        // Children stand before their parents.
        table("thumbnails", via("picture", "pictures")),
        table("pictures", via("page", "pages")),
        table("pages", ORG),
        table("teams", ORG),
        table("members", ORG),
        table("folders", ORG),
        table("profiles", ORG),
        table("bookings", ORG),
        Table {
            primary_key: &["org", "line"],
            ..table("logs", ORG)
        },
        table("choices", ORG),
        table("metrics", ORG),
    ],
);

static ODD: Fixture<String> = Fixture::new(&REGISTRY, |db| {
    db.conn().batch_execute(
        "CREATE TABLE pages (org text NOT NULL, id uuid PRIMARY KEY, body text);
         CREATE TABLE pictures (id uuid PRIMARY KEY, page uuid NOT NULL REFERENCES pages);
         -- Owned through a column without a foreign key.
         CREATE TABLE thumbnails (id uuid PRIMARY KEY, picture uuid NOT NULL, width int2 NOT NULL);

         -- Two tables that reference each other.
         CREATE TABLE teams (org text NOT NULL, id int4, lead int4, PRIMARY KEY (org, id));
         CREATE TABLE members (org text NOT NULL, id int4, team int4 NOT NULL, PRIMARY KEY (org, id),
             FOREIGN KEY (org, team) REFERENCES teams DEFERRABLE INITIALLY DEFERRED);
         ALTER TABLE teams ADD FOREIGN KEY (org, lead) REFERENCES members;

         -- A tree whose roots name themselves, and a table of one row for each member.
         CREATE TABLE folders (org text NOT NULL, id int4, parent int4 NOT NULL, PRIMARY KEY (org, id),
             FOREIGN KEY (org, parent) REFERENCES folders);
         CREATE TABLE profiles (org text NOT NULL, id int4, bio text, PRIMARY KEY (org, id),
             FOREIGN KEY (org, id) REFERENCES members);

         CREATE TABLE bookings (org text NOT NULL, id int4, room int4 NOT NULL, during tsrange NOT NULL,
             PRIMARY KEY (org, id), EXCLUDE USING gist (during WITH &&));
         -- No key at all, a list of partitions, and a trigger that insists.
         CREATE TABLE logs (org text NOT NULL, line text NOT NULL) PARTITION BY LIST (org);
         CREATE TABLE logs_a PARTITION OF logs FOR VALUES IN ('probe-a');
         CREATE TABLE logs_rest PARTITION OF logs DEFAULT;
         CREATE FUNCTION insist() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN
             IF NEW.line = '' THEN RAISE check_violation USING MESSAGE = 'empty'; END IF;
             NEW.line := upper(NEW.line); RETURN NEW; END $f$;
         CREATE TRIGGER insist BEFORE INSERT OR UPDATE ON logs FOR EACH ROW EXECUTE FUNCTION insist();
         -- One of two columns at most.
         CREATE TABLE choices (org text NOT NULL, id int4, a int4, b int4, PRIMARY KEY (org, id),
             CHECK (a IS NULL OR b IS NULL));
         -- Nothing but the key.
         CREATE TABLE metrics (org text NOT NULL, id int8 GENERATED ALWAYS AS IDENTITY,
             PRIMARY KEY (org, id));",
    )?;
    let policies = db.policy_options().generate(&REGISTRY);
    db.conn().batch_execute(policies.up())?;
    Ok(())
});

#[test]
fn unusual_tables_are_filled_and_sound() {
    let report = assert_isolated!(ODD.database());
    let missed: Vec<String> = report
        .not_attacked
        .iter()
        .map(|skipped| format!("{}: {}", skipped.object, skipped.why))
        .collect();
    assert_eq!(missed, Vec::<String>::new());
}

#[test]
fn each_of_them_is_found_when_it_is_open() {
    for table in REGISTRY.tables {
        let db = ODD.database();
        let open = format!("ALTER TABLE {} DISABLE ROW LEVEL SECURITY", table.name);
        db.superuser().batch_execute(&open).unwrap();
        let report = db.isolation().run(&mut db.superuser()).unwrap();
        for attack in [
            Attack::Select,
            Attack::SelectByKey,
            Attack::Update,
            Attack::UpdateByKey,
            Attack::Delete,
            Attack::DeleteByKey,
            Attack::Insert,
            Attack::Move,
        ] {
            assert!(
                report.finding(table.path, attack).is_some(),
                "{attack:?} on {}: {report}",
                table.path
            );
        }
    }
}
