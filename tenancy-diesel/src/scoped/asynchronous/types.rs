use diesel::QueryResult;
use diesel::pg::{Pg, PgMetadataLookup, PgTypeMetadata};
use diesel::query_builder::QueryFragment;
use diesel::query_builder::bind_collector::RawBytesBindCollector;

/// A type that is looked up by its name, as custom types are.
pub(super) type TypeName = (Option<String>, String);

/// The types that the binds of a statement look up. Before diesel-async knows their OIDs, it asks the
/// server and waits, also for a statement that is prepared.
///
/// The list can differ from run to run: a field of a composite type is looked up when it holds a value.
pub(super) fn looked_up(query: &impl QueryFragment<Pg>) -> QueryResult<Vec<TypeName>> {
    let mut names = Names(Vec::new());
    let mut binds = RawBytesBindCollector::<Pg>::new();
    query.collect_binds(&mut binds, &mut names, &Pg)?;
    Ok(names.0)
}

/// Notes what is looked up. The OID it answers with goes into bytes that nobody reads.
struct Names(Vec<TypeName>);

impl PgMetadataLookup for Names {
    fn lookup_type(&mut self, type_name: &str, schema: Option<&str>) -> PgTypeMetadata {
        let name = (schema.map(str::to_owned), type_name.to_owned());
        if !self.0.contains(&name) {
            self.0.push(name);
        }
        PgTypeMetadata::new(1, 1)
    }
}
