/// For statements that decide whom to trust. An operator planted before `pg_catalog` in the search path of a
/// role would answer in the place of PostgreSQL's own; with this, in their transaction, none is found.
pub(crate) const TRUSTED: &str = "SET LOCAL search_path = pg_catalog, pg_temp";
