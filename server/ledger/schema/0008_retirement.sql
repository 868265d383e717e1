-- Retiring old partitions: what stays of a period whose rows are dropped.
--
-- A border is an id: rows below the newest border are retired, whether their partitions are still
-- there or not. Rounds, decisions and wagers go by their chain, requests by their session,
-- transfers by themselves. A transfer never comes before its chain, so what causes it is never
-- retired after it.
--
-- The order, each step to be gone on with after a crash (server/ledger/retirement.py):
-- `retire_sessions` and `retire_chains` end what is left over, `retire_fence` keeps new rows out of
-- the period, `retire_close` writes what stays, and then partitions are detached and dropped.

CREATE TABLE legal_hold (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    player bigint NOT NULL REFERENCES player,
    reason text NOT NULL CHECK (reason <> ''),
    imposed_by text NOT NULL CHECK (imposed_by <> ''),
    starts_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ends_at timestamptz NOT NULL DEFAULT 'infinity',
    CHECK (starts_at < ends_at)
);
CREATE INDEX legal_hold_player ON legal_hold (player);
COMMENT ON TABLE legal_hold IS 'players whose rows are kept beyond the retention (K1)';

CREATE TABLE legal_hold_release (
    hold bigint PRIMARY KEY REFERENCES legal_hold,
    reason text NOT NULL CHECK (reason <> ''),
    released_by text NOT NULL CHECK (released_by <> ''),
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE retirement (
    border bigint PRIMARY KEY,
    low bigint NOT NULL CHECK (low < border),
    last_period integer NOT NULL UNIQUE,
    closed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    closed_by text NOT NULL DEFAULT session_user,
    rounds bigint NOT NULL,
    wagers bigint NOT NULL,
    transfers bigint NOT NULL,
    requests bigint NOT NULL
);
COMMENT ON TABLE retirement IS 'ids from low up to border are retired; what they came to was written with this row';

-- Balances can still be proved (E13): a balance is its closing balances and the transfers left.
CREATE TABLE closing_balance (
    account bigint NOT NULL,
    border bigint NOT NULL REFERENCES retirement,
    debits numeric NOT NULL CHECK (debits >= 0),
    credits numeric NOT NULL CHECK (credits >= 0),
    PRIMARY KEY (account, border)
);
COMMENT ON TABLE closing_balance IS 'what the retired transfers took from and gave to an account';

CREATE TABLE closing_transfer (
    border bigint NOT NULL REFERENCES retirement,
    kind smallint NOT NULL,
    currency smallint NOT NULL,
    test boolean NOT NULL,
    gaming_day date NOT NULL,
    transfers bigint NOT NULL,
    amount numeric NOT NULL,
    PRIMARY KEY (border, kind, currency, test, gaming_day)
);

CREATE TABLE closing_wager (
    border bigint NOT NULL REFERENCES retirement,
    game_version integer NOT NULL,
    currency smallint NOT NULL,
    test boolean NOT NULL,
    gaming_day date NOT NULL,
    wagers bigint NOT NULL,
    stake numeric NOT NULL,
    payout numeric NOT NULL,
    stake_squares numeric NOT NULL,
    payout_squares numeric NOT NULL,
    PRIMARY KEY (border, game_version, currency, test, gaming_day)
);
COMMENT ON TABLE closing_wager IS 'the retired wagers, void ones left out';

-- Rows that outlive their partition: those of players under legal hold, and accepted requests for
-- rounds that are not retired yet. Copied whole, so the record's own keys hold here too.
CREATE TABLE kept_round (LIKE round INCLUDING ALL);
CREATE TABLE kept_round_input (LIKE round_input INCLUDING ALL);
CREATE TABLE kept_wager (LIKE wager INCLUDING ALL);
CREATE TABLE kept_transfer (LIKE transfer INCLUDING ALL);
CREATE TABLE kept_request (LIKE request INCLUDING ALL);

CREATE FUNCTION refuse_retired() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Of the class that the queue takes for the fault of one item.
    RAISE EXCEPTION 'the period of this row of % is retired', TG_TABLE_NAME
        USING ERRCODE = 'check_violation';
END
$$;

-- The id at which a period ends.
CREATE FUNCTION period_end(p_period integer) RETURNS bigint
LANGUAGE sql IMMUTABLE SET search_path = croupier, pg_temp
RETURN id_at(timestamptz '2026-01-01 00:00:00+00' + (p_period + 1) * interval '672 hours');

-- Partitions of periods up to this one that are still there, attached or not.
CREATE FUNCTION retired_tables(p_period integer)
RETURNS TABLE (parent text, child text, attached boolean, pending boolean, fenced boolean)
LANGUAGE sql STABLE SET search_path = croupier, pg_temp AS $$
    SELECT p.name, c.relname::text, i.inhrelid IS NOT NULL, coalesce(i.inhdetachpending, false),
        EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'retired')
    FROM unnest(ARRAY['request', 'transfer', 'wager', 'round_input', 'round']) WITH ORDINALITY
        AS p (name, place)
    CROSS JOIN generate_series(0, p_period) AS number
    JOIN pg_class c ON c.oid = to_regclass('croupier.' || partition_name(p.name, number))
    LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
    ORDER BY number, p.place
