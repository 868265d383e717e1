-- What `bench.filling` runs on its own connection to write a made-up history; all of it is
-- temporary and goes with the connection.
--
-- A chunk is up to 500 chains played side by side: in step n each of them plays its round n, and the
-- step is one batch. Ids are as the server makes them, of a node that no server is.

CREATE FUNCTION pg_temp.history_id(ms bigint, number bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE RETURN (ms << 22) | (255::bigint << 14) | (number << 2);

CREATE TEMPORARY TABLE history_chain (
    number bigint PRIMARY KEY,
    chain bigint NOT NULL,
    session bigint NOT NULL,
    player bigint NOT NULL,
    account bigint NOT NULL,
    -- how many chains this account has played before
    earlier bigint NOT NULL
);
CREATE TEMPORARY TABLE history_step (
    n integer PRIMARY KEY,
    ms bigint NOT NULL,
    at timestamptz NOT NULL,
    day date NOT NULL,
    payout bigint NOT NULL
);

-- Opens `p_accounts` accounts of new players, with their play money, as they are when the whole
-- history has been played. Returns the first player's number.
CREATE FUNCTION pg_temp.history_open(
    p_accounts bigint, p_chains bigint, p_start_ms bigint, p_opening bigint,
    p_stake bigint, p_win bigint, p_rounds integer
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_first bigint;
    v_last bigint;
    v_currency constant integer := 978;
BEGIN
    WITH made AS (
        INSERT INTO player (test) SELECT true FROM generate_series(1, p_accounts) RETURNING id
    ) SELECT min(id), max(id) INTO v_first, v_last FROM made;
    IF v_last - v_first + 1 <> p_accounts THEN
        RAISE EXCEPTION 'somebody else signs players up meanwhile';
    END IF;
    INSERT INTO account (id, owner, kind, currency, test, balance)
    SELECT account_id(0, kind, v_currency, true), 0, kind, 'EUR', true, NULL
    FROM unnest(ARRAY[16, 17]) AS kind ON CONFLICT DO NOTHING;
    INSERT INTO account (id, owner, kind, currency, test, balance, version, session_epoch, gaming_day)
    SELECT account_id(v_first + a, 1, v_currency, true), v_first + a, 1, 'EUR', true,
        p_opening - played * (p_rounds * p_stake - p_rounds / 4 * p_win),
        1 + played * p_rounds, played, (clock_timestamp() AT TIME ZONE 'UTC')::date
    FROM generate_series(0, p_accounts - 1) AS a,
        LATERAL (SELECT p_chains / p_accounts + (a < p_chains % p_accounts)::integer AS played) AS c;
    INSERT INTO account (id, owner, kind, currency, test, balance)
    SELECT account_id(v_first + a, 2, v_currency, true), v_first + a, 2, 'EUR', true, NULL
    FROM generate_series(0, p_accounts - 1) AS a;
    -- Ids of another node than the rounds', because they share their milliseconds.
    INSERT INTO transfer (id, debit, credit, amount, kind, seat, gaming_day, at)
    SELECT id, (17 << 11) | (account & 2047), account, p_opening, 5, 0,
        (id_time(id) AT TIME ZONE 'UTC')::date, id_time(id)
    FROM generate_series(0, p_accounts - 1) AS a, LATERAL (
        SELECT ((p_start_ms + a / 4096) << 22) | (254::bigint << 14) | ((a % 4096) << 2) AS id,
            account_id(v_first + a, 1, v_currency, true) AS account
    ) AS made;
    INSERT INTO funding (transfer, account, amount, reason, actor, at)
    SELECT id, credit, amount, 'play money at sign-up', 'bench', at FROM transfer
    WHERE kind = 5 AND credit BETWEEN account_id(v_first, 1, 0, false)
        AND account_id(v_last + 1, 1, 0, false);
    RETURN v_first;
END
$$;

-- Plays one chunk: `p_chains` chains from the `p_first`-th on, over `p_ms` milliseconds.
CREATE FUNCTION pg_temp.history_chunk(
    p_first bigint, p_chains bigint, p_player bigint, p_accounts bigint, p_version integer,
    p_start_ms bigint, p_ms bigint, p_opening bigint, p_stake bigint, p_win bigint, p_rounds integer
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_loss constant bigint := p_rounds * p_stake - p_rounds / 4 * p_win;
    v_started constant timestamptz := id_time(p_start_ms << 22);
    v_ended constant timestamptz := id_time((p_start_ms + p_ms) << 22);
BEGIN
    TRUNCATE history_chain, history_step;
    INSERT INTO history_chain
    SELECT i, pg_temp.history_id(p_start_ms, i), pg_temp.history_id(p_start_ms, 1024 + i),
        p_player + g % p_accounts, account_id(p_player + g % p_accounts, 1, 978, true),
        g / p_accounts
    FROM generate_series(0, p_chains - 1) AS i, LATERAL (SELECT p_first + i AS g) AS numbered;
    INSERT INTO history_step
    SELECT n, ms, id_time(ms << 22), (id_time(ms << 22) AT TIME ZONE 'UTC')::date,
        CASE WHEN n % 4 = 0 THEN p_win ELSE 0 END
    FROM generate_series(1, p_rounds) AS n,
        LATERAL (SELECT p_start_ms + n * (p_ms / (p_rounds + 1)) AS ms) AS timed;

    INSERT INTO session (id, player, account, epoch, token, client, started_at, ended_at, end_reason)
    SELECT session, player, account, earlier + 1, sha256(int8send(session)), 'bench', v_started,
        v_ended, 'bye'
    FROM history_chain ORDER BY number;
    INSERT INTO chain (id, seating, account, game_version, commitment, secret, key_id, length,
        created_at, retired_at, retired_for)
    SELECT chain, chain, account, p_version, sha256(int8send(chain)), sha512(int8send(chain)), '1',
        p_rounds, v_started, v_ended, 'used up'
    FROM history_chain ORDER BY number;

    INSERT INTO request (session, id, digest, verdict, step, n, chain, balance, held, version, at)
    SELECT session, n + 2, decode(md5(n::text), 'hex'), 0, 0, n, chain,
        p_opening - earlier * v_loss - n * p_stake + n / 4 * p_win, 0,
        1 + earlier * p_rounds + n, at
    FROM history_step, history_chain ORDER BY n, number;
    INSERT INTO round (chain, n, game_version, client_seeds, steps, void_cause, ended_at)
    SELECT chain, n, p_version, '\x0010'::bytea || decode(md5(n::text), 'hex'), 0, NULL, at
    FROM history_step, history_chain ORDER BY n, number;
    INSERT INTO wager (chain, n, seat, account, session, request, stake, payout, bets, gaming_day,
        settled_at, settlement)
    SELECT chain, n, 0, account, session, n + 2, p_stake, payout, '\x81a57374616b6564', day, at,
        pg_temp.history_id(ms, number)
    FROM history_step, history_chain ORDER BY n, number;
    INSERT INTO transfer (id, debit, credit, amount, kind, seat, n, chain, gaming_day, at)
    SELECT pg_temp.history_id(ms, number), account, (16 << 11) | (account & 2047), p_stake, 1, 0, n,
        chain, day, at
    FROM history_step, history_chain ORDER BY n, number;
    INSERT INTO transfer (id, debit, credit, amount, kind, seat, n, chain, gaming_day, at)
    SELECT pg_temp.history_id(ms, number) + 2, (16 << 11) | (account & 2047), account, payout, 2, 0,
        n, chain, day, at
    FROM history_step, history_chain WHERE payout > 0 ORDER BY n, number;

    INSERT INTO batch (id, xid, node, epoch, items, at)
    SELECT pg_temp.history_id(ms, 2048), pg_current_xact_id(), 1, 0, p_chains, at
    FROM history_step ORDER BY n;
    INSERT INTO batch_total (batch, game_version, currency, test, gaming_day, wagers, stake, payout,
        stake_squares, payout_squares)
    SELECT pg_temp.history_id(ms, 2048), p_version, 978, true, day, p_chains, p_chains * p_stake,
        p_chains * payout, p_chains * p_stake * p_stake, p_chains * payout * payout
    FROM history_step ORDER BY n;
    INSERT INTO play_hour (account, hour, stake, payout, worst)
    SELECT account, hour, stake, payout, stake FROM history_chain, (
        SELECT floor(extract(epoch FROM at) / 3600)::bigint AS hour, count(*) * p_stake AS stake,
            sum(payout)::bigint AS payout
        FROM history_step GROUP BY 1
    ) AS hours ORDER BY hour, number
    ON CONFLICT (account, hour) DO UPDATE SET stake = play_hour.stake + excluded.stake,
        payout = play_hour.payout + excluded.payout, worst = play_hour.worst + excluded.worst;
END
$$;
