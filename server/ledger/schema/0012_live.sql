-- Live tables: rounds with many seats, their inputs, and the call that settles them.
--
-- A round's bets and decisions are rows of round_input, numbered densely from 0. `accepted` counts
-- the bets; `closed` is the number after the last bet, `drawn` the one after that, as numbers of the
-- table's sequence. The CHECKs hold accepted < closed < drawn whatever a program does: a bet that is
-- taken after the close breaks them.
--
-- Seats count from 1: seat 0 is the one of a private table.

CREATE TABLE live_table (
    id bigint PRIMARY KEY,
    title text NOT NULL UNIQUE CHECK (title <> ''),
    game text NOT NULL,
    currency text NOT NULL REFERENCES currency (code),
    minimum bigint NOT NULL CHECK (minimum > 0),
    maximum bigint NOT NULL,
    seats smallint NOT NULL CHECK (seats BETWEEN 1 AND 500),
    betting_ms integer NOT NULL CHECK (betting_ms > 0),
    decision_ms integer NOT NULL CHECK (decision_ms > 0),
    result_ms integer NOT NULL CHECK (result_ms >= 0),
    seat_hold_ms integer NOT NULL CHECK (seat_hold_ms >= 0),
    state smallint NOT NULL DEFAULT 0,
    origin text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT live_table_limits CHECK (maximum >= minimum),
    CONSTRAINT live_table_state_known CHECK (state BETWEEN 0 AND 3)
);
COMMENT ON COLUMN live_table.state IS '0 open, 1 paused, 2 closing, 3 closed';
COMMENT ON COLUMN live_table.origin IS 'config, or the operator who opened it';

-- Who sits where. A row goes when its player leaves, or stays away for too long.
CREATE TABLE live_seat (
    table_id bigint NOT NULL REFERENCES live_table,
    seat smallint NOT NULL CHECK (seat > 0),
    account bigint NOT NULL,
    client_seed bytea NOT NULL DEFAULT '' CHECK (length(client_seed) <= 32),
    chain bigint,
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (table_id, seat),
    CONSTRAINT live_seat_once UNIQUE (table_id, account)
);
COMMENT ON COLUMN live_seat.chain IS 'the chain that the client seed counts for: it was told before';
CREATE INDEX live_seat_account ON live_seat (account);

-- The round in play of a table, beside its row in open_round.
CREATE TABLE live_round (
    chain bigint PRIMARY KEY,
    n integer NOT NULL,
    table_id bigint NOT NULL UNIQUE,
    seats smallint[] NOT NULL,
    accepted integer NOT NULL DEFAULT 0,
    closed integer,
    drawn integer,
    drawn_at timestamptz,
    ticked_ms bigint NOT NULL DEFAULT 0,
    CONSTRAINT live_round_order CHECK (
        accepted < coalesce(closed, 2147483647) AND (drawn IS NULL OR closed < drawn)
        AND (drawn IS NULL OR closed IS NOT NULL)
    )
);
COMMENT ON COLUMN live_round.seats IS 'seats whose client seeds the round is drawn with, in order';
COMMENT ON COLUMN live_round.ticked_ms IS 'of a rising multiplier: how far it certainly had come';

ALTER TABLE round ADD COLUMN table_id bigint, ADD COLUMN seats smallint[],
    ADD COLUMN accepted integer, ADD COLUMN closed integer, ADD COLUMN drawn integer;
ALTER TABLE kept_round ADD COLUMN table_id bigint, ADD COLUMN seats smallint[],
    ADD COLUMN accepted integer, ADD COLUMN closed integer, ADD COLUMN drawn integer;
ALTER TABLE round ADD CONSTRAINT round_order CHECK (
    table_id IS NULL OR void_cause IS NOT NULL OR (accepted < closed AND closed < drawn) IS TRUE
);
-- A player's history reaches the rounds of tables that many share; private bets are not in it.
CREATE INDEX wager_seat ON wager (account, settled_at) WHERE seat > 0;
CREATE INDEX round_table ON round (table_id, chain, n) WHERE table_id IS NOT NULL;

CREATE TYPE live_item AS (
    kind smallint,
    table_id bigint,
    epoch bigint,
    session bigint,
    request bigint,
    digest bytea,
    account bigint,
    session_epoch bigint,
    chain bigint,
    n integer,
    step integer,
    seat smallint,
    game_version integer,
    input bytea,
    data bytea,
    seats smallint[],
    stake bigint,
    payout bigint,
    transfer bigint,
    ticked_ms bigint,
    reason text
);

