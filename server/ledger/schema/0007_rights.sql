-- Rights: the server executes functions and reads; only the owner migrates; reports only read.

INSERT INTO currency (number, code, exponent, name) VALUES
    (8, 'ALL', 2, 'Lek'),
    (32, 'ARS', 2, 'Argentine peso'),
    (36, 'AUD', 2, 'Australian dollar'),
    (48, 'BHD', 3, 'Bahraini dinar'),
    (52, 'BBD', 2, 'Barbados dollar'),
    (124, 'CAD', 2, 'Canadian dollar'),
    (152, 'CLP', 0, 'Chilean peso'),
    (156, 'CNY', 2, 'Yuan renminbi'),
    (170, 'COP', 2, 'Colombian peso'),
    (203, 'CZK', 2, 'Czech koruna'),
    (208, 'DKK', 2, 'Danish krone'),
    (344, 'HKD', 2, 'Hong Kong dollar'),
    (348, 'HUF', 2, 'Forint'),
    (352, 'ISK', 0, 'Iceland krona'),
    (356, 'INR', 2, 'Indian rupee'),
    (376, 'ILS', 2, 'New Israeli sheqel'),
    (392, 'JPY', 0, 'Yen'),
    (398, 'KZT', 2, 'Tenge'),
    (400, 'JOD', 3, 'Jordanian dinar'),
    (404, 'KES', 2, 'Kenyan shilling'),
    (410, 'KRW', 0, 'Won'),
    (414, 'KWD', 3, 'Kuwaiti dinar'),
    (446, 'MOP', 2, 'Pataca'),
    (458, 'MYR', 2, 'Malaysian ringgit'),
    (484, 'MXN', 2, 'Mexican peso'),
    (498, 'MDL', 2, 'Moldovan leu'),
    (512, 'OMR', 3, 'Rial omani'),
    (554, 'NZD', 2, 'New Zealand dollar'),
    (566, 'NGN', 2, 'Naira'),
    (578, 'NOK', 2, 'Norwegian krone'),
    (604, 'PEN', 2, 'Sol'),
    (608, 'PHP', 2, 'Philippine peso'),
    (702, 'SGD', 2, 'Singapore dollar'),
    (704, 'VND', 0, 'Dong'),
    (710, 'ZAR', 2, 'Rand'),
    (752, 'SEK', 2, 'Swedish krona'),
    (756, 'CHF', 2, 'Swiss franc'),
    (764, 'THB', 2, 'Baht'),
    (784, 'AED', 2, 'UAE dirham'),
    (788, 'TND', 3, 'Tunisian dinar'),
    (826, 'GBP', 2, 'Pound sterling'),
    (840, 'USD', 2, 'US dollar'),
    (858, 'UYU', 2, 'Peso uruguayo'),
    (936, 'GHS', 2, 'Ghana cedi'),
    (941, 'RSD', 2, 'Serbian dinar'),
    (944, 'AZN', 2, 'Azerbaijan manat'),
    (946, 'RON', 2, 'Romanian leu'),
    (949, 'TRY', 2, 'Turkish lira'),
    (978, 'EUR', 2, 'Euro'),
    (980, 'UAH', 2, 'Hryvnia'),
    (981, 'GEL', 2, 'Lari'),
    (985, 'PLN', 2, 'Zloty'),
    (986, 'BRL', 2, 'Brazilian real');

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA croupier FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA croupier FROM PUBLIC;
GRANT USAGE ON SCHEMA croupier TO croupier_app, croupier_report;

GRANT SELECT ON ALL TABLES IN SCHEMA croupier TO croupier_app;
GRANT EXECUTE ON FUNCTION
    account_id, account_owner, account_kind, account_currency, account_test, id_at, id_time,
    partitions_ensure, partitions_until, settle, request_refuse, gate_refresh, limit_set, exclusion_add,
    demo_sign_up, session_open, session_resume, session_confirm, session_end, tickets_expire,
    node_start, node_beat, game_version_pin, chains_start, chain_retire, round_failed, round_replayed, site_set,
    house_fold
TO croupier_app;

-- Reports see no secret of a chain, no token and no ticket.
GRANT SELECT ON
    account, account_kind, currency, site, player, play_hour, player_limit, exclusion,
    game_version, node, node_heartbeat, open_round, hold, round, round_input, wager, transfer,
    transfer_kind, funding, request, batch, batch_total, house_total, projection
TO croupier_report;
GRANT SELECT (id, seating, account, game_version, commitment, length, created_at, retired_at,
    retired_for) ON chain TO croupier_report;
GRANT SELECT (id, player, account, epoch, client, started_at, ended_at, end_reason)
    ON session TO croupier_report;
GRANT EXECUTE ON FUNCTION
    account_id, account_owner, account_kind, account_currency, account_test, id_at, id_time
TO croupier_report;
