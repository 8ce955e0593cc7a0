WITH
-- Who the connection is, who it becomes by RESET ROLE, and by RESET SESSION AUTHORIZATION.
identity AS (
    SELECT r.oid, r.rolname::text AS role, r.rolsuper
    FROM pg_roles r
    WHERE r.rolname IN (current_user, session_user)
       OR r.oid = (SELECT a.usesysid FROM pg_stat_get_activity(pg_backend_pid()) a)
),
-- Itself, and every role that it can become, whether its rights are inherited or not. A superuser
-- can become all of them, which would say nothing more.
reach AS (
    SELECT i.role, i.rolsuper AS by_superuser, r.oid, r.rolname::text AS other,
           r.rolsuper, r.rolbypassrls, r.rolcreaterole
    FROM identity i
    JOIN pg_roles r ON r.oid = i.oid OR (NOT i.rolsuper AND pg_has_role(i.oid, r.oid, 'MEMBER'))
),
wanted AS (
    SELECT DISTINCT * FROM unnest($1, $2) AS w (in_schema, name)
),
-- A table without a schema is the first of its name on the search path of the application.
tables AS (
    SELECT DISTINCT ON (w.in_schema, w.name)
           c.relowner, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name
    FROM wanted w
    JOIN pg_class c ON c.relname = w.name AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = w.in_schema
       OR (w.in_schema IS NULL AND n.nspname::text = ANY ($3))
    ORDER BY w.in_schema, w.name, array_position($3, n.nspname::text)
)
SELECT 1 AS kind, current_user::text AS role, i.role AS other, '' AS tables
FROM identity i WHERE i.role <> current_user
UNION ALL
SELECT 2, role, other, '' FROM reach WHERE rolsuper
UNION ALL
SELECT 3, role, other, '' FROM reach WHERE rolbypassrls AND NOT rolsuper
UNION ALL
SELECT 4, role, other, '' FROM reach WHERE rolcreaterole AND NOT rolsuper
UNION ALL
SELECT 5, role, other, '' FROM reach WHERE NOT by_superuser
    AND other IN ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files')
UNION ALL
SELECT 6, role, other, string_agg(t.name, ', ' ORDER BY t.name)
FROM reach JOIN tables t ON t.relowner = reach.oid
WHERE NOT by_superuser
GROUP BY role, other
ORDER BY 1, 2, 3