-- An item as it was decided. place: its place in the call. number: of its input in the round. had:
-- what the seat had on hold. cash and hold: what the item changes. paid: what it pays out.
CREATE TYPE live_decided AS (
    place integer,
    verdict smallint,
    kind smallint,
    table_id bigint,
    session bigint,
    request bigint,
    digest bytea,
    account bigint,
    chain bigint,
    n integer,
    step integer,
    seat smallint,
    game_version integer,
    input bytea,
    data bytea,
    seats smallint[],
    stake bigint,
    payout bigint,
    transfer bigint,
    ticked_ms bigint,
    reason text,
    number integer,
    had bigint,
    cash bigint,
    hold bigint,
    paid bigint,
    day date
);

-- The settling call of live tables. Kinds of items:
--
--     1 a bet   2 a player's decision   3 a round opens   4 it closes   5 it is drawn
--     6 a decision of the house   7 a seat is paid   8 a stake is returned   9 the round ends
--     10 how far a rising multiplier has come   11 a decision that pays its seat at once
--
-- Verdicts are those of `settle`, and
--
--     19 bets are closed, or not open yet   20 the table is owned under another epoch
--
-- What a table does by itself (3 to 10) may be sent again when its answer was lost: what is done
-- already is told as 10 and does nothing. At most one item an account a call.
CREATE FUNCTION settle_live(
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
    -- The order of locks is the same everywhere: node, fences, rounds, accounts.
    SELECT n.epoch, s.zone, s.day_cutoff INTO v_epoch, v_zone, v_cutoff
    FROM node n LEFT JOIN site s ON s.one WHERE n.id = p_node FOR SHARE OF n;
    PERFORM FROM fence WHERE shared_table = ANY (ARRAY(SELECT i.table_id FROM unnest(p_items) AS i))
        ORDER BY shared_table FOR SHARE;
    PERFORM FROM live_round WHERE chain = ANY (ARRAY(SELECT i.chain FROM unnest(p_items) AS i))
        ORDER BY chain FOR NO KEY UPDATE;
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
                        OR EXISTS (SELECT FROM round x WHERE x.chain = i.chain AND x.n = i.n)
                        THEN 16
                    ELSE 0 END
                WHEN i.kind = 9
                    AND EXISTS (SELECT FROM round x WHERE x.chain = i.chain AND x.n = i.n) THEN 10
                WHEN i.kind IN (7, 8) AND h.account IS NULL AND EXISTS (
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
                WHEN i.kind IN (2, 6, 7, 11) AND l.drawn IS NULL THEN 15
                WHEN i.kind IN (2, 7, 8, 11) AND h.account IS DISTINCT FROM i.account THEN 15
                WHEN i.kind IN (2, 6, 11) AND i.step >= 0 AND i.step <> o.step THEN 15
                -- A round is paid or void, never both; and it ends closed, so that no bet of this
                -- very call is left behind.
                WHEN i.kind IN (7, 8, 9, 11) AND EXISTS (
                    SELECT FROM wager w WHERE w.chain = i.chain AND w.n = i.n
                        AND (w.stake = 0) IS DISTINCT FROM CASE i.kind
                            WHEN 9 THEN i.reason IS NOT NULL ELSE i.kind = 8 END) THEN 15
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
            n, step, seat, coalesce(open_version, game_version), input, data, seats, stake, payout,
            transfer, ticked_ms, reason,
            -- Bets, and decisions that need no turn, are numbered in the order that they came.
            CASE WHEN numbered THEN next_step - 1 + among ELSE step END,
            had,
            CASE WHEN verdict <> 0 THEN 0 WHEN kind IN (1, 2) THEN -stake
                WHEN kind IN (7, 11) THEN payout WHEN kind = 8 THEN had ELSE 0 END,
            CASE WHEN verdict <> 0 THEN 0 WHEN kind IN (1, 2) THEN stake
                WHEN kind IN (7, 8, 11) THEN -had ELSE 0 END,
            CASE WHEN verdict = 0 AND kind IN (7, 11) THEN payout ELSE 0 END,
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
    FROM unnest(v_items) WHERE verdict = 0 AND kind IN (7, 11)
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

-- Rounds that open, close, are drawn, go on and end; their inputs.
CREATE FUNCTION live_rounds(v_now timestamptz, p_items live_decided[]) RETURNS void
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
END
$$;

-- What moves with the items: holds, accounts, transfers, wagers.
CREATE FUNCTION live_money(v_now timestamptz, v_hour bigint, p_items live_decided[]) RETURNS void
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
    WHERE i.verdict = 0 AND i.account > 0 AND i.kind IN (1, 2, 7, 8, 11) AND a.id = i.account;
    GET DIAGNOSTICS v_moved = ROW_COUNT;
    IF v_moved <> (
        SELECT count(*) FROM unnest(p_items)
        WHERE verdict = 0 AND account > 0 AND kind IN (1, 2, 7, 8, 11)
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
    FROM unnest(p_items) WHERE verdict = 0 AND kind IN (7, 8, 11);
    INSERT INTO transfer (id, debit, credit, amount, kind, seat, n, chain, gaming_day, at)
    SELECT transfer + 2, (16 << 11) | (account & 2047), account, payout, 2, seat, n, chain, day,
        v_now
    FROM unnest(p_items) WHERE verdict = 0 AND kind IN (7, 11) AND payout > 0;

    INSERT INTO wager (chain, n, seat, account, session, request, stake, payout, bets, gaming_day,
        settled_at, settlement)
    SELECT i.chain, i.n, i.seat, i.account, h.session, h.request,
        CASE WHEN i.kind = 8 THEN 0 ELSE i.had END, CASE WHEN i.kind = 8 THEN 0 ELSE i.payout END,
        h.bets, i.day, v_now, i.transfer
    FROM unnest(p_items) AS i
    JOIN hold h ON h.chain = i.chain AND h.n = i.n AND h.seat = i.seat
    WHERE i.verdict = 0 AND i.kind IN (7, 8, 11);
    DELETE FROM hold h USING unnest(p_items) AS i
    WHERE i.verdict = 0 AND i.kind IN (7, 8, 11)
        AND h.chain = i.chain AND h.n = i.n AND h.seat = i.seat;
    PERFORM uncount_seat(account, chain, n, seat)
    FROM unnest(p_items) WHERE verdict = 0 AND kind = 8;
END
$$;

-- Takes what a seat of a void round had staked out of the hours that counted it; see uncount_stakes.
CREATE FUNCTION uncount_seat(p_account bigint, p_chain bigint, p_n integer, p_seat smallint)
RETURNS void LANGUAGE plpgsql SET search_path = croupier, pg_temp AS $$
DECLARE
    v_hour bigint;
    v_stake bigint;
BEGIN
    FOR v_hour, v_stake IN
        SELECT floor(extract(epoch FROM at) / 3600), sum(stake) FROM round_input
        WHERE chain = p_chain AND n = p_n AND seat = p_seat GROUP BY 1
    LOOP
        UPDATE account SET hour_stake = hour_stake - v_stake,
            hour_worst = least(hour_worst, hour_stake - v_stake)
        WHERE id = p_account AND hour = v_hour;
        IF NOT FOUND THEN
            UPDATE play_hour SET stake = stake - v_stake, worst = least(worst, stake - v_stake)
            WHERE account = p_account AND hour = v_hour;
        END IF;
    END LOOP;
    UPDATE account SET gate_until = '-infinity' WHERE id = p_account;
END
$$;

-- Late bets and turns that have passed go on record as well.
CREATE OR REPLACE FUNCTION request_refuse(
    p_session bigint, p_request bigint, p_digest bytea, p_verdict smallint, p_account bigint,
    p_chain bigint, p_n integer, p_step integer
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
    INSERT INTO request (session, id, digest, verdict, step, n, chain, balance, held, version, at)
    SELECT p_session, p_request, p_digest, p_verdict, p_step, p_n, p_chain, balance, held, version,
        clock_timestamp()
    FROM account WHERE id = p_account AND p_verdict IN (15, 16, 18, 19)
    ON CONFLICT DO NOTHING;
$$;

-- Makes a table or changes what it takes; rounds in play go on as they were opened.
CREATE FUNCTION live_table_put(
    p_id bigint, p_title text, p_game text, p_currency text, p_minimum bigint, p_maximum bigint,
    p_seats smallint, p_betting_ms integer, p_decision_ms integer, p_result_ms integer,
    p_seat_hold_ms integer, p_origin text
) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
    INSERT INTO live_table AS t (id, title, game, currency, minimum, maximum, seats, betting_ms,
        decision_ms, result_ms, seat_hold_ms, origin)
    VALUES (p_id, p_title, p_game, p_currency, p_minimum, p_maximum, p_seats, p_betting_ms,
        p_decision_ms, p_result_ms, p_seat_hold_ms, p_origin)
    ON CONFLICT (title) DO UPDATE SET minimum = excluded.minimum, maximum = excluded.maximum,
        seats = excluded.seats, betting_ms = excluded.betting_ms,
        decision_ms = excluded.decision_ms, result_ms = excluded.result_ms,
        seat_hold_ms = excluded.seat_hold_ms, origin = excluded.origin,
        state = CASE WHEN t.state = 3 THEN 0 ELSE t.state END
    WHERE t.game = excluded.game AND t.currency = excluded.currency
    RETURNING t.id;
$$;

-- Sets a table's state, by whoever owns it; false if it is owned under another epoch.
CREATE FUNCTION live_table_set(p_id bigint, p_epoch bigint, p_state smallint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
BEGIN
    PERFORM FROM fence WHERE shared_table = p_id AND epoch = p_epoch FOR SHARE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE live_table SET state = p_state WHERE id = p_id;
    RETURN true;
END
$$;

-- Takes a seat, or gives its client seed anew; false if it is not to be had.
CREATE FUNCTION live_seat_take(
    p_table bigint, p_epoch bigint, p_seat smallint, p_account bigint, p_client_seed bytea,
    p_chain bigint
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
BEGIN
    PERFORM FROM fence WHERE shared_table = p_table AND epoch = p_epoch FOR SHARE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO live_seat AS s (table_id, seat, account, client_seed, chain)
    VALUES (p_table, p_seat, p_account, p_client_seed, p_chain)
    ON CONFLICT (table_id, seat) DO UPDATE SET client_seed = excluded.client_seed,
        chain = excluded.chain
    WHERE s.account = excluded.account;
    RETURN FOUND;
EXCEPTION WHEN unique_violation THEN
    RETURN false;
END
$$;

CREATE FUNCTION live_seat_leave(p_table bigint, p_epoch bigint, p_seat smallint, p_account bigint)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
BEGIN
    PERFORM FROM fence WHERE shared_table = p_table AND epoch = p_epoch FOR SHARE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    DELETE FROM live_seat WHERE table_id = p_table AND seat = p_seat AND account = p_account;
    RETURN true;
END
$$;

-- As before, and the chains of live tables are left out in advance: `retire_chains` sees to them.
CREATE OR REPLACE FUNCTION retire_obstacles(
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
            AND (c.account IS NULL OR p_end_sessions OR NOT EXISTS (
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

-- As before, and chains of live tables that no round is in play on. A table that nobody has come to
-- for so long may still have one in memory: it is fenced out, loads itself anew, and makes another.
CREATE OR REPLACE FUNCTION retire_chains(p_period integer, p_most integer DEFAULT 500) RETURNS integer
LANGUAGE plpgsql SET search_path = croupier, pg_temp AS $$
DECLARE
    v_border bigint := period_end(p_period);
    v_accounts bigint[];
    v_count integer;
    v_live integer;
BEGIN
    UPDATE chain c SET retired_at = clock_timestamp(), retired_for = 'retention'
    WHERE c.id < v_border AND c.retired_at IS NULL AND c.account IS NULL
        AND NOT EXISTS (SELECT FROM open_round o WHERE o.chain = c.id);
    GET DIAGNOSTICS v_live = ROW_COUNT;
    SELECT array_agg(account) INTO v_accounts FROM (
        SELECT DISTINCT c.account FROM chain c
        WHERE c.id < v_border AND c.retired_at IS NULL AND c.account IS NOT NULL
            AND NOT EXISTS (SELECT FROM open_round o WHERE o.chain = c.id)
            AND NOT EXISTS (SELECT FROM session s WHERE s.account = c.account AND s.ended_at IS NULL)
        LIMIT p_most
    ) AS idle;
    IF v_accounts IS NULL THEN
        RETURN v_live;
    END IF;
    PERFORM lock_accounts(v_accounts);
    UPDATE chain c SET retired_at = clock_timestamp(), retired_for = 'retention'
    WHERE c.id < v_border AND c.retired_at IS NULL AND c.account = ANY (v_accounts)
        AND NOT EXISTS (SELECT FROM open_round o WHERE o.chain = c.id)
        AND NOT EXISTS (SELECT FROM session s WHERE s.account = c.account AND s.ended_at IS NULL);
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count + v_live;
END
$$;

REVOKE ALL ON FUNCTION settle_live, live_rounds, live_money, uncount_seat, live_table_put,
    live_table_set, live_seat_take, live_seat_leave FROM PUBLIC;
GRANT EXECUTE ON FUNCTION settle_live, request_refuse, live_table_put, live_table_set,
    live_seat_take, live_seat_leave TO croupier_app;
GRANT SELECT ON live_table, live_seat, live_round TO croupier_app;
GRANT SELECT ON live_table, live_round TO croupier_report;
GRANT SELECT (table_id, seat, account, chain, since) ON live_seat TO croupier_report;
