-- Alerts: rules of a facility, the episodes in which they fired, and the mails about them.
CREATE TABLE alert_rules (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    -- `silent`: nothing was sent; `above`, `below`: a value beyond a threshold.
    kind text NOT NULL CHECK (kind IN ('silent', 'above', 'below')),
    -- None for the whole facility, which only `silent` can be about.
    point_id uuid REFERENCES points (id),
    threshold numeric,
    -- How long it has to last before it is said.
    minutes integer NOT NULL CHECK (minutes BETWEEN 1 AND 10080),
    critical boolean NOT NULL,
    tell text NOT NULL,
    -- Whom to tell next where nobody has acknowledged it after so many minutes.
    then_tell text,
    then_after integer CHECK (then_after BETWEEN 1 AND 10080),
    -- Minutes after local midnight between which mails wait, unless it is critical.
    quiet_from integer CHECK (quiet_from BETWEEN 0 AND 1439),
    quiet_until integer CHECK (quiet_until BETWEEN 0 AND 1439),
    paused_until timestamptz,
    created_by_name text NOT NULL,
    created_at timestamptz NOT NULL,
    -- A rule that is taken away keeps its episodes.
    deleted_at timestamptz,
    CHECK ((kind = 'silent') = (threshold IS NULL)),
    CHECK (kind = 'silent' OR point_id IS NOT NULL),
    CHECK ((then_tell IS NULL) = (then_after IS NULL)),
    CHECK ((quiet_from IS NULL) = (quiet_until IS NULL))
);
CREATE INDEX alert_rules_facility ON alert_rules (facility_id) WHERE deleted_at IS NULL;
CALL protect_tenant_table('alert_rules', true, 'SELECT, INSERT, UPDATE');

CREATE TABLE alert_episodes (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    rule_id uuid NOT NULL REFERENCES alert_rules (id),
    -- Since when what the rule says is so.
    since timestamptz NOT NULL,
    -- When it had lasted long enough; none while that is pending.
    fired_at timestamptz,
    -- The value that it fired with.
    value numeric,
    -- The value cannot be seen at the moment: nothing is being sent.
    stale boolean NOT NULL DEFAULT false,
    acknowledged_at timestamptz,
    acknowledged_by text,
    note text,
    closed_at timestamptz
);
-- A rule has one episode at a time.
CREATE UNIQUE INDEX alert_episodes_open ON alert_episodes (rule_id) WHERE closed_at IS NULL;
CREATE INDEX alert_episodes_facility ON alert_episodes (facility_id, since DESC);
CALL protect_tenant_table('alert_episodes', true, 'SELECT, UPDATE');

-- Mails to be sent: written with what they tell, sent afterwards, so that a mail server that is away costs no alert.
CREATE TABLE alert_mails (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    episode_id uuid NOT NULL REFERENCES alert_episodes (id),
    -- `fired`, `escalated` or `over`.
    about text NOT NULL CHECK (about IN ('fired', 'escalated', 'over')),
    recipient text NOT NULL,
    subject text NOT NULL,
    body text NOT NULL,
    due_at timestamptz NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    error text,
    sent_at timestamptz,
    UNIQUE (episode_id, about, recipient)
);
CREATE INDEX alert_mails_due ON alert_mails (due_at) WHERE sent_at IS NULL;
CALL protect_tenant_table('alert_mails', true, 'SELECT');
