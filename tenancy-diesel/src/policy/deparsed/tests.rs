//! Conditions as PostgreSQL writes them, without a server. The suite of the auditor has those of one.

use tenancy_core::{Class, Registry, Table};

use super::super::OnMissing;
use super::{Canonical, Difference, Reference};

const fn table(name: &'static str, class: Class) -> Table {
    Table {
        path: name,
        schema: None,
        name,
        class,
        columns: &[],
        primary_key: &["id"],
        encrypted: &[],
    }
}

const TENANT_COLUMN: Class = Class::Tenant {
    column: "tenant_id",
};

const TABLES: &[Table] = &[
    table("tasks", TENANT_COLUMN),
    table(
        "comments",
        Class::Via {
            column: "task_id",
            owner: "tasks",
            owner_key: "id",
        },
    ),
    table(
        "pictures",
        Class::Via {
            column: "comment_id",
            owner: "comments",
            owner_key: "id",
        },
    ),
];

const fn registry(tenant_type: &'static str) -> Registry {
    Registry::new("app.tenant_id", tenant_type, TABLES)
}

const UUID: Registry = registry("uuid");

fn differences(registry: &Registry, table: &str, text: &str) -> Vec<Difference> {
    let canonical = Canonical {
        registry,
        forms: &[OnMissing::NoRows],
        must_be_sealed: false,
        is_seal_sound: true,
        may_be_bare: false,
        resolve: &|table| Some(("public".to_owned(), table.name.to_owned())),
        base: &|_| Some("uuid".to_owned()),
    };
    canonical.differences(text, registry.table(table).unwrap(), table)
}

const TENANT: &str = "( SELECT (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid AS \"nullif\")";

fn tasks(condition: &str) -> Vec<Difference> {
    differences(&UUID, "tasks", &condition.replace("TENANT", TENANT))
}

#[test]
fn our_condition_does_not_differ() {
    assert_eq!(tasks("(tenant_id = TENANT)"), []);
    assert_eq!(tasks("(TENANT = tenant_id)"), []);
    assert_eq!(tasks("((tenant_id = TENANT) OR (tenant_id = TENANT))"), []);
}

#[test]
fn a_domain_is_compared_as_what_is_below_it_and_as_nothing_else() {
    let domain = registry("org_id");
    let compared_as = |column: &str, tenant: &str| {
        let session = TENANT.replace("::uuid", "::public.org_id");
        let text = format!("((tenant_id)::{column} = ({session})::{tenant})");
        differences(&domain, "tasks", &text)
    };
    assert_eq!(compared_as("uuid", "uuid"), []);
    for (column, tenant) in [("text", "text"), ("uuid", "text"), ("text", "uuid")] {
        let found = compared_as(column, tenant);
        assert!(found.contains(&Difference::Unknown), "{column} {tenant}");
    }
}

#[test]
fn a_chain_of_owners_is_followed_to_the_tenant() {
    let chain = |tie: &str| {
        differences(
            &UUID,
            "pictures",
            &format!(
                "(EXISTS ( SELECT 1\n   FROM public.comments a\n  WHERE ((a.id = pictures.comment_id) AND \
                 (EXISTS ( SELECT 1\n   FROM public.tasks b\n  WHERE (({tie}) AND (b.tenant_id = {TENANT})))))))"
            ),
        )
    };
    assert_eq!(chain("b.id = a.task_id"), []);
    for wrong in [
        "b.id = b.id",
        "b.id = pictures.comment_id",
        "b.id <> a.task_id",
        "true",
    ] {
        let found = chain(wrong);
        assert!(
            matches!(&found[..], [Difference::Owner(_)]),
            "{wrong}: {found:?}"
        );
    }
}

#[test]
fn casts_that_the_server_adds_are_not_differences() {
    let varchar = registry("varchar");
    let tenant = "( SELECT (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::character varying AS \"nullif\")";
    assert_eq!(
        differences(
            &varchar,
            "tasks",
            &format!("((tenant_id)::text = ({tenant})::text)")
        ),
        []
    );
    let int8 = registry("int8");
    let tenant = "( SELECT (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::bigint AS \"nullif\")";
    assert_eq!(
        differences(&int8, "tasks", &format!("(tenant_id = {tenant})")),
        []
    );
    let text = registry("text");
    let tenant =
        "( SELECT NULLIF(current_setting('app.tenant_id'::text, true), ''::text) AS \"nullif\")";
    assert_eq!(
        differences(&text, "tasks", &format!("(tenant_id = {tenant})")),
        []
    );
    // Two texts that differ in case are one tenant then.
    assert_eq!(
        differences(
            &text,
            "tasks",
            &format!("((tenant_id)::public.citext = {tenant})")
        ),
        [Difference::Unknown]
    );
}

