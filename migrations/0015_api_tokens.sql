-- Tokens of the REST interface, what was already asked with them, and what a baseline rests on. docs/API.md

CREATE TABLE api_tokens (
    id uuid PRIMARY KEY,
    -- Where it was made: it opens what its maker's membership here opens, never more.
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    user_id uuid NOT NULL REFERENCES users (id),
    created_by_name text NOT NULL,
    name text NOT NULL CHECK (name <> ''),
    scopes text[] NOT NULL CHECK (cardinality(scopes) > 0 AND scopes <@ ARRAY['baselines:read', 'baselines:write']),
    -- The one facility it opens; none for all that its maker sees.
    facility_id uuid REFERENCES facilities (id),
    -- First characters of the secret, to tell tokens apart.
    prefix text NOT NULL,
    -- SHA-256 of the secret's 32 random bytes; the secret itself is never stored.
    secret_sha256 bytea NOT NULL UNIQUE CHECK (length(secret_sha256) = 32),
    created_at timestamptz NOT NULL,
    last_used_at timestamptz,
    expires_at timestamptz NOT NULL CHECK (expires_at > created_at),
    revoked_at timestamptz,
    revoked_by_name text,
    CHECK ((revoked_at IS NULL) = (revoked_by_name IS NULL))
);
CREATE INDEX api_tokens_organisation ON api_tokens (organisation_id, created_at);
CALL protect_tenant_table('api_tokens', true, 'SELECT, INSERT, UPDATE');

-- A request with an Idempotency-Key that made a baseline, with its answer: asked again within a day it gets the same.
CREATE TABLE api_requests (
    token_id uuid NOT NULL REFERENCES api_tokens (id),
    key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    -- Of the body: another one with the same key is a mistake.
    body_sha256 bytea NOT NULL,
    answer text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (token_id, key)
);
CALL protect_tenant_table('api_requests', true, 'SELECT, INSERT, DELETE');

-- Whether models were fitted to the facility's meters or its utility's series, or to rows that a request brought along, or a
-- value was stated.
ALTER TABLE baselines
    ADD COLUMN source text NOT NULL DEFAULT 'meters' CHECK (source IN ('meters', 'given', 'stated'));
