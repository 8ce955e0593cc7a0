//! INSERT, UPDATE and DELETE.

mod deletes;
mod inserts;
mod updates;
mod upserts;
