//! The member who sends the request.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use diesel::pg::Pg;
use diesel_async::RunQueryDsl;
use tenancy_axum::Tenant;
use tenancy_diesel::prelude::*;
use uuid::Uuid;

use super::{Answer, Conn, Failure, SignedIn, Tx};
use crate::cache::ProgressOf;
use crate::files::Discarded;
use crate::ids::OrgId;
use crate::schema::{activity, members, organisations};
use crate::text_enum::Role;

/// The member who sends the request, and the organisation. As an argument of a handler it is what lets the request
/// in: it is read in the organisation's scope, so row-level security has agreed as well.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) org_id: OrgId,
    pub(crate) org: Organisation,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = organisations, check_for_backend(Pg))]
pub(crate) struct Organisation {
    pub(crate) slug: String,
    pub(crate) name: String,
}

impl Member {
    /// Reads the member in the transaction of the request. A handler that first waits for something slow, such as the
    /// body of an upload, calls this afterwards, so that it does not hold a connection meanwhile.
    pub(crate) async fn load(org_id: OrgId, user: &SignedIn, tx: &mut Tx) -> Answer<Self> {
        let conn = tx.conn().await?;
        let (id, name, role) = members::table
            .filter(members::user_id.eq(user.account.user_id))
            .select((members::id, members::name, members::role))
            .first(conn)
            .await?;
        let org = organisations::table
            .select(Organisation::as_select())
            .first(conn)
            .await?;
        Ok(Member {
            id,
            name,
            role,
            org_id,
            org,
        })
    }

    /// Refuses a member whose role is below this one.
    pub(crate) fn require(&self, role: Role) -> Answer<()> {
        if self.role >= role {
            Ok(())
        } else {
            Err(Failure::Forbidden)
        }
    }

    /// An address within the organisation.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("/o/{}{path}", self.org.slug)
    }

    /// The entry of the cache about a project of the organisation. A handler that changes the project's tasks puts it
    /// into the extensions of its response.
    pub(crate) fn progress_of(&self, project: Uuid) -> ProgressOf {
        ProgressOf {
            org: self.org_id,
            project,
        }
    }

    /// Contents of the organisation's files whose rows the handler deletes, for the extensions of its response.
    pub(crate) fn discarded(&self, ids: Vec<Uuid>) -> Discarded {
        Discarded {
            org: self.org_id,
            ids,
        }
    }

    /// Adds a line to the organisation's log, in the transaction of what it tells about.
    pub(crate) async fn log(
        &self,
        conn: &mut Conn,
        action: &str,
        subject: &str,
    ) -> QueryResult<()> {
        insert_into(activity::table)
            .values((
                activity::actor.eq(&self.name),
                activity::action.eq(action),
                activity::subject.eq(subject),
            ))
            .execute(conn)
            .await?;
        Ok(())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Member {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let user = SignedIn::from_request_parts(parts, state).await?;
        let Tenant(org) = Tenant::from_request_parts(parts, state).await?;
        let mut tx = Tx::from_request_parts(parts, state).await?;
        Member::load(org, &user, &mut tx).await
    }
}
