-- One row in every table that holds rows of tenants. {n} is 01 or 02; ids are {n}, then what they identify.
INSERT INTO organisations (id, name, kind) VALUES ('{n}010000-0000-0000-0000-000000000000', 'vendor {n}', 'vendor');
INSERT INTO users (id, email) VALUES ('{n}020000-0000-0000-0000-000000000000', 'person{n}@example.org');
INSERT INTO memberships (organisation_id, user_id, role)
    VALUES ('{n}010000-0000-0000-0000-000000000000', '{n}020000-0000-0000-0000-000000000000', 'owner');
INSERT INTO facilities (id, organisation_id, slug, name, kind, time_zone, latitude, longitude, currency)
    VALUES ('{n}030000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000', 'f{n}', 'F', 'indoor', 'UTC',
        0, 0, 'EUR');
INSERT INTO zones (id, organisation_id, facility_id, slug, name, stage, canopy_m2, lights_on_min, photoperiod_min, position)
    VALUES ('{n}040000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000',
        '{n}030000-0000-0000-0000-000000000000', 'z', 'Z', 'veg', 1, 0, 720, 1);
INSERT INTO gateways (id, organisation_id, facility_id, name)
    VALUES ('{n}050000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000',
        '{n}030000-0000-0000-0000-000000000000', 'G');
INSERT INTO points (id, organisation_id, facility_id, gateway_id, channel, name, metric, unit, kind, decimals, interval_ms)
    VALUES ('{n}060000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000',
        '{n}030000-0000-0000-0000-000000000000', '{n}050000-0000-0000-0000-000000000000', 1, 'P', 'temperature', 'C',
        'gauge', 1, 10000);
INSERT INTO meter_events (id, organisation_id, facility_id, point_id, at, kind, reason)
    VALUES ('{n}070000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000',
        '{n}030000-0000-0000-0000-000000000000', '{n}060000-0000-0000-0000-000000000000', '2026-01-01Z', 'swap', 'worn');
INSERT INTO envelopes (gateway_id, boot, seq, t0, t1, organisation_id, facility_id, samples, received_at, payload)
    VALUES ('{n}050000-0000-0000-0000-000000000000', 1, 1, '2026-01-02Z', '2026-01-02Z',
        '{n}010000-0000-0000-0000-000000000000', '{n}030000-0000-0000-0000-000000000000', 1, now(), '\x00');
INSERT INTO rollups (width, gateway_id, bucket, organisation_id, facility_id, payload)
    VALUES ('5m', '{n}050000-0000-0000-0000-000000000000', '2026-01-02Z', '{n}010000-0000-0000-0000-000000000000',
        '{n}030000-0000-0000-0000-000000000000', '\x00');
INSERT INTO watermarks (gateway_id, boot, organisation_id, facility_id, seq, updated_at)
    VALUES ('{n}050000-0000-0000-0000-000000000000', 1, '{n}010000-0000-0000-0000-000000000000',
        '{n}030000-0000-0000-0000-000000000000', 1, now());
INSERT INTO quarantine (id, organisation_id, facility_id, gateway_id, reason, received_at)
    VALUES ('{n}080000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000',
        '{n}030000-0000-0000-0000-000000000000', '{n}050000-0000-0000-0000-000000000000', 'undecodable', now());
INSERT INTO imports (id, organisation_id, facility_id, format, file_name, sha256, bytes, content, preview, created_by_name,
        created_at)
    VALUES ('{n}090000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000',
        '{n}030000-0000-0000-0000-000000000000', 'green_button', 'a.xml', '\x00', 1, '\x00', '{}', 'P', now());
INSERT INTO utility_series (id, organisation_id, facility_id, source_key, name, commodity, unit, flow)
    VALUES ('{n}0a0000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000',
        '{n}030000-0000-0000-0000-000000000000', 'k', 'S', 'electricity', 'kWh', 'delivered');
INSERT INTO utility_intervals (series_id, start_at, end_at, organisation_id, facility_id, value, quality, import_id)
    VALUES ('{n}0a0000-0000-0000-0000-000000000000', '2026-01-01Z', '2026-01-02Z', '{n}010000-0000-0000-0000-000000000000',
        '{n}030000-0000-0000-0000-000000000000', 1, 'measured', '{n}090000-0000-0000-0000-000000000000');
INSERT INTO utility_corrections (series_id, start_at, end_at, organisation_id, facility_id, value, quality,
        quality_codes, import_id, replaced_by, replaced_at)
    VALUES ('{n}0a0000-0000-0000-0000-000000000000', '2026-01-01Z', '2026-01-02Z', '{n}010000-0000-0000-0000-000000000000',
        '{n}030000-0000-0000-0000-000000000000', 1, 'measured', '{}',
        '{n}090000-0000-0000-0000-000000000000', '{n}090000-0000-0000-0000-000000000000', now());
INSERT INTO audit_events (organisation_id, height, at, actor, action, subject, facility_id, detail, previous_hash, hash)
    VALUES ('{n}010000-0000-0000-0000-000000000000', 1, now(), 'a', 'b.c', 'd', '{n}030000-0000-0000-0000-000000000000',
        '{}', '\x00', '\x00');
