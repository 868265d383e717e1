-- croupier:expands
-- Rounds that follow one another: what a round's draw leaves undecided stands for the next, as craps
-- is played at a live table.
--
-- Such a round is drawn, closed and ended as any other, with a seed of its own. What it leaves is an
-- input of the round that follows: the first inputs of that one are the house's, and count as
-- accepted. Input 0 is what the table comes with (seat -1, no stake); then, in seat order, each
-- seat's standing bets with what is on hold for them. Money does not move: a hold changes its round,
-- in the transaction that ends the one and opens the other, so it is never of a round that is not
-- open. Everything that is read of a round says for itself what it began with.

ALTER TABLE live_round ADD COLUMN void_ordered text;
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

-- As before, and two kinds of items more:
--
--     12 the round in play at the table ends with its draw, and this one follows with what stands
--     13 a draw decides a part of a seat's bets: of what is on hold, stake is settled and payout
--        paid, at once; data are the bets that stand. A stake of 0 settles nothing
--
-- A 12 sent again is known by its round, a 13 by its wager; one that settled nothing does so again.
--
-- A round opens on no chain that is retired or another table's, nor as another than the chain's next;
-- and one that was ordered void pays nobody.
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

-- Ends the round in play of a table and opens the one that follows. Holds are changed under the lock
-- of the round that ends: nothing else can reach them there, it is closed and paid.
CREATE FUNCTION live_round_follows(v_now timestamptz, p_item live_decided) RETURNS void
LANGUAGE plpgsql SET search_path = croupier, pg_temp AS $$
DECLARE
    v_chain bigint;
    v_n integer;
    v_inputs integer;
BEGIN
    SELECT chain, n INTO STRICT v_chain, v_n FROM live_round WHERE table_id = p_item.table_id;
    INSERT INTO round (chain, n, game_version, client_seeds, steps, void_cause, ended_at, table_id,
        seats, accepted, closed, drawn)
    SELECT o.chain, o.n, o.game_version, o.client_seeds, o.step, NULL, v_now, l.table_id, l.seats,
        l.accepted, l.closed, l.drawn
    FROM live_round l JOIN open_round o ON o.chain = l.chain AND o.n = l.n WHERE l.chain = v_chain;
    DELETE FROM open_round WHERE chain = v_chain;
    DELETE FROM live_round WHERE chain = v_chain;

    INSERT INTO round_input (chain, n, step, seat, decision, stake, platform, at)
    VALUES (p_item.chain, p_item.n, 0, -1, p_item.input, 0, true, v_now);
    INSERT INTO round_input (chain, n, step, seat, decision, stake, platform, at)
    SELECT p_item.chain, p_item.n, row_number() OVER (ORDER BY seat), seat, bets, amount, true, v_now
    FROM hold WHERE chain = v_chain AND n = v_n;
    GET DIAGNOSTICS v_inputs = ROW_COUNT;
    v_inputs := v_inputs + 1;
    UPDATE hold SET chain = p_item.chain, n = p_item.n WHERE chain = v_chain AND n = v_n;
    INSERT INTO open_round (chain, n, game_version, client_seeds, step, opened_at, deadline)
    VALUES (p_item.chain, p_item.n, p_item.game_version, p_item.data, v_inputs, v_now, 'infinity');
    INSERT INTO live_round (chain, n, table_id, seats, accepted)
    VALUES (p_item.chain, p_item.n, p_item.table_id, p_item.seats, v_inputs);
END
$$;

