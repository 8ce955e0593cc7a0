//! Signing in and out, and forms of other sites.

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use saas::demo::PASSWORD;

use crate::support::{ADA, CHLOE, GRETA, run};

#[test]
fn an_unknown_address_and_a_wrong_password_have_one_answer() {
    run(|site| async move {
        let mut stranger = site.stranger();
        let wrong = stranger.sign_in(ADA, "wrong").await;
        let unknown = stranger.sign_in("nix@northwind.example", PASSWORD).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(stranger.cookie, None);
        let typed = |text: &str, email: &str| text.replace(email, "");
        assert_eq!(
            typed(&wrong.bytes(), ADA),
            typed(&unknown.bytes(), "nix@northwind.example")
        );
    });
}

#[test]
fn a_session_gets_a_new_token_and_the_old_one_ends() {
    run(|site| async move {
        let mut browser = site.signed_in(CHLOE).await;
        let old = browser.cookie.clone();
        let reply = browser.sign_in(CHLOE, PASSWORD).await;
        assert_ne!(browser.cookie, old);
        for flag in ["HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(reply.header("set-cookie").contains(flag), "{flag}");
        }
        assert_eq!(browser.get("/o/northwind").await.status, StatusCode::OK);
        browser.cookie = old;
        assert_eq!(
            browser.get("/o/northwind").await.status,
            StatusCode::SEE_OTHER
        );
    });
}

/// A token that somebody planted in the browser is worth nothing after the sign-in either.
#[test]
fn a_planted_token_does_not_become_a_session() {
    run(|site| async move {
        let planted = format!("session={}", "ab".repeat(32));
        let mut browser = site.stranger();
        browser.cookie = Some(planted.clone());
        browser.sign_in(CHLOE, PASSWORD).await;
        assert_ne!(browser.cookie.as_ref(), Some(&planted));
        browser.cookie = Some(planted);
        assert_eq!(
            browser.get("/organisations").await.status,
            StatusCode::SEE_OTHER
        );
    });
}

#[test]
fn after_signing_out_a_copy_of_the_cookie_opens_nothing() {
    run(|site| async move {
        let browser = site.signed_in(CHLOE).await;
        let out = browser.post("/sign-out", "").await;
        assert_eq!(out.location(), "/sign-in");
        assert!(out.header("set-cookie").contains("Max-Age=0"));
        assert_eq!(
            browser.get("/o/northwind").await.status,
            StatusCode::SEE_OTHER
        );
    });
}

#[test]
fn the_database_has_hashes_of_tokens_and_passwords_alone() {
    run(|site| async move {
        let browser = site.signed_in(ADA).await;
        let token = browser.cookie.unwrap().replace("session=", "");
        let dump = site.truth(
            "SELECT s::text || u::text AS line FROM accounts.sessions AS s
             JOIN accounts.users AS u ON u.id = s.user_id",
        );
        assert!(!dump.is_empty());
        for line in dump {
            assert!(!line.contains(&token) && !line.contains(PASSWORD), "{line}");
        }
    });
}

#[test]
fn signing_in_leads_back_to_our_own_pages_alone() {
    run(|site| async move {
        let lead = async |next: &str| {
            let form = format!("email=ada%40northwind.example&password={PASSWORD}&next={next}");
            let reply = site.stranger().post("/sign-in", &form).await;
            reply.location().to_owned()
        };
        assert_eq!(lead("/o/northwind/audit").await, "/o/northwind/audit");
        for next in [
            "https://evil.example",
            "//evil.example",
            "/o//evil.example",
            "/%5Cevil",
            "/o/%0d%0aX:y",
        ] {
            assert_eq!(lead(next).await, "/organisations", "{next}");
        }
    });
}

#[test]
fn forms_of_other_sites_change_nothing() {
    run(|site| async move {
        let ada = site.signed_in(ADA).await;
        let before = site.rows_of("northwind");
        let origins = [
            None,
            Some(("sec-fetch-site", "cross-site")),
            Some(("sec-fetch-site", "same-site")),
            Some(("origin", "https://evil.example")),
            Some(("origin", "null")),
        ];
        for origin in origins {
            let mut request = ada
                .request(Method::POST, "/o/northwind/projects")
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            if let Some((name, value)) = origin {
                request = request.header(name, value);
            }
            let reply = ada
                .send(request, Body::from("name=Planted&description="))
                .await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{origin:?}");
        }
        assert_eq!(site.rows_of("northwind"), before);
    });
}

#[test]
fn somebody_of_two_organisations_chooses_between_them() {
    run(|site| async move {
        let greta = site.signed_in(GRETA).await;
        let page = greta.get("/organisations").await;
        assert!(page.text().contains("/o/northwind") && page.text().contains("/o/lumen"));
        let ada = site.signed_in(ADA).await;
        let page = ada.get("/organisations").await;
        assert!(page.text().contains("/o/northwind") && !page.text().contains("lumen"));
    });
}

#[test]
fn every_answer_has_the_headers_that_keep_others_out() {
    run(|site| async move {
        let ada = site.signed_in(ADA).await;
        for path in [
            "/o/northwind",
            "/sign-in",
            "/nowhere",
            "/o/lumen",
            "/organisations",
        ] {
            let reply = ada.get(path).await;
            let policy = reply.header("content-security-policy");
            assert!(policy.contains("default-src 'none'"), "{path}: {policy}");
            assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(reply.header("cache-control"), "no-store", "{path}");
            // The policy would take neither.
            assert!(
                !reply.text().contains("<script") && !reply.text().contains(" style="),
                "{path}"
            );
        }
        let style = ada.get("/sign-in").await;
        let address =
            crate::support::between(style.text(), "stylesheet\" href=\"", "\"").to_owned();
        let style = ada.get(&address).await;
        assert!(style.header("cache-control").contains("immutable"));
        assert_eq!(
            ada.get("/assets/style-000000000000.css").await.status,
            StatusCode::NOT_FOUND
        );
    });
}
