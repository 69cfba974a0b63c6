-- Webhooks: addresses of customers and vendors that are told of events, what they are told, and every try.
CREATE TABLE webhook_endpoints (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    url text NOT NULL,
    description text NOT NULL,
    events text[] NOT NULL CHECK (cardinality(events) > 0),
    -- `whsec_…`: it signs, so it has to be known; shown to people once.
    secret text NOT NULL,
    -- The one before, which signs as well until then.
    old_secret text,
    old_until timestamptz,
    -- `on`, `paused` by a person, or `stopped` because nothing was taken for days.
    state text NOT NULL CHECK (state IN ('on', 'paused', 'stopped')),
    -- Since when nothing was taken; none after something was, and after a person let it go on.
    failing_since timestamptz,
    created_by_name text NOT NULL,
    created_at timestamptz NOT NULL,
    deleted_at timestamptz
);
CALL protect_tenant_table('webhook_endpoints', false, 'SELECT, INSERT, UPDATE');

CREATE TABLE webhook_deliveries (
    -- Also the `webhook-id`: the same for every try, so that a receiver can tell what it has had.
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    endpoint_id uuid NOT NULL REFERENCES webhook_endpoints (id),
    event text NOT NULL,
    -- To the byte, because it is signed.
    payload text NOT NULL,
    created_at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed')),
    due_at timestamptz NOT NULL,
    tries integer NOT NULL DEFAULT 0
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_endpoint ON webhook_deliveries (endpoint_id, created_at DESC);
CALL protect_tenant_table('webhook_deliveries', false, 'SELECT, INSERT, UPDATE');

CREATE TABLE webhook_attempts (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    delivery_id uuid NOT NULL REFERENCES webhook_deliveries (id),
    at timestamptz NOT NULL,
    -- None where no answer came.
    status integer,
    took_ms integer NOT NULL,
    -- Why it counts as failed; none where it was taken.
    error text
);
CREATE INDEX webhook_attempts_delivery ON webhook_attempts (delivery_id, at);
CALL protect_tenant_table('webhook_attempts', false, 'SELECT');
