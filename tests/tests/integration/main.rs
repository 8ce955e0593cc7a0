//! Every query form against a real PostgreSQL, as the application role, on real commits: two tenants
//! with the same keys, once with both layers and once with the filter alone.

mod select;
