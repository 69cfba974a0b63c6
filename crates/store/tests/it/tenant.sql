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
INSERT INTO baselines (id, organisation_id, facility_id, metric_type, version, period_start, period_end, effective_from, unit,
        candidates, profile, engine_version, inputs, inputs_sha256, verification_status, created_by_name, created_at, updated_at)
    VALUES ('{n}0b0000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000',
        '{n}030000-0000-0000-0000-000000000000', 'electricity', 1, '2025-01-01', '2026-01-01', '2026-01-01', 'kWh',
        '[]', '[]', '0', '', '\x00', 'active', 'P', now(), now());
INSERT INTO baseline_steps (organisation_id, facility_id, baseline_id, at, by_name, step, state_after)
    VALUES ('{n}010000-0000-0000-0000-000000000000', '{n}030000-0000-0000-0000-000000000000',
        '{n}0b0000-0000-0000-0000-000000000000', now(), 'P', 'create', 'draft');
INSERT INTO verifications (id, organisation_id, facility_id, baseline_id, verifier_id, verifier_name, user_id, email, invited_by,
        invited_by_name, invited_side, created_at, expires_at)
    VALUES ('{n}0d0000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000',
        '{n}030000-0000-0000-0000-000000000000', '{n}0b0000-0000-0000-0000-000000000000',
        '{n}010000-0000-0000-0000-000000000000', 'F', '{n}020000-0000-0000-0000-000000000000', 'a@example.com',
        '{n}020000-0000-0000-0000-000000000000', 'P', 'customer', now(), now());
INSERT INTO verification_answers (organisation_id, facility_id, verification_id, item, updated_at)
    VALUES ('{n}010000-0000-0000-0000-000000000000', '{n}030000-0000-0000-0000-000000000000',
        '{n}0d0000-0000-0000-0000-000000000000', 'data_complete', now());
INSERT INTO baseline_comments (id, organisation_id, facility_id, baseline_id, at, by_user, by_name, party, text)
    VALUES ('{n}0f0000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000',
        '{n}030000-0000-0000-0000-000000000000', '{n}0b0000-0000-0000-0000-000000000000', now(),
        '{n}020000-0000-0000-0000-000000000000', 'P', 'customer', 'T');
INSERT INTO baseline_signatures (baseline_id, organisation_id, facility_id, verification_id, dossier, record, signature,
        public_key, signed_at)
    VALUES ('{n}0b0000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000',
        '{n}030000-0000-0000-0000-000000000000', '{n}0d0000-0000-0000-0000-000000000000', 'd', 'r',
        decode(repeat('00', 64), 'hex'), decode(repeat('00', 32), 'hex'), now());
INSERT INTO weather_stations (id, organisation_id, facility_id, kind, code, name, typical, created_at)
    VALUES ('{n}0c0000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000',
        '{n}030000-0000-0000-0000-000000000000', 'csv', 'a.csv', 'W', false, now());
INSERT INTO weather_choices (organisation_id, facility_id, station_id, reason, chosen_at)
    VALUES ('{n}010000-0000-0000-0000-000000000000', '{n}030000-0000-0000-0000-000000000000',
        '{n}0c0000-0000-0000-0000-000000000000', 'r', now());
INSERT INTO weather_hours (station_id, start_at, organisation_id, facility_id, temperature_c)
    VALUES ('{n}0c0000-0000-0000-0000-000000000000', '2026-01-01Z', '{n}010000-0000-0000-0000-000000000000',
        '{n}030000-0000-0000-0000-000000000000', 1);
INSERT INTO weather_sets (id, organisation_id, facility_id, station_id, from_at, until_at, content, sha256, hours, created_at)
    VALUES ('{n}100000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000',
        '{n}030000-0000-0000-0000-000000000000', '{n}0c0000-0000-0000-0000-000000000000', '2026-01-01Z', '2026-01-02Z', 'c',
        '\x00', 1, now());
INSERT INTO weather_drafts (id, organisation_id, facility_id, file_name, content, created_at)
    VALUES ('{n}170000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000',
        '{n}030000-0000-0000-0000-000000000000', 'w.csv', '\x00', now());
