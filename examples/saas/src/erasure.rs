//! The end of an organisation: its rows, its files, its keys.

use diesel_async::RunQueryDsl;
use tenancy_diesel::pool::Error;
use tenancy_diesel::prelude::*;

use crate::schema::{
    activity, api_tokens, attachments, comments, invitations, members, organisations, projects,
    reports, tasks,
};
use crate::web::Conn;
use crate::{App, BoxError, OrgId};

pub(crate) async fn erase(app: &App, org: OrgId) -> Result<(), BoxError> {
    app.pool()
        .with_scope(org, async |conn: &mut Conn| {
            delete(attachments::table).execute(conn).await?;
            delete(comments::table).execute(conn).await?;
            delete(tasks::table).execute(conn).await?;
            delete(projects::table).execute(conn).await?;
            delete(reports::table).execute(conn).await?;
            delete(api_tokens::table).execute(conn).await?;
            delete(activity::table).execute(conn).await?;
            delete(invitations::table).execute(conn).await?;
            delete(members::table).execute(conn).await?;
            delete(organisations::table).execute(conn).await?;
            Ok::<_, Error>(())
        })
        .await?;
    app.keyring().shred(&org).await?;
    Ok(())
}
