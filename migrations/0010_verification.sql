-- A third party verifies a baseline: who was asked, what they found, what they signed. docs/BASELINES.md tells the way.

-- An invitation of one person for one baseline. While it is open it lets that person read the baseline's facility;
-- it ends by itself.
CREATE TABLE verifications (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    baseline_id uuid NOT NULL REFERENCES baselines (id),
    -- The verifier's firm, by its name at that time: the parties do not see into it.
    verifier_id uuid NOT NULL REFERENCES organisations (id),
    verifier_name text NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    email text NOT NULL,
    invited_by uuid NOT NULL REFERENCES users (id),
    invited_by_name text NOT NULL,
    -- The side that invited, which alone withdraws.
    invited_side text NOT NULL CHECK (invited_side IN ('vendor', 'customer')),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    -- The verifier's declaration on conflicts of interest; a draft until it is signed.
    conflict_none boolean NOT NULL DEFAULT false,
    conflict_text text NOT NULL DEFAULT '',
    UNIQUE (baseline_id, user_id)
);
CREATE INDEX verifications_user ON verifications (user_id);
CALL protect_tenant_table('verifications', true, 'SELECT, UPDATE');

-- Answers to the checklist; drafts until they are signed.
CREATE TABLE verification_answers (
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    verification_id uuid NOT NULL REFERENCES verifications (id),
    -- domain::verification::Item
    item text NOT NULL,
    answer text CHECK (answer IN ('yes', 'no', 'not_applicable')),
    note text NOT NULL DEFAULT '',
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (verification_id, item)
);
CALL protect_tenant_table('verification_answers', true, 'SELECT, INSERT, UPDATE');

-- What verifier and parties ask and answer. Comments stay when a baseline is reworked and handed in again.
CREATE TABLE baseline_comments (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    baseline_id uuid NOT NULL REFERENCES baselines (id),
    -- The comment that this answers.
    parent_id uuid REFERENCES baseline_comments (id),
    at timestamptz NOT NULL,
    by_user uuid NOT NULL REFERENCES users (id),
    by_name text NOT NULL,
    party text NOT NULL CHECK (party IN ('vendor', 'customer', 'verifier')),
    text text NOT NULL CHECK (text <> ''),
    -- The local days it speaks of, half-open; none for the baseline as a whole.
    from_day date,
    until_day date CHECK (until_day > from_day),
    resolved_at timestamptz,
    resolved_by_name text,
    CHECK ((from_day IS NULL) = (until_day IS NULL)),
    CHECK ((resolved_at IS NULL) = (resolved_by_name IS NULL))
);
CREATE INDEX baseline_comments_baseline ON baseline_comments (baseline_id, at);
CALL protect_tenant_table('baseline_comments', true, 'SELECT, INSERT, UPDATE');

-- The signature under a verified baseline, with everything it covers, to the byte.
CREATE TABLE baseline_signatures (
    baseline_id uuid PRIMARY KEY REFERENCES baselines (id),
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    verification_id uuid NOT NULL REFERENCES verifications (id),
    -- Canonical JSON of domain::verification::dossier and of the record that names its SHA-256.
    dossier text NOT NULL,
    record text NOT NULL,
    -- Ed25519, over the bytes of `record`.
    signature bytea NOT NULL CHECK (length(signature) = 64),
    public_key bytea NOT NULL CHECK (length(public_key) = 32),
    signed_at timestamptz NOT NULL
);
CALL protect_tenant_table('baseline_signatures', true, 'SELECT, INSERT');

-- Second factors belong to people, who are no tenant's: the worker role alone reads them (docs/adr/0012).
CREATE TABLE second_factors (
    user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    -- The shared secret of RFC 6238, 20 random bytes.
    secret bytea NOT NULL CHECK (length(secret) = 20),
    created_at timestamptz NOT NULL,
    -- None until a first code has shown that the secret arrived.
    confirmed_at timestamptz,
    -- The newest 30 second step that was used: none works twice.
    last_step bigint NOT NULL DEFAULT 0,
    -- Wrong codes since `failures_since`.
    failures integer NOT NULL DEFAULT 0,
    failures_since timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON second_factors TO gainshare_worker;

CREATE TABLE recovery_codes (
    user_id uuid NOT NULL REFERENCES second_factors (user_id) ON DELETE CASCADE,
    -- SHA-256 of the code's 10 random bytes.
    code_hash bytea NOT NULL,
    PRIMARY KEY (user_id, code_hash)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON recovery_codes TO gainshare_worker;

-- A session whose password was right and whose code is still due opens nothing.
ALTER TABLE sessions ADD COLUMN code_due boolean NOT NULL DEFAULT false;