-- As before, and rounds that follow one another.
CREATE OR REPLACE FUNCTION live_rounds(v_now timestamptz, p_items live_decided[]) RETURNS void
LANGUAGE plpgsql SET search_path = croupier, pg_temp AS $$
BEGIN
    INSERT INTO open_round (chain, n, game_version, client_seeds, opened_at, deadline)
    SELECT chain, n, game_version, data, v_now, 'infinity'
    FROM unnest(p_items) WHERE verdict = 0 AND kind = 3;
    INSERT INTO live_round (chain, n, table_id, seats)
    SELECT chain, n, table_id, seats FROM unnest(p_items) WHERE verdict = 0 AND kind = 3;

    INSERT INTO round_input (chain, n, step, seat, decision, stake, platform, at)
    SELECT chain, n, number, seat, input, stake, kind = 6, v_now
    FROM unnest(p_items) WHERE verdict = 0 AND kind IN (1, 2, 6, 11);
    UPDATE open_round o SET step = o.step + i.inputs
    FROM (
        SELECT chain, count(*) AS inputs FROM unnest(p_items)
        WHERE verdict = 0 AND kind IN (1, 2, 6, 11) GROUP BY chain
    ) AS i WHERE o.chain = i.chain;
    UPDATE live_round l SET accepted = l.accepted + i.bets
    FROM (
        SELECT chain, count(*) AS bets FROM unnest(p_items) WHERE verdict = 0 AND kind = 1
        GROUP BY chain
    ) AS i WHERE l.chain = i.chain;
    UPDATE live_round l SET closed = l.accepted + 1
    FROM unnest(p_items) AS i WHERE i.verdict = 0 AND i.kind = 4 AND l.chain = i.chain;
    UPDATE live_round l SET drawn = l.closed + 1, drawn_at = v_now
    FROM unnest(p_items) AS i WHERE i.verdict = 0 AND i.kind = 5 AND l.chain = i.chain;
    UPDATE live_round l SET ticked_ms = greatest(l.ticked_ms, i.ticked_ms)
    FROM unnest(p_items) AS i WHERE i.verdict = 0 AND i.kind = 10 AND l.chain = i.chain;

    INSERT INTO round (chain, n, game_version, client_seeds, steps, void_cause, ended_at, table_id,
        seats, accepted, closed, drawn)
    SELECT o.chain, o.n, o.game_version, o.client_seeds, o.step, i.reason, v_now, l.table_id,
        l.seats, l.accepted, l.closed, l.drawn
    FROM unnest(p_items) AS i
    JOIN open_round o ON o.chain = i.chain
    JOIN live_round l ON l.chain = i.chain
    WHERE i.verdict = 0 AND i.kind = 9;
    DELETE FROM open_round o USING unnest(p_items) AS i
    WHERE i.verdict = 0 AND i.kind = 9 AND o.chain = i.chain;
    DELETE FROM live_round l USING unnest(p_items) AS i
    WHERE i.verdict = 0 AND i.kind = 9 AND l.chain = i.chain;
    PERFORM live_round_follows(v_now, i) FROM unnest(p_items) AS i
    WHERE i.verdict = 0 AND i.kind = 12;
END
$$;

-- As before, and parts of what a seat has on hold.
CREATE OR REPLACE FUNCTION live_money(v_now timestamptz, v_hour bigint, p_items live_decided[]) RETURNS void
LANGUAGE plpgsql SET search_path = croupier, pg_temp AS $$
DECLARE
    v_moved integer;
BEGIN
    UPDATE account a SET
        balance = a.balance + i.cash, held = a.held + i.hold, version = a.version + 1,
        wager_room = a.wager_room - i.stake, loss_room = a.loss_room - i.stake + i.paid,
        hour_stake = a.hour_stake + i.stake, hour_payout = a.hour_payout + i.paid,
        hour_worst = greatest(a.hour_worst + i.stake - i.paid, 0),
        hour = v_hour, gaming_day = i.day
    FROM unnest(p_items) AS i
    WHERE i.verdict = 0 AND i.account > 0 AND i.kind IN (1, 2, 7, 8, 11, 13)
        AND a.id = i.account;
    GET DIAGNOSTICS v_moved = ROW_COUNT;
    IF v_moved <> (
        SELECT count(*) FROM unnest(p_items)
        WHERE verdict = 0 AND account > 0 AND kind IN (1, 2, 7, 8, 11, 13)
    ) THEN
        RAISE EXCEPTION 'an account stands twice in one call'
            USING ERRCODE = 'cardinality_violation';
    END IF;

    INSERT INTO hold AS h (chain, n, seat, account, session, request, amount, bets)
    SELECT chain, n, seat, account, session, request, stake, data
    FROM unnest(p_items) WHERE verdict = 0 AND kind = 1
    ON CONFLICT (chain, n, seat) DO UPDATE SET amount = h.amount + excluded.amount,
        bets = excluded.bets;
    UPDATE hold h SET amount = h.amount + i.stake
    FROM unnest(p_items) AS i
    WHERE i.verdict = 0 AND i.kind = 2 AND i.stake > 0
        AND h.chain = i.chain AND h.n = i.n AND h.seat = i.seat;

    -- cash to funds on game
    INSERT INTO transfer (id, debit, credit, amount, kind, seat, n, chain, gaming_day, at)
    SELECT transfer, account, (account & ~(255::bigint << 11)) | (2 << 11), stake, 3, seat, n, chain,
        day, v_now
    FROM unnest(p_items) WHERE verdict = 0 AND kind IN (1, 2) AND stake > 0;
    -- funds on game to the house; or, of a void round, back to cash
    INSERT INTO transfer (id, debit, credit, amount, kind, seat, n, chain, gaming_day, at)
    SELECT transfer + 1, (account & ~(255::bigint << 11)) | (2 << 11),
        CASE WHEN kind = 8 THEN account ELSE (16 << 11) | (account & 2047) END, had,
        CASE WHEN kind = 8 THEN 4 ELSE 1 END, seat, n, chain, day, v_now
    FROM unnest(p_items) WHERE verdict = 0 AND kind IN (7, 8, 11, 13) AND had > 0;
    INSERT INTO transfer (id, debit, credit, amount, kind, seat, n, chain, gaming_day, at)
    SELECT transfer + 2, (16 << 11) | (account & 2047), account, payout, 2, seat, n, chain, day,
        v_now
    FROM unnest(p_items) WHERE verdict = 0 AND kind IN (7, 11, 13) AND payout > 0;

    INSERT INTO wager (chain, n, seat, account, session, request, stake, payout, bets, gaming_day,
        settled_at, settlement)
    SELECT i.chain, i.n, i.seat, i.account, h.session, h.request,
        CASE WHEN i.kind = 8 THEN 0 ELSE i.had END, CASE WHEN i.kind = 8 THEN 0 ELSE i.payout END,
        h.bets, i.day, v_now, i.transfer
    FROM unnest(p_items) AS i
    JOIN hold h ON h.chain = i.chain AND h.n = i.n AND h.seat = i.seat
    WHERE i.verdict = 0 AND i.kind IN (7, 8, 11, 13) AND i.had > 0;
    UPDATE hold h SET amount = h.amount - i.had, bets = i.data
    FROM unnest(p_items) AS i
    WHERE i.verdict = 0 AND i.kind = 13 AND h.chain = i.chain AND h.n = i.n AND h.seat = i.seat;
    DELETE FROM hold h USING unnest(p_items) AS i
    WHERE i.verdict = 0 AND i.kind IN (7, 8, 11)
        AND h.chain = i.chain AND h.n = i.n AND h.seat = i.seat;
    PERFORM uncount_seat(account, chain, n, seat)
    FROM unnest(p_items) WHERE verdict = 0 AND kind = 8;
