-- Vendors hear of the facilities they serve. What happened is written where it happened, in the transaction that does it and in the
-- scope of the customer, who does not see the vendor's endpoints; the worker hands it on to them and takes it away.
CREATE TABLE webhook_events (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    event text NOT NULL,
    payload text NOT NULL,
    created_at timestamptz NOT NULL
);
CALL protect_tenant_table('webhook_events', false, 'SELECT, INSERT');

-- The customer that a vendor's delivery is about; none for what happened at the organisation itself.
ALTER TABLE webhook_deliveries ADD COLUMN about_id uuid REFERENCES organisations (id);
