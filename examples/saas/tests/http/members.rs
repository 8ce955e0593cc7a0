//! Roles and invitations.

use axum::http::StatusCode;
use saas::demo::PASSWORD;

use crate::support::{ADA, BEN, CHLOE, DARIO, between, run};

const INVITATION: &str = "name=Noor+Said&email=NOOR%40new.example&role=member";

#[test]
fn a_member_manages_nothing() {
    run(|site| async move {
        let chloe = site.signed_in(CHLOE).await;
        let before = site.rows_of("northwind");
        let ben = site
            .truth("SELECT id::text AS line FROM members WHERE name = 'Ben Okafor'")
            .remove(0);
        let token = site.ids("api_tokens", "northwind").remove(0);
        let project = site.ids("projects", "northwind").remove(0);
        for (path, form) in [
            ("members/invite".to_owned(), INVITATION),
            (format!("members/{ben}/role"), "role=member"),
            (format!("members/{ben}/remove"), ""),
            ("settings".to_owned(), "name=Mine"),
            ("settings/tokens".to_owned(), "name=Mine"),
            (format!("settings/tokens/{token}/revoke"), ""),
            (format!("projects/{project}/delete"), ""),
            ("erase".to_owned(), "slug=northwind"),
        ] {
            let reply = chloe.post(&format!("/o/northwind/{path}"), form).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path}");
        }
        for path in ["export", "erase"] {
            let reply = chloe.get(&format!("/o/northwind/{path}")).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path}");
        }
        assert_eq!(site.rows_of("northwind"), before);
    });
}

#[test]
fn an_admin_neither_touches_an_owner_nor_makes_one() {
    run(|site| async move {
        let ben = site.signed_in(BEN).await;
        let id = |name: &str| {
            let sql = format!("SELECT id::text AS line FROM members WHERE name = '{name}'");
            site.truth(&sql).remove(0)
        };
        let (ada, chloe, own) = (id("Ada Brandt"), id("Chloe Marsh"), id("Ben Okafor"));
        for (path, form) in [
            (format!("members/{ada}/role"), "role=member"),
            (format!("members/{ada}/remove"), ""),
            (format!("members/{chloe}/role"), "role=owner"),
            (format!("members/{own}/role"), "role=member"),
            ("erase".to_owned(), "slug=northwind"),
        ] {
            let reply = ben.post(&format!("/o/northwind/{path}"), form).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path}");
        }
        let form = "name=N&email=n%40new.example&role=owner";
        let reply = ben.post("/o/northwind/members/invite", form).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    });
}

#[test]
fn an_invitation_is_taken_up_once_and_ends_with_the_membership() {
    run(|site| async move {
        let owner = site.founder("joining").await;
        let page = owner.post("/o/joining/members/invite", INVITATION).await;
        let link = between(page.text(), "<code class=\"secret\">", "<").to_owned();

        let mut noor = site.stranger();
        let offer = noor.get(&link).await;
        assert!(offer.text().contains("Of joining"), "{}", offer.text());
        let short = noor.post(&link, "password=short").await;
        assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
        let joined = noor.post(&link, "password=long-enough-for-this").await;
        assert_eq!(joined.location(), "/o/joining");
        noor.cookie = Some(
            joined
                .header("set-cookie")
                .split(';')
                .next()
                .unwrap()
                .to_owned(),
        );
        assert_eq!(noor.get("/o/joining").await.status, StatusCode::OK);
        assert_eq!(noor.get("/o/northwind").await.status, StatusCode::NOT_FOUND);

        let again = site
            .stranger()
            .post(&link, "password=long-enough-for-this")
            .await;
        assert_eq!(again.status, StatusCode::NOT_FOUND);

        // Removed, she is outside at once, with the session that she has.
        let id = site
            .truth("SELECT id::text AS line FROM members WHERE email = 'noor@new.example'")
            .remove(0);
        owner
            .post(&format!("/o/joining/members/{id}/remove"), "")
            .await;
        assert_ne!(noor.get("/o/joining").await.status, StatusCode::OK);
        let accounts = "SELECT email AS line FROM accounts.users WHERE email = 'noor@new.example'";
        assert!(
            site.truth(accounts).is_empty(),
            "an account ends with its last membership"
        );
    });
}

#[test]
fn an_invitation_is_no_way_into_the_account_of_its_address() {
    run(|site| async move {
        let owner = site.founder("luring").await;
        let form = format!("name=D&email={}&role=admin", DARIO.replace('@', "%40"));
        let page = owner.post("/o/luring/members/invite", &form).await;
        let link = between(page.text(), "<code class=\"secret\">", "<").to_owned();

        let wrong = site
            .stranger()
            .post(&link, "password=a-password-of-ours")
            .await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(wrong.header("set-cookie"), "");
        // Ada, who is signed in as somebody else, is asked for Dario's password as well.
        let ada = site.signed_in(ADA).await;
        let wrong = ada.post(&link, "password=a-password-of-ours").await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let own = ada.post(&link, &format!("password={PASSWORD}x")).await;
        assert_eq!(own.status, StatusCode::UNPROCESSABLE_ENTITY);

        let dario = site.signed_in(DARIO).await;
        assert_eq!(dario.post(&link, "").await.location(), "/o/luring");
    });
}

#[test]
fn what_cannot_be_an_invitation_is_not_found() {
    run(|site| async move {
        let stranger = site.stranger();
        for token in ["x".to_owned(), "ab".repeat(32), "..%2f".to_owned()] {
            let reply = stranger.get(&format!("/join/{token}")).await;
            assert_eq!(reply.status, StatusCode::NOT_FOUND, "{token}");
        }
    });
}