INSERT INTO non_routine_events (id, organisation_id, facility_id, metric_type, title, start_day, expires_on, state, proposed_by,
        created_at, created_by_name)
    VALUES ('{n}180000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000',
        '{n}030000-0000-0000-0000-000000000000', 'electricity', 't', '2026-01-01', '2026-02-01', 'draft', 'vendor', now(), 'a');
INSERT INTO non_routine_event_steps (organisation_id, facility_id, event_id, at, by_name, party, step, state_after, note)
    VALUES ('{n}010000-0000-0000-0000-000000000000', '{n}030000-0000-0000-0000-000000000000',
        '{n}180000-0000-0000-0000-000000000000', now(), 'a', 'vendor', 'create', 'draft', 'n');
INSERT INTO crop_plan (id, organisation_id, facility_id, zone_id, from_day, stage, canopy_m2, photoperiod_h, ppfd, created_at)
    VALUES ('{n}110000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000',
        '{n}030000-0000-0000-0000-000000000000', '{n}040000-0000-0000-0000-000000000000', '2026-01-01', 'veg', 1, 18, 400, now());
INSERT INTO harvests (id, organisation_id, facility_id, zone_id, day, crop, cycle, wet_g, created_at)
    VALUES ('{n}120000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000',
        '{n}030000-0000-0000-0000-000000000000', '{n}040000-0000-0000-0000-000000000000', '2026-01-01', 'c', '1', 1, now());
INSERT INTO equipment (id, organisation_id, facility_id, kind, name, quantity, created_at)
    VALUES ('{n}130000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000',
        '{n}030000-0000-0000-0000-000000000000', 'luminaire', 'L', 1, now());
INSERT INTO tariffs (id, organisation_id, facility_id, metric_type, terms, created_by_name, created_at)
    VALUES ('{n}140000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000',
        '{n}030000-0000-0000-0000-000000000000', 'electricity', '{}', 'P', now());
INSERT INTO savings_due (organisation_id, facility_id, day, reason)
    VALUES ('{n}010000-0000-0000-0000-000000000000', '{n}030000-0000-0000-0000-000000000000', '2026-01-01', 'readings');
INSERT INTO savings_intervals (facility_id, metric_type, start_at, end_at, organisation_id, day, baseline_id, quality)
    VALUES ('{n}030000-0000-0000-0000-000000000000', 'electricity', '2026-01-01Z', '2026-01-01 00:15Z',
        '{n}010000-0000-0000-0000-000000000000', '2026-01-01', '{n}0b0000-0000-0000-0000-000000000000', 'measured');
INSERT INTO derivations (id, organisation_id, facility_id, day, metric_type, revision, engine_version, inputs, inputs_sha256,
        result, reason, computed_at)
    VALUES ('{n}0e0000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000',
        '{n}030000-0000-0000-0000-000000000000', '2026-01-01', 'electricity', 1, '0', '{}', '\x00', '{}', 'closed', now());
INSERT INTO performance_metrics (facility_id, day, metric_type, organisation_id, unit, currency, coverage, state, computed_at)
    VALUES ('{n}030000-0000-0000-0000-000000000000', '2026-01-01', 'electricity',
        '{n}010000-0000-0000-0000-000000000000', 'kWh', 'USD', 1, 'provisional', now());
INSERT INTO import_mappings (facility_id, fingerprint, organisation_id, settings, updated_at)
    VALUES ('{n}030000-0000-0000-0000-000000000000', '\x00', '{n}010000-0000-0000-0000-000000000000',
        '{}', now());
INSERT INTO api_tokens (id, organisation_id, user_id, created_by_name, name, scopes, facility_id, prefix, secret_sha256,
        created_at, expires_at)
    VALUES ('{n}160000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000',
        '{n}020000-0000-0000-0000-000000000000', 'P', 'T', ARRAY['baselines:read'], '{n}030000-0000-0000-0000-000000000000',
        'gs_', decode(repeat('{n}', 32), 'hex'), now(), now() + interval '30 days');
INSERT INTO api_requests (token_id, key, organisation_id, facility_id, body_sha256, answer, created_at)
    VALUES ('{n}160000-0000-0000-0000-000000000000', 'k', '{n}010000-0000-0000-0000-000000000000',
        '{n}030000-0000-0000-0000-000000000000', '\x00', '{}', now());
