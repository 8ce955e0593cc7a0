CREATE TABLE organisations (
    id   int8 PRIMARY KEY,
    name text NOT NULL
);
CREATE TABLE projects (
    tenant_id int8 NOT NULL REFERENCES organisations,
    id        int8 NOT NULL,
    name      text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
INSERT INTO organisations SELECT t, 'org ' || t FROM generate_series(1, 4) AS t;
INSERT INTO projects SELECT t, n, 'project ' || n || ' of ' || t
    FROM generate_series(1, 4) AS t, generate_series(1, 20) AS n;
