-- croupier:expands
-- Rounds of live tables that an operator has to see to: those whose payment the database refuses are
-- parked, and an order to void one is on record before anything is done by it. And a round opens only
-- as the next of a chain that is in use.

ALTER TABLE live_round ADD COLUMN parked_for text, ADD COLUMN void_ordered text;
COMMENT ON COLUMN live_round.parked_for IS 'what the database refused; beside open_round.parked';
COMMENT ON COLUMN live_round.void_ordered IS 'why an operator had it voided: whoever owns it goes on';

-- Whether a round is the next of a chain of this table that is not retired.
CREATE FUNCTION live_round_due(p_table bigint, p_chain bigint, p_n integer) RETURNS boolean
LANGUAGE sql STABLE SET search_path = croupier, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM chain c WHERE c.id = p_chain AND c.seating = p_table AND c.account IS NULL
            AND c.retired_at IS NULL AND p_n <= c.length
            AND p_n = 1 + greatest(
                coalesce((SELECT max(x.n) FROM round x WHERE x.chain = p_chain), 0),
                coalesce((SELECT max(x.n) FROM open_round x WHERE x.chain = p_chain), 0)));
$$;

-- As before, and: no round opens on a chain that is retired or another table's, or as another than
-- the chain's next; and a round that was ordered void pays nobody.
CREATE OR REPLACE FUNCTION settle_live(
    p_node smallint, p_epoch bigint, p_batch bigint, p_items live_item[],
    OUT verdict smallint[], OUT balance bigint[], OUT held bigint[], OUT version bigint[]
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_epoch bigint;
    v_zone text;
    v_cutoff interval;
    v_locked bigint[];
    v_first_hour bigint;
    v_last_hour bigint;
    v_now timestamptz;
    v_hour bigint;
    v_day date;
    v_items live_decided[];
BEGIN
    -- The order of locks is the same everywhere: node, fences, rounds, chains,
    -- accounts.
    SELECT n.epoch, s.zone, s.day_cutoff INTO v_epoch, v_zone, v_cutoff
    FROM node n LEFT JOIN site s ON s.one WHERE n.id = p_node FOR SHARE OF n;
    PERFORM FROM fence WHERE shared_table = ANY (ARRAY(SELECT i.table_id FROM unnest(p_items) AS i))
        ORDER BY shared_table FOR SHARE;
    PERFORM FROM live_round WHERE chain = ANY (ARRAY(
            SELECT i.chain FROM unnest(p_items) AS i
            UNION SELECT x.chain FROM unnest(p_items) AS i
            JOIN live_round x ON x.table_id = i.table_id WHERE i.kind = 12))
        ORDER BY chain FOR NO KEY UPDATE;
    -- So that none is retired between the look at it and the round that opens on it.
    PERFORM FROM chain WHERE id = ANY (ARRAY(
            SELECT i.chain FROM unnest(p_items) AS i WHERE i.kind IN (3, 12)))
        ORDER BY id FOR SHARE;
    SELECT coalesce(array_agg(id), '{}'), min(hour), max(hour)
    INTO v_locked, v_first_hour, v_last_hour FROM (
        SELECT id, hour FROM account
        WHERE id = ANY (ARRAY(SELECT i.account FROM unnest(p_items) AS i WHERE i.account > 0))
        ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
    ) AS locked;
    IF v_epoch IS DISTINCT FROM p_epoch THEN
        RAISE EXCEPTION 'node % is fenced: its epoch is not % any more', p_node, p_epoch
            USING ERRCODE = 'CR001';
    END IF;
    v_now := clock_timestamp();
    v_hour := floor(extract(epoch FROM v_now) / 3600);
    v_day := ((v_now AT TIME ZONE v_zone) - v_cutoff)::date;
    IF v_day IS NULL THEN
        RAISE EXCEPTION 'the site has no zone for its gaming days';
    END IF;
    IF v_first_hour <> v_hour OR v_last_hour <> v_hour THEN
        PERFORM roll_hours(v_locked, v_hour);
    END IF;

    WITH d AS (
        SELECT i.*, coalesce(h.amount, 0) AS had, a.gaming_day, o.step AS next_step,
            o.game_version AS open_version,
            i.kind = 1 OR i.kind IN (2, 11) AND i.step < 0 AS numbered,
            CASE
                WHEN r.session IS NOT NULL AND r.digest = i.digest THEN 10
                WHEN r.session IS NOT NULL THEN 11
                WHEN f.epoch IS DISTINCT FROM i.epoch THEN 20
                WHEN i.account > 0 AND a.balance IS NULL THEN 17
                WHEN i.account > 0 AND NOT i.account = ANY (v_locked) THEN 13
                WHEN i.kind IN (1, 2, 11) AND a.session_epoch IS DISTINCT FROM i.session_epoch
                    THEN 12
                WHEN i.kind = 3 THEN CASE
                    WHEN l.n = i.n AND l.table_id = i.table_id AND l.closed IS NULL THEN 10
                    WHEN l.chain IS NOT NULL OR o.chain IS NOT NULL
                        OR EXISTS (SELECT FROM live_round x WHERE x.table_id = i.table_id)
                        OR NOT live_round_due(i.table_id, i.chain, i.n) THEN 16
                    ELSE 0 END
                WHEN i.kind = 12 THEN CASE
                    WHEN l.n = i.n AND l.table_id = i.table_id THEN 10
                    WHEN NOT live_round_due(i.table_id, i.chain, i.n)
                        OR NOT EXISTS (SELECT FROM live_round x
                            WHERE x.table_id = i.table_id AND x.drawn IS NOT NULL
                            AND x.void_ordered IS NULL AND (
                                x.chain = i.chain AND x.n = i.n - 1
                                OR x.chain < i.chain AND i.n = 1 AND o.chain IS NULL)
                            AND NOT EXISTS (SELECT FROM wager w
                                WHERE w.chain = x.chain AND w.n = x.n AND w.stake = 0)) THEN 16
                    ELSE 0 END
                WHEN i.kind = 9
                    AND EXISTS (SELECT FROM round x WHERE x.chain = i.chain AND x.n = i.n) THEN 10
                WHEN i.kind IN (7, 8) AND h.account IS NULL AND EXISTS (
                    SELECT FROM wager w
                    WHERE w.chain = i.chain AND w.n = i.n AND w.seat = i.seat
                        AND w.account = i.account) THEN 10
                WHEN i.kind = 13 AND EXISTS (
                    SELECT FROM wager w
                    WHERE w.chain = i.chain AND w.n = i.n AND w.seat = i.seat
                        AND w.account = i.account) THEN 10
                WHEN l.n IS DISTINCT FROM i.n OR l.table_id IS DISTINCT FROM i.table_id
                    THEN CASE WHEN i.kind = 1 THEN 19 ELSE 15 END
                WHEN i.kind = 1 AND l.closed IS NOT NULL THEN 19
                WHEN i.kind = 1 AND h.account <> i.account THEN 15
                WHEN i.kind = 4 THEN CASE WHEN l.closed IS NULL THEN 0 ELSE 10 END
                WHEN i.kind = 5 THEN CASE WHEN l.drawn IS NOT NULL THEN 10
                    WHEN l.closed IS NULL THEN 15 ELSE 0 END
                WHEN i.kind = 6 AND EXISTS (
                    SELECT FROM round_input x WHERE x.chain = i.chain AND x.n = i.n
                        AND x.step = i.step AND x.platform AND x.decision = i.input) THEN 10
                WHEN i.kind IN (2, 6, 7, 11, 13) AND l.drawn IS NULL THEN 15
                WHEN i.kind IN (2, 7, 8, 11, 13) AND h.account IS DISTINCT FROM i.account
                    THEN 15
                WHEN i.kind = 13 AND (i.stake NOT BETWEEN 0 AND h.amount - 1
                    OR i.stake = 0 AND i.payout <> 0) THEN 15
                WHEN i.kind IN (2, 6, 11) AND i.step >= 0 AND i.step <> o.step THEN 15
                -- A round is paid or void, never both; and it ends closed, so that no bet of this
                -- very call is left behind.
                WHEN i.kind IN (7, 8, 9, 11, 13) AND EXISTS (
                    SELECT FROM wager w WHERE w.chain = i.chain AND w.n = i.n
                        AND (w.stake = 0) IS DISTINCT FROM CASE i.kind
                            WHEN 9 THEN i.reason IS NOT NULL ELSE i.kind = 8 END) THEN 15
                WHEN l.void_ordered IS NOT NULL AND (i.kind IN (2, 7, 11, 13)
                    OR i.kind = 9 AND i.reason IS NULL) THEN 15
                WHEN i.kind = 8 AND l.closed IS NULL THEN 15
                WHEN i.kind = 9 AND (l.closed IS NULL
                    OR EXISTS (SELECT FROM hold x WHERE x.chain = i.chain AND x.n = i.n)
                    OR i.reason IS NULL AND l.drawn IS NULL) THEN 15
                WHEN i.stake = 0 OR i.kind NOT IN (1, 2) THEN 0
                WHEN v_now >= a.gate_until THEN 14
                WHEN a.status = 1 THEN 2
                WHEN a.status = 2 THEN 3
                WHEN a.status = 3 THEN 17
                WHEN coalesce(h.amount, 0) + i.stake > a.stake_cap THEN 4
                WHEN i.stake > a.wager_room THEN 5
                WHEN i.stake > a.loss_room THEN 6
                WHEN i.stake > a.balance THEN 1
                ELSE 0
            END AS verdict
        FROM unnest(p_items) WITH ORDINALITY AS i (kind, table_id, epoch, session, request, digest,
            account, session_epoch, chain, n, step, seat, game_version, input, data, seats, stake,
            payout, transfer, ticked_ms, reason, place)
        LEFT JOIN account a ON a.id = i.account
        LEFT JOIN request r ON r.session = i.session AND r.id = i.request AND i.kind IN (1, 2, 11)
        LEFT JOIN fence f ON f.shared_table = i.table_id
        LEFT JOIN live_round l ON l.chain = i.chain
        LEFT JOIN open_round o ON o.chain = i.chain
        LEFT JOIN hold h ON h.chain = i.chain AND h.n = i.n AND h.seat = i.seat
    )
    SELECT array_agg(ROW(place, verdict, kind, table_id, session, request, digest, account, chain,
            n, step, seat, coalesce(open_version, game_version), input, data, seats,
            CASE WHEN kind = 13 THEN 0 ELSE stake END, payout, transfer, ticked_ms, reason,
            -- Bets, and decisions that need no turn, are numbered in the order that they came.
            CASE WHEN numbered THEN next_step - 1 + among ELSE step END,
            CASE WHEN kind = 13 THEN stake ELSE had END,
            CASE WHEN verdict <> 0 THEN 0 WHEN kind IN (1, 2) THEN -stake
                WHEN kind IN (7, 11, 13) THEN payout WHEN kind = 8 THEN had ELSE 0 END,
            CASE WHEN verdict <> 0 THEN 0 WHEN kind IN (1, 2) THEN stake
                WHEN kind IN (7, 8, 11) THEN -had WHEN kind = 13 THEN -stake ELSE 0 END,
            CASE WHEN verdict = 0 AND kind IN (7, 11, 13) THEN payout ELSE 0 END,
            greatest(gaming_day, v_day))::live_decided ORDER BY place)
    INTO v_items FROM (
        SELECT d.*, row_number() OVER (
            PARTITION BY chain, numbered AND verdict = 0 ORDER BY place) AS among
        FROM d
    ) AS d;

    PERFORM live_rounds(v_now, v_items);
    PERFORM live_money(v_now, v_hour, v_items);
    INSERT INTO batch (id, xid, node, epoch, items, at)
    VALUES (p_batch, pg_current_xact_id(), p_node, p_epoch, cardinality(p_items), v_now);
    INSERT INTO batch_total (batch, game_version, currency, test, gaming_day, wagers, stake,
        payout, stake_squares, payout_squares)
    SELECT p_batch, game_version, account_currency(account), account_test(account), day, count(*),
        sum(had), sum(payout), sum(had::numeric * had), sum(payout::numeric * payout)
    FROM unnest(v_items) WHERE verdict = 0 AND (kind IN (7, 11) OR kind = 13 AND had > 0)
    GROUP BY 2, 3, 4, 5;

    SELECT array_agg(i.verdict ORDER BY i.place), array_agg(coalesce(a.balance, 0) ORDER BY i.place),
        array_agg(coalesce(a.held, 0) ORDER BY i.place),
        array_agg(coalesce(a.version, 0) ORDER BY i.place)
    INTO verdict, balance, held, version
    FROM unnest(v_items) AS i LEFT JOIN account a ON a.id = i.account;
    IF cardinality(verdict) IS DISTINCT FROM cardinality(p_items) THEN
        RAISE EXCEPTION 'the call lost an item';
    END IF;
    -- What each decided request is answered, with the figures after it.
    INSERT INTO request (session, id, digest, verdict, step, n, chain, balance, held, version, at)
    SELECT i.session, i.request, i.digest, i.verdict,
        CASE WHEN i.verdict = 0 THEN i.number + 1 ELSE i.step END, i.n, i.chain,
        a.balance, a.held, a.version, v_now
    FROM unnest(v_items) AS i JOIN account a ON a.id = i.account
    WHERE i.kind IN (1, 2, 11) AND (i.verdict <= 6 OR i.verdict BETWEEN 15 AND 19)
        AND a.balance IS NOT NULL;
END
$$;

-- Counts that a round's own item was refused; the third time parks it and pauses its table. Returns
-- whether it is parked, NULL if it is not in play there or the table is owned under another epoch.
CREATE FUNCTION live_round_failed(
    p_table bigint, p_epoch bigint, p_chain bigint, p_n integer, p_cause text
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
DECLARE
    v_parked boolean;
BEGIN
    PERFORM FROM fence WHERE shared_table = p_table AND epoch = p_epoch FOR SHARE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM FROM live_round WHERE chain = p_chain AND n = p_n AND table_id = p_table FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    UPDATE open_round SET failures = failures + 1, parked = parked OR failures >= 2
    WHERE chain = p_chain AND n = p_n RETURNING parked INTO v_parked;
    IF v_parked THEN
        UPDATE live_round SET parked_for = p_cause WHERE chain = p_chain;
        UPDATE live_table SET state = 1 WHERE id = p_table AND state IN (0, 2);
        IF FOUND THEN  -- nobody's word, but the platform's
            DELETE FROM live_table_origin WHERE table_id = p_table AND field = 'state';
        END IF;
    END IF;
    RETURN v_parked;
END
$$;

-- Opens a table again, for whom and under which record, and has its parked round tried again; false if it is owned under another epoch.
CREATE FUNCTION live_round_retry(
    p_table bigint, p_epoch bigint, p_origin text, p_record bigint
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
BEGIN
    PERFORM FROM fence WHERE shared_table = p_table AND epoch = p_epoch FOR SHARE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE live_round SET parked_for = NULL WHERE table_id = p_table;
    UPDATE open_round o SET parked = false, failures = 0
    FROM live_round l WHERE l.table_id = p_table AND o.chain = l.chain;
    RETURN live_table_set(p_table, p_epoch, 0::smallint, p_origin, p_record);
END
$$;

-- Has a round voided, for good; the order of this record is done with that. False if there is no such
-- round, or a seat of it was paid; NULL if the table is owned under another epoch.
CREATE FUNCTION live_round_void(
    p_table bigint, p_epoch bigint, p_chain bigint, p_n integer, p_reason text, p_record bigint
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
BEGIN
    PERFORM FROM fence WHERE shared_table = p_table AND epoch = p_epoch FOR SHARE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM FROM live_round WHERE chain = p_chain AND n = p_n AND table_id = p_table FOR UPDATE;
    IF NOT FOUND OR EXISTS (SELECT FROM wager WHERE chain = p_chain AND n = p_n AND stake > 0) THEN
        RETURN false;
    END IF;
    UPDATE live_round SET void_ordered = coalesce(void_ordered, p_reason), parked_for = NULL
    WHERE chain = p_chain;
    UPDATE open_round SET parked = false, failures = 0 WHERE chain = p_chain;
    UPDATE live_order SET done_at = clock_timestamp()
    WHERE record = p_record AND action = 'void' AND taken_at IS NOT NULL AND done_at IS NULL;
    RETURN true;
END
$$;

-- As before; and a void that was begun and is not on record is begun again: its owner may be dead.
CREATE OR REPLACE FUNCTION live_order_take(p_id bigint, p_epoch bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
BEGIN
    UPDATE live_order o SET taken_at = clock_timestamp()
    WHERE o.id = p_id AND o.until > clock_timestamp()
        AND (o.taken_at IS NULL OR o.action = 'void' AND o.done_at IS NULL)
        AND EXISTS (SELECT FROM fence f WHERE f.shared_table = o.table_id AND f.epoch = p_epoch);
    RETURN FOUND;
END
$$;

REVOKE ALL ON FUNCTION live_round_due, live_round_failed, live_round_retry, live_round_void FROM PUBLIC;
GRANT EXECUTE ON FUNCTION live_round_failed, live_round_retry, live_round_void TO croupier_app;
