-- Two tenants whose rows have the same keys, and every way in which rows belong to a tenant.
CREATE TABLE organisations (
    id       int8 PRIMARY KEY,
    name     text NOT NULL,
    -- A circle: the owner is one of the tenant's users.
    owner_id int8
);
CREATE TABLE users (
    tenant_id  int8 NOT NULL REFERENCES organisations,
    id         int8 NOT NULL,
    email      text NOT NULL,
    -- A tree.
    manager_id int8,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, manager_id) REFERENCES users
);
ALTER TABLE organisations ADD FOREIGN KEY (id, owner_id) REFERENCES users (tenant_id, id);
CREATE TABLE projects (
    tenant_id int8 NOT NULL REFERENCES organisations,
    id        int8 NOT NULL,
    name      text NOT NULL,
    -- A circle of two tables.
    first_task_id int8,
    PRIMARY KEY (tenant_id, id)
);
CREATE TABLE tasks (
    tenant_id  int8 NOT NULL,
    id         int8 NOT NULL,
    project_id int8 NOT NULL,
    title      text NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES projects ON DELETE CASCADE
);
ALTER TABLE projects ADD FOREIGN KEY (tenant_id, first_task_id) REFERENCES tasks (tenant_id, id);
CREATE TABLE documents (
    tenant_id int8 NOT NULL REFERENCES organisations,
    -- Unique for all tenants, because pages have no tenant.
    id        int8 PRIMARY KEY,
    title     text NOT NULL
);
CREATE TABLE pages (
    document_id int8 NOT NULL REFERENCES documents ON DELETE CASCADE,
    number      int4 NOT NULL,
    body        text NOT NULL,
    PRIMARY KEY (document_id, number)
);
CREATE TABLE events (
    tenant_id int8 NOT NULL REFERENCES organisations,
    id        int8 NOT NULL,
    day       date NOT NULL,
    PRIMARY KEY (tenant_id, id, day)
) PARTITION BY RANGE (day);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
CREATE TABLE "odd ""table" (
    tenant_id  int8 NOT NULL REFERENCES organisations,
    "id ""x"   int8 NOT NULL,
    PRIMARY KEY (tenant_id, "id ""x")
);
-- Without a foreign key to the root, so that its rows can stay.
CREATE TABLE audit_log (
    tenant_id   int8 NOT NULL,
    id          int8 NOT NULL,
    project_id  int8,
    actor_email text,
    actor_name  varchar(40) NOT NULL,
    detail      json NOT NULL,
    action      text NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES projects
);
CREATE TABLE countries (code text PRIMARY KEY);

INSERT INTO countries VALUES ('de');
INSERT INTO organisations SELECT t, 'org ' || t FROM generate_series(1, 12) AS t;
INSERT INTO users SELECT t, n, n || '@' || t || '.example', nullif(n / 2, 0)
    FROM (VALUES (1), (2), (12)) AS tenants (t), generate_series(1, 40) AS n;
-- One who manages himself.
UPDATE users SET manager_id = 7 WHERE id = 7;
UPDATE organisations SET owner_id = 3 WHERE id IN (1, 2, 12);
INSERT INTO projects SELECT t, n, 'project ' || n
    FROM (VALUES (1), (2), (12)) AS tenants (t), generate_series(1, 30) AS n;
INSERT INTO tasks SELECT t, n, 1 + n % 30, 'task ' || n
    FROM (VALUES (1), (2), (12)) AS tenants (t), generate_series(1, 90) AS n;
UPDATE projects SET first_task_id = CASE WHEN id = 1 THEN 30 ELSE id - 1 END WHERE id % 2 = 1;
INSERT INTO documents SELECT t, t * 1000 + n, 'document ' || n
    FROM (VALUES (1), (2), (12)) AS tenants (t), generate_series(1, 8) AS n;
INSERT INTO pages SELECT id, n, 'page ' || n FROM documents, generate_series(1, 4) AS n;
INSERT INTO events SELECT t, n, '2026-01-01'::date + n::int
    FROM (VALUES (1), (2), (12)) AS tenants (t), generate_series(1, 50) AS n;
INSERT INTO "odd ""table" SELECT t, n
    FROM (VALUES (1), (2), (12)) AS tenants (t), generate_series(1, 5) AS n;
INSERT INTO audit_log SELECT t, n, n, 'p' || n || '@' || t || '.example', 'Person ' || n, '{"ip": "10.0.0.1"}',
        'renamed'
    FROM (VALUES (1), (2), (12)) AS tenants (t), generate_series(1, 12) AS n;
