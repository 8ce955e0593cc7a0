//! A browser without a network: requests go straight into the router.

use std::future::Future;
use std::sync::{LazyLock, Mutex, PoisonError};

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use diesel::sql_types::Text;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, sql_query};
use saas::App;
use saas::demo::{self, Database, PASSWORD};
use tokio::runtime::Runtime;
use tower::ServiceExt;

/// The connections of a pool live in the runtime that made them, so all tests share one.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// Tests compare all rows of an organisation before and after, so one runs at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

static SITE: LazyLock<Site> = LazyLock::new(|| {
    let (app, database) = RUNTIME.block_on(demo::start()).unwrap();
    Site { app, database }
});

pub(crate) const ADA: &str = "ada@northwind.example";
pub(crate) const BEN: &str = "ben@northwind.example";
pub(crate) const CHLOE: &str = "chloe@northwind.example";
pub(crate) const DARIO: &str = "dario@lumen.example";
pub(crate) const GRETA: &str = "greta@studio.example";

/// The application of all tests, with its two organisations.
pub(crate) struct Site {
    pub(crate) app: App,
    database: Database,
}

/// Runs a test.
pub(crate) fn run<F: Future<Output = ()>>(test: impl FnOnce(&'static Site) -> F) {
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let site = &*SITE;
    RUNTIME.block_on(test(site));
}

impl Site {
    /// Somebody who has not signed in.
    pub(crate) fn stranger(&self) -> Browser {
        Browser {
            app: self.app.clone(),
            cookie: None,
        }
    }

    /// Somebody of the demonstration, signed in.
    pub(crate) async fn signed_in(&self, email: &str) -> Browser {
        let mut browser = self.stranger();
        let reply = browser.sign_in(email, PASSWORD).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{email}");
        browser
    }

    /// A founder with an organisation that no other test knows.
    pub(crate) async fn founder(&self, slug: &str) -> Browser {
        let browser = self.signed_in(ADA).await;
        let form = format!("name=Of+{slug}&slug={slug}");
        let reply = browser.post("/organisations/new", &form).await;
        assert_eq!(reply.location(), format!("/o/{slug}"));
        browser
    }

    /// One column of text, as a superuser reads it.
    pub(crate) fn truth(&self, sql: &str) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = Text)]
            line: String,
        }
        let mut conn = PgConnection::establish(&self.database.superuser_url()).unwrap();
        let rows: Vec<Row> = sql_query(sql).load(&mut conn).unwrap();
        rows.into_iter().map(|row| row.line).collect()
    }

    /// The ids of an organisation's rows in a table.
    pub(crate) fn ids(&self, table: &str, slug: &str) -> Vec<String> {
        self.truth(&format!(
            "SELECT t.id::text AS line FROM {table} AS t JOIN organisations AS o ON o.id = t.tenant_id
             WHERE o.slug = '{slug}' ORDER BY t.id"
        ))
    }

    /// Every row of an organisation, in all tables that have tenants.
    pub(crate) fn rows_of(&self, slug: &str) -> Vec<String> {
        let tables = saas::schema::REGISTRY.tables.iter();
        tables
            .flat_map(|table| {
                let name = table.name;
                let tenant = if name == "organisations" { "id" } else { "tenant_id" };
                self.truth(&format!(
                    "SELECT '{name} ' || t::text AS line FROM {name} AS t
                     WHERE t.{tenant} = (SELECT id FROM organisations WHERE slug = '{slug}') ORDER BY 1"
                ))
            })
            .collect()
    }

    pub(crate) fn url(&self) -> String {
        self.database.app_url()
    }
}

/// One browser, with its cookie.
pub(crate) struct Browser {
    app: App,
    pub(crate) cookie: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn location(&self) -> &str {
        self.header("location")
    }

    /// The status, the headers and the body, as they go over the wire.
    pub(crate) fn bytes(&self) -> String {
        format!("{} {:?} {}", self.status, self.headers, self.text())
    }
}

impl Browser {
    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(self.request(Method::GET, path), Body::empty())
            .await
    }

    /// A form of one of our pages.
    pub(crate) async fn post(&self, path: &str, form: &str) -> Reply {
        let request = self
            .request(Method::POST, path)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, Body::from(form.to_owned())).await
    }

    /// A form with a file.
    pub(crate) async fn upload(&self, path: &str, name: &str, contents: &[u8]) -> Reply {
        let head = format!(
            "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: text/html\r\n\r\n"
        );
        let body = [head.as_bytes(), contents, b"\r\n--XX--\r\n"].concat();
        let request = self
            .request(Method::POST, path)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=XX");
        self.send(request, Body::from(body)).await
    }

    /// A report, when its job has run.
    pub(crate) async fn finished(&self, report: &str) -> Reply {
        for _ in 0..5_000 {
            let page = self.get(report).await;
            if !page.text().contains("http-equiv=\"refresh\"") {
                return page;
            }
            tokio::task::yield_now().await;
        }
        panic!("nobody works on {report}");
    }

    pub(crate) async fn sign_in(&mut self, email: &str, password: &str) -> Reply {
        let form = format!("email={}&password={password}", email.replace('@', "%40"));
        let reply = self.post("/sign-in", &form).await;
        let cookie = reply.header("set-cookie").split(';').next().unwrap();
        if !cookie.is_empty() {
            self.cookie = Some(cookie.to_owned());
        }
        reply
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "worklane.example");
        match &self.cookie {
            Some(cookie) => request.header(header::COOKIE, cookie),
            None => request,
        }
    }

    pub(crate) async fn send(&self, request: axum::http::request::Builder, body: Body) -> Reply {
        let request = request.body(body).unwrap();
        let response = self.app.router().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Reply {
            status: parts.status,
            headers: parts.headers,
            body: to_bytes(body, usize::MAX).await.unwrap(),
        }
    }
}

/// What is between two texts of a page.
pub(crate) fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let rest = text
        .split_once(start)
        .unwrap_or_else(|| panic!("no {start} in {text}"))
        .1;
    rest.split_once(end).unwrap().0
}