#[test]
fn what_cannot_be_read_differs() {
    for text in [
        "",
        "(",
        "(tenant_id = TENANT",
        "(tenant_id = TENANT) OR",
        "(tenant_id = TENANT))",
        "(tenant_id = ANY (ARRAY[TENANT]))",
        "(tenant_id IN ( SELECT x FROM y))",
        "(tenant_id >= TENANT)",
        "(tenant_id OPERATOR(public.=) TENANT)",
        "(tenant_id = ( SELECT t.tenant_id FROM public.tasks t))",
        "(tenant_id = '00000000-0000-0000-0000-000000000001'::uuid)",
        "(lower((tenant_id)::text) = (TENANT)::text)",
        "(NOT (tenant_id = TENANT))",
        "'unclosed",
        "E'\\q'",
        "\u{1F980}",
    ] {
        assert!(!tasks(text).is_empty(), "{text}");
    }
}

#[test]
fn a_condition_with_more_in_it_is_narrower_or_wider() {
    assert_eq!(
        tasks("((tenant_id = TENANT) AND (done IS NOT TRUE))"),
        [Difference::Narrower]
    );
    assert_eq!(
        tasks("((tenant_id = TENANT) OR (done IS NOT TRUE))"),
        [Difference::Wider]
    );
    assert_eq!(
        tasks("((tenant_id = TENANT) AND public.seen(id))"),
        [
            Difference::Narrower,
            Difference::Function(vec!["public".to_owned(), "seen".to_owned()])
        ]
    );
}

#[test]
fn quoted_names_and_constants_are_not_keywords() {
    assert_eq!(
        tasks("(\"tenant_id\" = TENANT)"),
        [],
        "quotes that are not needed"
    );
    assert_eq!(
        tasks("(\"Tenant ID\" = TENANT)"),
        [Difference::Column("Tenant ID".to_owned())]
    );
    assert_eq!(
        tasks("(\"true\")"),
        [Difference::Unknown],
        "a column of this name"
    );
    assert!(tasks("(tenant_id = (' SELECT '::text)::uuid)").contains(&Difference::Unknown));
}

#[test]
fn a_reference_is_compared_with_the_names_put_in_their_places() {
    let text = format!("(tenant_id = {TENANT})");
    let reference = Reference::read(&text, &UUID).unwrap();
    const OTHER: Registry = Registry::new(
        "shop.org",
        "uuid",
        &[
            table(
                "tasks",
                Class::Tenant {
                    column: "Org \"Id\"",
                },
            ),
            table(
                "notes",
                Class::Via {
                    column: "task",
                    owner: "tasks",
                    owner_key: "key",
                },
            ),
        ],
    );
    let live = text
        .replace("tenant_id =", "\"Org \"\"Id\"\"\" =")
        .replace("app.tenant_id", "shop.org");
    let tasks = OTHER.table("tasks").unwrap();
    assert!(reference.is(&live, &OTHER, tasks, None));
    assert!(!reference.is(&text, &OTHER, tasks, None));

    let via = |owner: &str, key: &str, row: &str, column: &str, tenant: &str, variable: &str| {
        format!(
            "(EXISTS ( SELECT 1 FROM {owner} tenancy_owner_0 WHERE ((tenancy_owner_0.{key} = {row}.{column}) \
             AND (tenancy_owner_0.{tenant} = {}))))",
            TENANT.replace("app.tenant_id", variable)
        )
    };
    let reference = via(
        "tenancy.reference_uuid",
        "id",
        "reference_uuid_via",
        "owner_id",
        "tenant_id",
        "app.tenant_id",
    );
    let reference = Reference::read(&reference, &UUID).unwrap();
    let notes = OTHER.table("notes").unwrap();
    let owner = Some(("public".to_owned(), "tasks".to_owned()));
    let live = via(
        "public.tasks",
        "key",
        "notes",
        "task",
        "\"Org \"\"Id\"\"\"",
        "shop.org",
    );
    assert!(reference.is(&live, &OTHER, notes, owner.as_ref()));
    let other = via(
        "billing.tasks",
        "key",
        "notes",
        "task",
        "\"Org \"\"Id\"\"\"",
        "shop.org",
    );
    assert!(!reference.is(&other, &OTHER, notes, owner.as_ref()));
}

#[test]
fn a_reference_that_compares_nothing_is_none() {
    for changed in [
        "true",
        "(tenant_id IS NOT NULL)",
        "(tenant_id = TENANT) OR true",
    ] {
        let text = changed.replace("TENANT", TENANT);
        assert!(Reference::read(&text, &UUID).is_none(), "{changed}");
    }
}

#[test]
fn no_part_of_a_condition_is_the_condition_and_none_stops_the_reader() {
    let whole = format!("(tenant_id = {TENANT})");
    for end in (0..whole.len()).filter(|&end| whole.is_char_boundary(end)) {
        assert!(!tasks(&whole[..end]).is_empty(), "{}", &whole[..end]);
        assert!(
            end == 0 || !tasks(&whole[end..]).is_empty(),
            "{}",
            &whole[end..]
        );
    }
    let deep = format!("{}true{}", "(".repeat(50_000), ")".repeat(50_000));
    assert_eq!(tasks(&deep), [Difference::Unknown]);
}
