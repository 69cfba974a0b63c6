-- Organisations, people, memberships, sessions and single-use links.
CREATE TABLE organisations (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (name <> ''),
    kind text NOT NULL CHECK (kind IN ('vendor', 'customer', 'verifier')),
    -- The vendor that serves a customer, or that engaged a verifier.
    vendor_id uuid REFERENCES organisations (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((kind = 'vendor') = (vendor_id IS NULL))
);
ALTER TABLE organisations ENABLE ROW LEVEL SECURITY;
ALTER TABLE organisations FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON organisations TO gainshare_app USING (id = ANY((SELECT app_organisations())::uuid[]));
CREATE POLICY worker ON organisations TO gainshare_worker USING (true) WITH CHECK (true);
GRANT SELECT ON organisations TO gainshare_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON organisations TO gainshare_worker;

-- A person may belong to several organisations, so people are not tenant-owned; the worker role alone reads them,
-- for sign-in. Requests see fellow members through the view `members`.
CREATE TABLE users (
    id uuid PRIMARY KEY,
    email text NOT NULL CHECK (email = lower(email) AND email LIKE '%_@_%'),
    name text NOT NULL DEFAULT '',
    -- PHC string of argon2id; none until the invitation is accepted.
    password_hash text,
    theme text NOT NULL DEFAULT 'system' CHECK (theme IN ('light', 'dark', 'system')),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX users_email ON users (email);
GRANT SELECT, INSERT, UPDATE, DELETE ON users TO gainshare_worker;

CREATE TABLE memberships (
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    user_id uuid NOT NULL REFERENCES users (id),
    role text NOT NULL CHECK (role IN ('owner', 'finance', 'operations', 'viewer', 'vendor_admin', 'billing', 'sales',
        'support', 'engineer', 'verifier')),
    -- Facilities the membership is limited to; none means all.
    facility_ids uuid[],
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organisation_id, user_id)
);
CREATE INDEX memberships_user ON memberships (user_id);
CALL protect_tenant_table('memberships', false, 'SELECT, INSERT, UPDATE, DELETE');

CREATE TABLE sessions (
    -- SHA-256 of the cookie's 32 random bytes; the cookie itself is never stored.
    token_hash bytea PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    user_agent text NOT NULL DEFAULT ''
);
CREATE INDEX sessions_user ON sessions (user_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON sessions TO gainshare_worker;

-- Invitations and password resets: single use, expiring, only the hash is kept.
CREATE TABLE links (
    token_hash bytea PRIMARY KEY,
    purpose text NOT NULL CHECK (purpose IN ('invite', 'reset')),
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    organisation_id uuid REFERENCES organisations (id),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
GRANT SELECT, INSERT, UPDATE, DELETE ON links TO gainshare_worker;

-- Failed and successful sign-in attempts, for the rate limit across processes.
CREATE TABLE sign_in_attempts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL,
    ip text NOT NULL,
    succeeded boolean NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX sign_in_attempts_email ON sign_in_attempts (email, at);
CREATE INDEX sign_in_attempts_ip ON sign_in_attempts (ip, at);
GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_attempts TO gainshare_worker;

-- Members of the organisations in scope, as requests may see them: the view runs as its owner, who reads `users`, and
-- carries the condition itself.
CREATE VIEW members WITH (security_barrier) AS
    SELECT m.organisation_id, m.user_id, m.role, m.facility_ids, m.created_at, u.email, u.name,
        u.password_hash IS NOT NULL AS accepted
    FROM memberships m JOIN users u ON u.id = m.user_id
    WHERE m.organisation_id = ANY((SELECT app_organisations())::uuid[]);
GRANT SELECT ON members TO gainshare_app;