INSERT INTO audit_events (organisation_id, height, at, actor, action, subject, facility_id, detail, previous_hash, hash)
    VALUES ('{n}010000-0000-0000-0000-000000000000', 1, now(), 'a', 'b.c', 'd', '{n}030000-0000-0000-0000-000000000000',
        '{}', '\x00', '\x00');
INSERT INTO reports (id, organisation_id, facility_id, from_day, until_day, style, report, pdf_sha256, created_by_name, created_at)
    VALUES ('{n}190000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000',
        '{n}030000-0000-0000-0000-000000000000', '2026-01-01', '2026-02-01', '{}', '{}', '\x00', 'a', now());
INSERT INTO report_bundles (report_id, organisation_id, facility_id, archive, sha256)
    VALUES ('{n}190000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000',
        '{n}030000-0000-0000-0000-000000000000', '\x00', '\x00');
INSERT INTO alert_rules (id, organisation_id, facility_id, kind, minutes, critical, tell, created_by_name, created_at)
    VALUES ('{n}1a0000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000',
        '{n}030000-0000-0000-0000-000000000000', 'silent', 15, false, 'operations', 'a', now());
INSERT INTO alert_episodes (id, organisation_id, facility_id, rule_id, since)
    VALUES ('{n}1b0000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000',
        '{n}030000-0000-0000-0000-000000000000', '{n}1a0000-0000-0000-0000-000000000000', now());
INSERT INTO alert_mails (id, organisation_id, facility_id, episode_id, about, recipient, subject, body, due_at)
    VALUES ('{n}1c0000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000',
        '{n}030000-0000-0000-0000-000000000000', '{n}1b0000-0000-0000-0000-000000000000', 'fired', 'a@example.com', 's', 'b', now());
INSERT INTO report_schedules (id, organisation_id, facility_id, day, tell, style, next_month, due_at, created_by, created_by_name, created_at)
    VALUES ('{n}1d0000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000',
        '{n}030000-0000-0000-0000-000000000000', 2, ARRAY['owner'], '{}', '2026-01-01', now(),
        '{n}020000-0000-0000-0000-000000000000', 'P', now());
INSERT INTO webhook_endpoints (id, organisation_id, url, description, events, secret, state, created_by_name, created_at)
    VALUES ('{n}1e0000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000', 'https://a', 'd', ARRAY['report.made'],
        'whsec_', 'on', 'P', now());
INSERT INTO webhook_deliveries (id, organisation_id, endpoint_id, event, payload, created_at, state, due_at)
    VALUES ('{n}1f0000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000',
        '{n}1e0000-0000-0000-0000-000000000000', 'report.made', '{}', now(), 'waiting', now());
INSERT INTO webhook_events (id, organisation_id, event, payload, created_at)
    VALUES ('{n}210000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000', 'report.made', '{}', now());
INSERT INTO webhook_attempts (id, organisation_id, delivery_id, at, took_ms)
    VALUES ('{n}200000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000',
        '{n}1f0000-0000-0000-0000-000000000000', now(), 1);
INSERT INTO jobs (id, organisation_id, facility_id, person_id, person_name, work, state, due_at, created_at, expires_at)
    VALUES ('{n}300000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000', '{n}030000-0000-0000-0000-000000000000',
        '{n}020000-0000-0000-0000-000000000000', 'P', '{}', 'queued', now(), now(), now());
INSERT INTO job_chunks (job_id, n, organisation_id, facility_id, person_id, bytes)
    VALUES ('{n}300000-0000-0000-0000-000000000000', 0, '{n}010000-0000-0000-0000-000000000000',
        '{n}030000-0000-0000-0000-000000000000', '{n}020000-0000-0000-0000-000000000000', '\x00');
INSERT INTO report_templates (id, organisation_id, name, style, choices, created_by_name, created_at)
    VALUES ('{n}310000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000', 'n', '{}', '{}', 'P', now());
INSERT INTO notes (id, organisation_id, facility_id, start_day, until_day, text, affects_baseline, created_at, created_by_name)
    VALUES ('{n}320000-0000-0000-0000-000000000000', '{n}010000-0000-0000-0000-000000000000', '{n}030000-0000-0000-0000-000000000000',
        '2026-01-01', '2026-01-02', 't', false, now(), 'P');
