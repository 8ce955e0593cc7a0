//! Two organisations in two browsers.

use std::io::Write;

use crate::driver::{Browser, DESKTOP, visit};

/// Northwind's owner makes something of every kind, by hand.
async fn work(browser: &Browser) -> Vec<(&'static str, String)> {
    browser.go("/o/northwind/projects").await;
    browser.press("details summary").await;
    browser.type_into("[name=name]", "Secret tents").await;
    browser
        .type_into("[name=description]", "Nobody knows of them")
        .await;
    browser.follow("main form.stack button").await;
    let project = browser.path().await;
    assert!(browser.text().await.contains("Secret tents"));

    browser.type_into("[name=title]", "Sew the first one").await;
    browser.follow("main form.stack button").await;
    browser.follow(".ticket a").await;
    let task = browser.path().await;
    browser.type_into("[name=body]", "Use the red fabric").await;
    browser.follow("#talk button").await;
    assert!(browser.text().await.contains("Use the red fabric"));

    let mut file = tempfile::NamedTempFile::with_suffix(".txt").unwrap();
    file.write_all(b"four poles, red fabric").unwrap();
    browser
        .type_into("[name=file]", file.path().to_str().unwrap())
        .await;
    browser.follow("form.attach button").await;
    let link = browser.find(".rows a").await;
    let file = link.attr("href").await.unwrap().unwrap();

    browser.go("/o/northwind/reports").await;
    browser.follow("main form button").await;
    let report = browser.path().await;
    // The page loads itself again until the job has run.
    browser.wait_for("Ready", "Failed").await;
    assert!(browser.text().await.contains("Secret tents"));

    browser.go("/o/northwind/settings").await;
    browser.type_into("form.attach [name=name]", "Robot").await;
    browser.follow("form.attach button").await;
    let secret = browser.find("code.secret").await.text().await.unwrap();
    assert_eq!(secret.len(), 64);
    browser.go("/o/northwind/settings").await;
    assert!(!browser.source().await.contains(&secret), "shown once");

    // The image is cached: whoever asks for it next is answered from there.
    let image = format!("{project}/progress.svg");
    browser.go(&image).await;
    assert!(browser.source().await.contains("0 of 1 tasks done"));
    vec![
        ("projects", project),
        ("tasks", task),
        ("files", file),
        ("reports", report),
        ("projects", image),
    ]
}

#[test]
fn what_one_organisation_makes_another_cannot_guess() {
    visit(&[DESKTOP, DESKTOP], async |visit| {
        let [ada, dario] = visit.browsers();
        tokio::join!(
            ada.sign_in("ada@northwind.example"),
            dario.sign_in("dario@lumen.example")
        );
        ada.go("/o/northwind").await;
        dario.go("/o/lumen").await;
        assert!(ada.text().await.contains("Good to see you, Ada"));
        assert!(dario.text().await.contains("Good to see you, Dario"));

        let made = work(&ada).await;
        for (kind, address) in made {
            let nobodys = format!("/o/lumen/{kind}/6f1dd9a1-7a1e-4d0b-8a0f-3c8f2f0e5a77");
            dario.go(&nobodys).await;
            let nothing = dario.source().await;
            assert!(nothing.contains("There is nothing here"), "{nobodys}");
            // In the place of its owner, and under the own address.
            for guess in [address.clone(), address.replace("/northwind/", "/lumen/")] {
                dario.go(&guess).await;
                assert_eq!(dario.source().await, nothing, "{guess}");
            }
        }
        for page in [
            "",
            "/projects",
            "/members",
            "/reports",
            "/audit",
            "/settings",
        ] {
            dario.go(&format!("/o/lumen{page}")).await;
            let text = dario.text().await;
            assert!(
                !text.contains("Secret tents") && !text.contains("Robot"),
                "{page}"
            );
        }
    });
}

#[test]
fn a_session_is_its_browsers_own_and_ends_in_it() {
    visit(&[DESKTOP, DESKTOP], async |visit| {
        let [ada, stranger] = visit.browsers();
        ada.sign_in("ada@northwind.example").await;
        stranger.go("/o/northwind/members").await;
        assert_eq!(stranger.path().await, "/sign-in");
        // Signing in leads back to the page that was asked for.
        stranger
            .type_into("[name=email]", "chloe@northwind.example")
            .await;
        stranger
            .type_into("[name=password]", saas::demo::PASSWORD)
            .await;
        stranger.follow("main button").await;
        assert_eq!(stranger.path().await, "/o/northwind/members");

        ada.go("/o/northwind").await;
        ada.follow("[title='Sign out']").await;
        assert_eq!(ada.path().await, "/sign-in");
        ada.client.back().await.unwrap();
        assert!(
            !ada.source().await.contains("Northwind"),
            "the page is not kept"
        );
        ada.go("/o/northwind").await;
        assert_eq!(ada.path().await, "/sign-in");
        stranger.go("/o/northwind").await;
        assert!(stranger.text().await.contains("Good to see you, Chloe"));
    });
}
