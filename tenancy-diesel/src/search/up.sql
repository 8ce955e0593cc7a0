-- The full-text index of tenancy_diesel::search. Declare both tables in tenant_schema!, and write their policies.

CREATE TABLE search_documents (
    tenant_id {type} NOT NULL,
    kind      text NOT NULL,
    id        text NOT NULL,
    language  text NOT NULL,
    title     text NOT NULL,
    body      text NOT NULL,
    words     tsvector NOT NULL,
    PRIMARY KEY (tenant_id, kind, id)
);

-- Under row-level security PostgreSQL uses no index for text search, but for the comparison of words it does.
CREATE TABLE search_by_word (
    tenant_id {type} NOT NULL,
    word      text COLLATE "C" NOT NULL,
    kind      text NOT NULL,
    id        text NOT NULL,
    PRIMARY KEY (tenant_id, word, kind, id)
);

-- Keeps the words as the documents are. It runs as whoever writes documents, and so under the same policies.
CREATE FUNCTION search_by_word_follow() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        EXECUTE format(
            'DELETE FROM %I.search_by_word AS w USING (
                SELECT tenant_id, kind, id, unnest(tsvector_to_array(words)) AS word FROM old_documents
            ) AS old
            WHERE w.tenant_id = old.tenant_id AND w.word = old.word AND w.kind = old.kind AND w.id = old.id',
            TG_TABLE_SCHEMA
        );
    END IF;
    IF TG_OP <> 'DELETE' THEN
        EXECUTE format(
            'INSERT INTO %I.search_by_word (tenant_id, word, kind, id)
            SELECT tenant_id, unnest(tsvector_to_array(words)), kind, id FROM new_documents
            ON CONFLICT DO NOTHING',
            TG_TABLE_SCHEMA
        );
    END IF;
    RETURN NULL;
END
$function$;

CREATE TRIGGER search_by_word_insert AFTER INSERT ON search_documents
    REFERENCING NEW TABLE AS new_documents
    FOR EACH STATEMENT EXECUTE FUNCTION search_by_word_follow();
CREATE TRIGGER search_by_word_update AFTER UPDATE ON search_documents
    REFERENCING OLD TABLE AS old_documents NEW TABLE AS new_documents
    FOR EACH STATEMENT EXECUTE FUNCTION search_by_word_follow();
CREATE TRIGGER search_by_word_delete AFTER DELETE ON search_documents
    REFERENCING OLD TABLE AS old_documents
    FOR EACH STATEMENT EXECUTE FUNCTION search_by_word_follow();