$$;

-- What keeps the periods up to this one from being retired: one line each, none if nothing does.
-- Asked in advance, it leaves out what is put in order first, sessions too if they are to be ended.
CREATE FUNCTION retire_obstacles(
    p_period integer, p_younger_than timestamptz, p_in_advance boolean DEFAULT false,
    p_end_sessions boolean DEFAULT false
) RETURNS SETOF text
LANGUAGE plpgsql STABLE SET search_path = croupier, pg_temp AS $$
DECLARE
    v_border bigint := period_end(p_period);
    v_low bigint := coalesce((SELECT max(border) FROM retirement), 0);
    v_count bigint;
    v_first text;
BEGIN
    IF id_time(v_border) > clock_timestamp() THEN
        RETURN NEXT format('its end, %s UTC, is still to come',
            to_char(id_time(v_border) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'));
    END IF;
    SELECT count(*), min(chain || '-' || n) INTO v_count, v_first FROM open_round
        WHERE chain < v_border;
    IF v_count > 0 THEN
        RETURN NEXT format('open rounds (%s, one is %s)', v_count, v_first);
    END IF;
    SELECT count(*), min(s.id::text) INTO v_count, v_first FROM session s
        WHERE s.ended_at IS NULL AND NOT p_end_sessions AND (s.id < v_border OR EXISTS (
            SELECT FROM request r WHERE r.session = s.id AND r.chain < v_border));
    IF v_count > 0 THEN
        RETURN NEXT format('open sessions (%s, one is %s)', v_count, v_first);
    END IF;
    SELECT count(*), min(c.id::text) INTO v_count, v_first FROM chain c
        WHERE c.id < v_border AND c.retired_at IS NULL AND NOT (p_in_advance
            AND c.account IS NOT NULL AND (p_end_sessions OR NOT EXISTS (
                SELECT FROM session s WHERE s.account = c.account AND s.ended_at IS NULL)));
    IF v_count > 0 THEN
        RETURN NEXT format('chains in use (%s, one is %s)', v_count, v_first);
    END IF;
    SELECT count(*) INTO v_count FROM batch b JOIN projection p ON p.name = 'house'
        WHERE b.id < v_border AND (b.xid, b.id) > (p.xid, p.id) AND NOT p_in_advance;
    IF v_count > 0 THEN
        RETURN NEXT format('batches not yet folded into the house''s result (%s)', v_count);
    END IF;
    SELECT chain || '-' || n INTO v_first FROM round
        WHERE chain >= v_low AND chain < v_border AND ended_at > p_younger_than LIMIT 1;
    IF FOUND THEN
        RETURN NEXT format('rounds that ended within the retention (one is %s)', v_first);
    END IF;
    PERFORM FROM request WHERE session >= v_low AND session < v_border AND at > p_younger_than LIMIT 1;
    IF FOUND THEN
        RETURN NEXT 'requests made within the retention';
    END IF;
    SELECT id::text INTO v_first FROM transfer
        WHERE id >= v_low AND id < v_border AND at > p_younger_than LIMIT 1;
    IF FOUND THEN
        RETURN NEXT format('transfers within the retention (one is %s)', v_first);
    END IF;
    -- Two nodes' clocks were apart when a period ended. Retired together with the next it is whole.
    SELECT id::text INTO v_first FROM transfer
        WHERE id >= v_low AND id < v_border AND chain >= v_border LIMIT 1;
    IF FOUND THEN
        RETURN NEXT format('a transfer of a chain from after it (%s): name a later date', v_first);
    END IF;
END
$$;

-- Ends open sessions that the period's end would cut through; returns how many. The account fences
-- what they still send. A session that is resumed at this moment waits for its account.
CREATE FUNCTION retire_sessions(p_period integer, p_most integer DEFAULT 200) RETURNS integer
LANGUAGE plpgsql SET search_path = croupier, pg_temp AS $$
DECLARE
    v_border bigint := period_end(p_period);
    v_accounts bigint[];
BEGIN
    SELECT array_agg(account) INTO v_accounts FROM (
        SELECT DISTINCT s.account FROM session s
        WHERE s.ended_at IS NULL AND (s.id < v_border
            OR EXISTS (SELECT FROM request r WHERE r.session = s.id AND r.chain < v_border)
            OR EXISTS (SELECT FROM chain c
                WHERE c.account = s.account AND c.id < v_border AND c.retired_at IS NULL))
        LIMIT p_most
    ) AS open;
    IF v_accounts IS NULL THEN
        RETURN 0;
    END IF;
    PERFORM lock_accounts(v_accounts);
    UPDATE session SET ended_at = clock_timestamp(), end_reason = 'retention'
    WHERE account = ANY (v_accounts) AND ended_at IS NULL;
    UPDATE account SET session_epoch = session_epoch + 1 WHERE id = ANY (v_accounts);
    RETURN cardinality(v_accounts);
END
$$;

-- Retires chains that nobody sits at any more; returns how many. The lock on the account keeps a
-- session from being opened meanwhile, which would find the chain still in use.
CREATE FUNCTION retire_chains(p_period integer, p_most integer DEFAULT 500) RETURNS integer
LANGUAGE plpgsql SET search_path = croupier, pg_temp AS $$
DECLARE
    v_border bigint := period_end(p_period);
    v_accounts bigint[];
    v_count integer;
BEGIN
    SELECT array_agg(account) INTO v_accounts FROM (
        SELECT DISTINCT c.account FROM chain c
        WHERE c.id < v_border AND c.retired_at IS NULL AND c.account IS NOT NULL
            AND NOT EXISTS (SELECT FROM open_round o WHERE o.chain = c.id)
            AND NOT EXISTS (SELECT FROM session s WHERE s.account = c.account AND s.ended_at IS NULL)
        LIMIT p_most
    ) AS idle;
    IF v_accounts IS NULL THEN
        RETURN 0;
    END IF;
    PERFORM lock_accounts(v_accounts);
    UPDATE chain c SET retired_at = clock_timestamp(), retired_for = 'retention'
    WHERE c.id < v_border AND c.retired_at IS NULL AND c.account = ANY (v_accounts)
        AND NOT EXISTS (SELECT FROM open_round o WHERE o.chain = c.id)
        AND NOT EXISTS (SELECT FROM session s WHERE s.account = c.account AND s.ended_at IS NULL);
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
END
$$;

-- Keeps new rows out of the periods up to this one. A round on an old chain must not open either:
-- it could never end. The locks stop writers for the moment that a trigger takes to make, and let go
-- soon if they are not had.
CREATE FUNCTION retire_fence(p_period integer) RETURNS void
LANGUAGE plpgsql SET search_path = croupier, pg_temp SET lock_timeout = '200ms' AS $$
DECLARE
    v_child text;
BEGIN
    LOCK TABLE open_round IN SHARE ROW EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM open_round WHERE chain < period_end(p_period)) THEN
        RAISE EXCEPTION 'a round of the period is open' USING ERRCODE = 'CR002';
    END IF;
    EXECUTE format('CREATE OR REPLACE TRIGGER retired BEFORE INSERT ON open_round FOR EACH ROW
        WHEN (NEW.chain < %s) EXECUTE FUNCTION refuse_retired()', period_end(p_period));
    FOR v_child IN SELECT child FROM retired_tables(p_period) WHERE NOT fenced LOOP
        EXECUTE format('CREATE TRIGGER retired BEFORE INSERT ON %I
            FOR EACH ROW EXECUTE FUNCTION refuse_retired()', v_child);
    END LOOP;
END
$$;

-- Writes all that stays of the periods up to this one. Committed, they are retired.
CREATE FUNCTION retire_close(p_period integer, p_younger_than timestamptz)
RETURNS retirement LANGUAGE plpgsql SET search_path = croupier, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
    v_border bigint := period_end(p_period);
    v_low bigint := coalesce((SELECT max(border) FROM retirement), 0);
    v_obstacle text;
    v_players bigint[];
    v_row retirement;
BEGIN
    IF EXISTS (SELECT FROM retired_tables(p_period) WHERE NOT fenced) THEN
        RAISE EXCEPTION 'the period is not fenced' USING ERRCODE = 'CR002';
    END IF;
    -- Its rows would be dropped and stand in no closing row.
    SELECT child INTO v_obstacle FROM retired_tables(p_period) WHERE NOT attached OR pending LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'a table that was detached by hand (%)', v_obstacle USING ERRCODE = 'CR002';
    END IF;
    SELECT o INTO v_obstacle FROM retire_obstacles(p_period, p_younger_than) AS o LIMIT 1;
    IF v_obstacle IS NOT NULL THEN
        RAISE EXCEPTION '%', v_obstacle USING ERRCODE = 'CR002';
    END IF;
    -- A hold that is imposed now waits, and then finds nothing that it could have kept.
    LOCK TABLE legal_hold, legal_hold_release IN SHARE MODE;
    INSERT INTO retirement (border, low, last_period, rounds, wagers, transfers, requests)
    VALUES (v_border, v_low, p_period,
        (SELECT count(*) FROM round WHERE chain >= v_low AND chain < v_border),
        (SELECT count(*) FROM wager WHERE chain >= v_low AND chain < v_border),
        (SELECT count(*) FROM transfer WHERE id >= v_low AND id < v_border),
        (SELECT count(*) FROM request WHERE session >= v_low AND session < v_border))
    RETURNING * INTO v_row;

    INSERT INTO closing_balance (account, border, debits, credits)
    SELECT m.account, v_border, sum(m.debit), sum(m.credit)
    FROM transfer t CROSS JOIN LATERAL (VALUES (t.debit, t.amount, 0), (t.credit, 0, t.amount))
        AS m (account, debit, credit)
    WHERE t.id >= v_low AND t.id < v_border GROUP BY 1;

    INSERT INTO closing_transfer (border, kind, currency, test, gaming_day, transfers, amount)
    SELECT v_border, kind, account_currency(debit), account_test(debit), gaming_day, count(*),
        sum(amount)
    FROM transfer WHERE id >= v_low AND id < v_border GROUP BY 2, 3, 4, 5;

    INSERT INTO closing_wager (border, game_version, currency, test, gaming_day, wagers, stake,
        payout, stake_squares, payout_squares)
    SELECT v_border, r.game_version, account_currency(w.account), account_test(w.account),
        w.gaming_day, count(*), sum(w.stake), sum(w.payout), sum(w.stake::numeric * w.stake),
        sum(w.payout::numeric * w.payout)
    FROM wager w LEFT JOIN round r ON r.chain = w.chain AND r.n = w.n
    WHERE w.chain >= v_low AND w.chain < v_border AND r.void_cause IS NULL GROUP BY 2, 3, 4, 5;

    SELECT coalesce(array_agg(DISTINCT h.player), '{}') INTO v_players FROM legal_hold h
    WHERE h.ends_at > clock_timestamp()
        AND NOT EXISTS (SELECT FROM legal_hold_release e WHERE e.hold = h.id);
    INSERT INTO kept_wager SELECT * FROM wager
    WHERE chain >= v_low AND chain < v_border AND account_owner(account) = ANY (v_players);
    INSERT INTO kept_round SELECT r.* FROM round r WHERE r.chain >= v_low AND r.chain < v_border
        AND EXISTS (SELECT FROM kept_wager w WHERE w.chain = r.chain AND w.n = r.n);
    INSERT INTO kept_round_input SELECT i.* FROM round_input i
    WHERE i.chain >= v_low AND i.chain < v_border
        AND EXISTS (SELECT FROM kept_wager w WHERE w.chain = i.chain AND w.n = i.n);
    INSERT INTO kept_transfer SELECT * FROM transfer WHERE id >= v_low AND id < v_border
        AND (account_owner(debit) = ANY (v_players) OR account_owner(credit) = ANY (v_players));
    INSERT INTO kept_request SELECT r.* FROM request r
    WHERE r.session >= v_low AND r.session < v_border AND (r.verdict = 0 AND r.chain >= v_border
        OR EXISTS (SELECT FROM session s WHERE s.id = r.session AND s.player = ANY (v_players)));

    -- What was kept at an earlier retirement and need not be any more.
    DELETE FROM kept_wager WHERE account_owner(account) <> ALL (v_players);
    DELETE FROM kept_round r
    WHERE NOT EXISTS (SELECT FROM kept_wager w WHERE w.chain = r.chain AND w.n = r.n);
    DELETE FROM kept_round_input i
    WHERE NOT EXISTS (SELECT FROM kept_wager w WHERE w.chain = i.chain AND w.n = i.n);
    DELETE FROM kept_transfer
    WHERE account_owner(debit) <> ALL (v_players) AND account_owner(credit) <> ALL (v_players);
    DELETE FROM kept_request r WHERE (r.verdict <> 0 OR r.chain < v_border)
        AND NOT EXISTS (SELECT FROM session s WHERE s.id = r.session AND s.player = ANY (v_players));
    RETURN v_row;
END
$$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['legal_hold', 'legal_hold_release', 'retirement', 'closing_balance',
        'closing_transfer', 'closing_wager'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON croupier.%I
            FOR EACH ROW EXECUTE FUNCTION croupier.refuse_change()', name);
    END LOOP;
    -- What was kept is deleted once nothing demands it any more, and never altered.
    FOREACH name IN ARRAY ARRAY['kept_round', 'kept_round_input', 'kept_wager', 'kept_transfer',
        'kept_request'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE ON croupier.%I
            FOR EACH ROW EXECUTE FUNCTION croupier.refuse_change()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['legal_hold', 'legal_hold_release', 'retirement', 'closing_balance',
        'closing_transfer', 'closing_wager', 'kept_round', 'kept_round_input', 'kept_wager',
        'kept_transfer', 'kept_request'] LOOP
        EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON croupier.%I
            FOR EACH STATEMENT EXECUTE FUNCTION croupier.refuse_change()', name);
    END LOOP;
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA croupier FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA croupier FROM PUBLIC;
GRANT SELECT ON legal_hold, legal_hold_release, retirement, closing_balance, closing_transfer,
    closing_wager, kept_round, kept_round_input, kept_wager, kept_transfer, kept_request
TO croupier_app, croupier_report;
