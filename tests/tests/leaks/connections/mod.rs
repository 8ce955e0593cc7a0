//! What one scope leaves to the next: in a session, in a pool, on a thread, after a failure.

mod limits;
mod nobody;
mod pool;
mod raw_sql;
mod session;
mod shared;