END
$$;

-- As before; of what stood from earlier rounds, too. Those stakes are looked for in the rounds of
-- the table before this one, the newest first, until they make up what had come with the round.
CREATE OR REPLACE FUNCTION uncount_seat(
    p_account bigint, p_chain bigint, p_n integer, p_seat smallint
) RETURNS void LANGUAGE plpgsql SET search_path = croupier, pg_temp AS $$
DECLARE
    v_hour bigint;
    v_stake bigint;
    v_stood bigint := coalesce((SELECT sum(stake) FROM round_input
        WHERE chain = p_chain AND n = p_n AND seat = p_seat AND platform), 0);
    v_table bigint;
BEGIN
    FOR v_hour, v_stake IN
        SELECT floor(extract(epoch FROM at) / 3600), sum(stake) FROM round_input
        WHERE chain = p_chain AND n = p_n AND seat = p_seat AND NOT platform GROUP BY 1
    LOOP
        PERFORM uncount_stake(p_account, v_hour, v_stake);
    END LOOP;
    IF v_stood > 0 THEN
        v_table := (SELECT table_id FROM live_round WHERE chain = p_chain AND n = p_n);
        FOR v_hour, v_stake IN
            SELECT floor(extract(epoch FROM i.at) / 3600), i.stake FROM round r
            JOIN round_input i ON i.chain = r.chain AND i.n = r.n
            WHERE r.table_id = v_table AND (r.chain, r.n) < (p_chain, p_n)
                AND i.seat = p_seat AND NOT i.platform AND i.stake > 0
            ORDER BY r.chain DESC, r.n DESC, i.step DESC
        LOOP
            PERFORM uncount_stake(p_account, v_hour, least(v_stake, v_stood));
            v_stood := v_stood - least(v_stake, v_stood);
            EXIT WHEN v_stood = 0;
        END LOOP;
    END IF;
    UPDATE account SET gate_until = '-infinity' WHERE id = p_account;
END
$$;

CREATE FUNCTION uncount_stake(p_account bigint, p_hour bigint, p_stake bigint) RETURNS void
LANGUAGE plpgsql SET search_path = croupier, pg_temp AS $$
BEGIN
    UPDATE account SET hour_stake = hour_stake - p_stake,
        hour_worst = least(hour_worst, hour_stake - p_stake)
    WHERE id = p_account AND hour = p_hour;
    IF NOT FOUND THEN
        UPDATE play_hour SET stake = stake - p_stake, worst = least(worst, stake - p_stake)
        WHERE account = p_account AND hour = p_hour;
    END IF;
END
$$;

REVOKE ALL ON FUNCTION live_round_due, live_round_follows, uncount_stake FROM PUBLIC;
