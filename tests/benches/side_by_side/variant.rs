//! The ways to run an operation.

use std::sync::atomic::{AtomicU32, Ordering};

use diesel::QueryResult;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use tenancy_diesel::Scoped;
use tenancy_tests::OrgId;

use crate::by_hand::ByHand;
use crate::database::{Databases, tenant};
use crate::work::{Operation, Work};
use crate::{plain, scoped};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variant {
    Bare,
    Recipe,
    ByHand,
    ByHandPoliciesOnly,
    ScopedFilterOnly,
    Scoped,
    ScopedSession,
}

impl Variant {
    pub(crate) const ALL: [Variant; 7] = [
        Variant::Bare,
        Variant::Recipe,
        Variant::ByHand,
        Variant::ByHandPoliciesOnly,
        Variant::ScopedFilterOnly,
        Variant::Scoped,
        Variant::ScopedSession,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Variant::Bare => "bare: diesel-async, filter by hand",
            Variant::Recipe => "usual recipe",
            Variant::ByHand => "pipelined by hand, both layers",
            Variant::ByHandPoliciesOnly => "pipelined by hand, policies alone",
            Variant::ScopedFilterOnly => "scoped, filter alone",
            Variant::Scoped => "scoped, both layers",
            Variant::ScopedSession => "scoped, both layers, for the session",
        }
    }

    /// Whether the policies hold.
    pub(crate) fn is_secured(self) -> bool {
        !matches!(self, Variant::Bare | Variant::ScopedFilterOnly)
    }

    pub(crate) fn url(self, databases: &Databases) -> String {
        let database = if self.is_secured() {
            &databases.secured
        } else {
            &databases.open
        };
        database.url_as(&databases.app)
    }
}

/// A connection of a variant, for a tenant of its own.
pub(crate) struct Runner {
    tenant: OrgId,
    connection: Connection,
}

enum Connection {
    Bare(AsyncPgConnection),
    Recipe(AsyncPgConnection),
    ByHand(ByHand),
    Scoped(Box<Scoped<AsyncPgConnection, OrgId>>),
}

impl Runner {
    pub(crate) async fn connect(variant: Variant, url: &str) -> Self {
        let tenant = tenant(7);
        let plain = async || AsyncPgConnection::establish(url).await.unwrap();
        let connection = match variant {
            Variant::Bare => Connection::Bare(plain().await),
            Variant::Recipe => Connection::Recipe(plain().await),
            Variant::ByHand => Connection::ByHand(ByHand::connect(url, true).await),
            Variant::ByHandPoliciesOnly => Connection::ByHand(ByHand::connect(url, false).await),
            Variant::ScopedFilterOnly | Variant::Scoped => {
                Connection::Scoped(Box::new(Scoped::open(plain().await, tenant).unwrap()))
            }
            Variant::ScopedSession => {
                let scope = Scoped::open(plain().await, tenant).unwrap();
                Connection::Scoped(Box::new(scope.dangerously_set_for_session()))
            }
        };
        Runner { tenant, connection }
    }

    /// Runs the operation on rows that differ from the last ones.
    pub(crate) async fn run(&mut self, operation: Operation) {
        let work = Work::new(operation, next());
        let rows = self.try_run(work).await.unwrap();
        assert_eq!(rows, operation.rows());
    }

    async fn try_run(&mut self, work: Work) -> QueryResult<usize> {
        let tenant = self.tenant.0;
        match &mut self.connection {
            Connection::Bare(conn) => plain::bare(conn, tenant, work).await,
            Connection::Recipe(conn) => plain::recipe(conn, tenant, work).await,
            Connection::ByHand(client) => client.run(tenant, work).await,
            Connection::Scoped(conn) => scoped::scoped(conn, work).await,
        }
    }
}

/// Numbers that are given once.
pub(crate) fn next() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
