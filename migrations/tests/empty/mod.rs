#![allow(dead_code, reason = "not every test file uses all of it")]

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use tenancy_testing::{PgServer, TestDatabase};

/// A database in which a role that is no superuser may create a schema.
pub(crate) struct Empty {
    pub(crate) database: TestDatabase,
    pub(crate) owner: String,
}

impl Empty {
    pub(crate) fn new() -> Self {
        let server = PgServer::shared().unwrap();
        let owner = server.create_login_role("owner").unwrap();
        let nothing = |_: &mut PgConnection| QueryResult::Ok(());
        let database = server.template("empty", nothing).unwrap().create().unwrap();
        let empty = Empty { database, owner };
        empty
            .superuser()
            .batch_execute(&format!(
                "GRANT CREATE ON DATABASE {name} TO {owner}; GRANT CREATE ON SCHEMA public TO {owner}",
                name = empty.database.name(),
                owner = empty.owner
            ))
            .unwrap();
        empty
    }

    pub(crate) fn owner(&self) -> PgConnection {
        PgConnection::establish(&self.database.url_as(&self.owner)).unwrap()
    }

    pub(crate) fn superuser(&self) -> PgConnection {
        PgConnection::establish(&self.database.url()).unwrap()
    }

    /// Every object that is not the server's own, with what could be changed of it.
    pub(crate) fn catalog(&self) -> Vec<String> {
        lines(
            &mut self.superuser(),
            "SELECT concat_ws(' ', nspname, oid, nspacl) FROM pg_namespace
             UNION ALL SELECT concat_ws(' ', c.oid, c.xmin, c::text) FROM pg_class AS c
                 WHERE relnamespace::regnamespace::text IN ('public', 'tenancy')
             UNION ALL SELECT concat_ws(' ', p::text) FROM pg_policy AS p
             UNION ALL SELECT concat_ws(' ', t.oid, typname) FROM pg_type AS t
             UNION ALL SELECT concat_ws(' ', p.oid, proname) FROM pg_proc AS p
             ORDER BY 1",
        )
    }
}

/// The rows of a query with one column, as texts.
pub(crate) fn lines(conn: &mut PgConnection, query: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = Text)]
        line: String,
    }
    diesel::sql_query(format!("SELECT q.c::text AS line FROM ({query}) AS q (c)"))
        .load::<Line>(conn)
        .unwrap_or_else(|error| panic!("{query}: {error}"))
        .into_iter()
        .map(|line| line.line)
        .collect()
}
