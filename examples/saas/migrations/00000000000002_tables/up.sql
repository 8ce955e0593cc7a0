-- An organisation is a tenant. Every key and every foreign key leads with `tenant_id`, so that no row can point into
-- another organisation. Ids are UUIDs: they are part of addresses, and nobody counts them.

CREATE TABLE organisations (
    id         uuid PRIMARY KEY,
    slug       text NOT NULL CHECK (slug ~ '^[a-z0-9](-?[a-z0-9]){1,39}$'),
    name       text NOT NULL CHECK (name <> ''),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE members (
    tenant_id uuid NOT NULL REFERENCES organisations,
    id        uuid NOT NULL DEFAULT gen_random_uuid(),
    user_id   uuid NOT NULL,
    name      text NOT NULL,
    email     text NOT NULL,
    role      text NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
    joined_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, user_id),
    UNIQUE (tenant_id, email)
);

CREATE TABLE invitations (
    tenant_id  uuid NOT NULL REFERENCES organisations,
    id         uuid NOT NULL DEFAULT gen_random_uuid(),
    name       text NOT NULL,
    email      text NOT NULL CHECK (email = lower(email)),
    role       text NOT NULL CHECK (role IN ('admin', 'member')),
    token_hash bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, email)
);

CREATE TABLE projects (
    tenant_id   uuid NOT NULL REFERENCES organisations,
    id          uuid NOT NULL DEFAULT gen_random_uuid(),
    name        text NOT NULL CHECK (name <> ''),
    description text NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE tasks (
    tenant_id   uuid NOT NULL REFERENCES organisations,
    id          uuid NOT NULL DEFAULT gen_random_uuid(),
    project_id  uuid NOT NULL,
    assignee_id uuid,
    title       text NOT NULL CHECK (title <> ''),
    description text NOT NULL DEFAULT '',
    status      text NOT NULL DEFAULT 'todo' CHECK (status IN ('todo', 'doing', 'done')),
    due_on      date,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES projects ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, assignee_id) REFERENCES members ON DELETE SET NULL (assignee_id)
);

CREATE INDEX ON tasks (tenant_id, project_id);
CREATE INDEX ON tasks (tenant_id, assignee_id);

-- The name of the author stays when the member has left.
CREATE TABLE comments (
    tenant_id  uuid NOT NULL REFERENCES organisations,
    id         uuid NOT NULL DEFAULT gen_random_uuid(),
    task_id    uuid NOT NULL,
    author_id  uuid,
    author     text NOT NULL,
    body       text NOT NULL CHECK (body <> ''),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, task_id) REFERENCES tasks ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, author_id) REFERENCES members ON DELETE SET NULL (author_id)
);

CREATE INDEX ON comments (tenant_id, task_id);
CREATE INDEX ON comments (tenant_id, author_id);

-- The contents are in the store of files, under the id.
CREATE TABLE attachments (
    tenant_id   uuid NOT NULL REFERENCES organisations,
    id          uuid NOT NULL DEFAULT gen_random_uuid(),
    task_id     uuid NOT NULL,
    file_name   text NOT NULL CHECK (file_name <> ''),
    bytes       int8 NOT NULL,
    uploaded_by text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, task_id) REFERENCES tasks ON DELETE CASCADE
);

CREATE INDEX ON attachments (tenant_id, task_id);

-- The type of `token` comes from the library's own migrations: a `bytea` that refuses plaintext.
CREATE TABLE api_tokens (
    tenant_id  uuid NOT NULL REFERENCES organisations,
    id         uuid NOT NULL DEFAULT gen_random_uuid(),
    name       text NOT NULL CHECK (name <> ''),
    token      tenancy.tenancy_encrypted NOT NULL,
    last_four  text NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE reports (
    tenant_id    uuid NOT NULL REFERENCES organisations,
    id           uuid NOT NULL DEFAULT gen_random_uuid(),
    status       text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'done', 'failed')),
    requested_by text NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT now(),
    finished_at  timestamptz,
    result       text,
    PRIMARY KEY (tenant_id, id)
);

-- What members did, for their own eyes.
CREATE TABLE activity (
    tenant_id uuid NOT NULL REFERENCES organisations,
    id        uuid NOT NULL DEFAULT gen_random_uuid(),
    at        timestamptz NOT NULL DEFAULT now(),
    actor     text NOT NULL,
    action    text NOT NULL,
    subject   text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

CREATE INDEX ON activity (tenant_id, at);

-- The indexes in `accounts` follow the tenants' rows. These functions run as the owner, whom row-level security shows
-- no tenant's rows, and look at nothing but the row that has changed.

CREATE FUNCTION accounts.follow_organisation() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM accounts.addresses WHERE organisation_id = OLD.id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO accounts.addresses (slug, organisation_id, name) VALUES (NEW.slug, NEW.id, NEW.name);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER follow AFTER INSERT OR UPDATE OR DELETE ON organisations
    FOR EACH ROW EXECUTE FUNCTION accounts.follow_organisation();

-- An account ends with its last membership.
CREATE FUNCTION accounts.follow_member() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO accounts.memberships (user_id, organisation_id) VALUES (NEW.user_id, NEW.tenant_id);
    ELSIF TG_OP = 'DELETE' THEN
        DELETE FROM accounts.memberships
        WHERE user_id = OLD.user_id AND organisation_id = OLD.tenant_id;
        DELETE FROM accounts.users AS u
        WHERE u.id = OLD.user_id
          AND NOT EXISTS (SELECT FROM accounts.memberships AS m WHERE m.user_id = u.id);
    ELSIF NEW.user_id <> OLD.user_id THEN
        RAISE EXCEPTION 'a member stays the same person';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER follow AFTER INSERT OR UPDATE OR DELETE ON members
    FOR EACH ROW EXECUTE FUNCTION accounts.follow_member();

CREATE FUNCTION accounts.follow_invitation() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM accounts.invitations WHERE token_hash = OLD.token_hash;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO accounts.invitations (token_hash, organisation_id, expires_at)
        VALUES (NEW.token_hash, NEW.tenant_id, NEW.expires_at);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER follow AFTER INSERT OR UPDATE OR DELETE ON invitations
    FOR EACH ROW EXECUTE FUNCTION accounts.follow_invitation();

REVOKE ALL ON FUNCTION accounts.follow_organisation(), accounts.follow_member(), accounts.follow_invitation()
    FROM PUBLIC;
