//! The beginning and the end of an organisation.

use axum::http::StatusCode;

use crate::support::{ADA, run};

#[test]
fn an_address_is_given_once() {
    run(|site| async move {
        let ada = site.signed_in(ADA).await;
        for form in [
            "name=L&slug=lumen",
            "name=L&slug=a",
            "name=&slug=fine-slug",
            "name=L&slug=Up",
        ] {
            let reply = ada.post("/organisations/new", form).await;
            assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
        }
    });
}

#[test]
fn erasing_takes_everything_of_one_organisation_and_nothing_of_another() {
    run(|site| async move {
        let owner = site.founder("ending").await;
        let board = owner
            .post("/o/ending/projects", "name=P&description=")
            .await;
        let board = board.location().to_owned();
        owner
            .post(&format!("{board}/tasks"), "title=T&assignee=&due_on=")
            .await;
        let task = format!("/o/ending/tasks/{}", site.ids("tasks", "ending").remove(0));
        owner.post(&format!("{task}/comments"), "body=B").await;
        owner
            .upload(&format!("{task}/files"), "a.txt", b"contents")
            .await;
        owner.post("/o/ending/settings/tokens", "name=N").await;
        owner
            .post(
                "/o/ending/members/invite",
                "name=I&email=i%40e.example&role=member",
            )
            .await;
        let id = site
            .truth("SELECT id::text AS line FROM organisations WHERE slug = 'ending'")
            .remove(0);
        let others = (site.rows_of("northwind"), site.rows_of("lumen"));

        let unsure = owner.post("/o/ending/erase", "slug=endin").await;
        assert_eq!(unsure.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(site.rows_of("ending").len() > 8);

        let reply = owner.post("/o/ending/erase", "slug=ending").await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        assert_eq!(owner.get("/o/ending").await.status, StatusCode::NOT_FOUND);
        let left = site.truth(&format!(
            "SELECT c.oid::regclass::text AS line FROM pg_class AS c
             JOIN pg_namespace AS n ON n.oid = c.relnamespace
             WHERE c.relkind = 'r' AND n.nspname IN ('public', 'accounts')
               AND query_to_xml(format('SELECT 1 FROM %s AS t WHERE t::text LIKE %L', c.oid::regclass, '%{id}%'),
                                false, false, '')::text LIKE '%<row%'"
        ));
        assert!(left.is_empty(), "{left:?}");
        let keys = format!("SELECT tenant AS line FROM tenancy.tenancy_keys WHERE tenant = '{id}'");
        assert!(site.truth(&keys).is_empty());
        assert_eq!((site.rows_of("northwind"), site.rows_of("lumen")), others);
        // Ada belongs to another organisation, so her account stays.
        assert_eq!(owner.get("/o/northwind").await.status, StatusCode::OK);
    });
}
