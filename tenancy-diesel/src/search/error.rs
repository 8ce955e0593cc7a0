/// Why an index did not do what it was asked for. The texts show no document and no tenant; those of a source
/// are the server's or the engine's own.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SearchError {
    /// A kind or an id is empty, longer than 255 bytes, or holds a control character.
    #[error("kind and id of a document have 1 to 255 bytes and no control characters")]
    Key,
    /// A title, a body or a search holds the character NUL, which PostgreSQL has no place for.
    #[error("a text for the index holds the character NUL; leave it out")]
    Nul,
    /// The name of a text search configuration has another form than `german` or `schema.german`.
    #[error("a language is the name of a text search configuration, such as `pg_catalog.english`")]
    Language,
    /// The database refused a statement, or the connection was lost.
    #[error("the database did not carry out a statement of the search")]
    Database(#[from] diesel::result::Error),
    /// An engine outside of the database failed.
    #[error("the search engine failed")]
    Engine(#[source] Box<dyn std::error::Error + Send + Sync>),
}
