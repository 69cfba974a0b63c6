-- A baseline may be fitted to what the utility metered before there was a gateway.
ALTER TABLE baselines ADD COLUMN utility_series_id uuid REFERENCES utility_series (id);
