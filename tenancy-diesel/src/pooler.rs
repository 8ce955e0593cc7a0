//! Connections through a pooler that shares the sessions of the server, such as PgBouncer in transaction
//! mode.
//!
//! A scope works behind it, because its variable is set inside of each transaction. What does not work is a
//! prepared statement outside of a transaction: the next message may go to another session. PgBouncer 1.21
//! and newer follow prepared statements (`max_prepared_statements`, 200 by default since 1.24), and need
//! nothing of what is here. For older ones, and for poolers that do not follow them:
//!
//! - connect with [`establish`]: diesel-async sends prepared statements while it sets up a connection, and
//!   here they are inside of a transaction;
//! - switch the cache of prepared statements off where the scope knows of it: for a pool with
//!   `ConnectionManager::prepared_statement_cache_size(CacheSize::Disabled)`, without one with
//!   `conn.set_prepared_statement_cache_size(CacheSize::Disabled)` of the scope;
//! - let no pool test its connections with a query (`test_on_check_out(false)` of bb8,
//!   `RecyclingMethod::Fast`);
//! - in PgBouncer, `server_reset_query = DEALLOCATE ALL` and `server_reset_query_always = 1`: the driver
//!   closes each statement after its transaction, when the session is another's, and what is left would
//!   collide with the names that the next process gives.
//!
//! Source: PgBouncer's documentation, "Prepared statements in transaction pooling" and
//! `server_reset_query_always`.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use tokio_postgres::tls::{MakeTlsConnect, TlsStream};
use tokio_postgres::{Client, Connection, Socket};

/// Connects through a pooler that does not follow prepared statements.
///
/// `tls` is a connector of tokio-postgres, such as `tokio_postgres::NoTls`.
///
/// ```no_run
/// use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
/// use tenancy_diesel::pooler;
/// use tokio_postgres::NoTls;
///
/// let mut config = ManagerConfig::default();
/// config.custom_setup = Box::new(|url| Box::pin(pooler::establish(url, NoTls)));
/// config.recycling_method = RecyclingMethod::Fast;
/// let url = "postgres://app@pgbouncer:6432/shop";
/// let manager = AsyncDieselConnectionManager::new_with_config(url, config);
/// # let _: AsyncDieselConnectionManager<diesel_async::AsyncPgConnection> = manager;
/// ```
///
/// # Errors
/// [`ConnectionError::BadConnection`] when the pooler cannot be reached or refuses, and
/// [`ConnectionError::CouldntSetupConfiguration`] when the setup fails.
pub async fn establish<T>(url: &str, tls: T) -> ConnectionResult<AsyncPgConnection>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: TlsStream + Unpin + Send + 'static,
{
    let (client, mut connection) = tokio_postgres::connect(url, tls).await.map_err(bad)?;
    begin(&client, &mut connection).await?;
    let mut conn = AsyncPgConnection::try_from_client_and_connection(client, connection).await?;
    conn.batch_execute("COMMIT")
        .await
        .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

/// Begins a transaction before diesel-async has the connection. Nobody drives it yet, so both are polled
/// here.
async fn begin<S>(client: &Client, connection: &mut Connection<Socket, S>) -> ConnectionResult<()>
where
    S: TlsStream + Unpin,
{
    let mut begin = pin!(client.batch_execute("BEGIN"));
    poll_fn(|context| {
        if let Poll::Ready(Err(error)) = pin!(&mut *connection).poll(context) {
            return Poll::Ready(Err(bad(error)));
        }
        begin.as_mut().poll(context).map_err(bad)
    })
    .await
}

fn bad(error: tokio_postgres::Error) -> ConnectionError {
    ConnectionError::BadConnection(error.to_string())
}
