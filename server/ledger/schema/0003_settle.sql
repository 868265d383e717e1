-- The settling call: one batch, one transaction, every item decided on its own.
--
-- Kinds of items: 0 an instant round, 1 a deal, 2 a player's decision, 3 a platform's decision,
-- 4 a void. Verdicts are listed in server/ledger/items.py:
--
--     0 accepted   1 insufficient funds   2 suspended    3 excluded     4 stake cap
--     5 wager limit   6 loss limit
--     10 known     11 known id, other content   12 replaced by a newer session   13 busy account
--     14 stale gate   15 stale round or step    16 the round is open already     17 closed account
--
--     18 another round than the one that is due: never by this call, only by request_refuse
--
-- 0 to 6 and 15 to 17 of a player's request are recorded in `request`, so that it is never answered
-- otherwise when it is sent again. A known id is answered even while its account is busy: what had
-- committed before must not be told as refused.
--
-- The first statements lock, the next ones, with a fresh snapshot, decide and write: under READ
-- COMMITTED one statement for both would decide on rows read before the wait.
-- At most one item an account a call: then items cannot depend on each other.
--
-- The items come as one array of rows and are laid out once, in the CTE from which every table is
-- written: an array a column, laid out anew by a statement a table, cost a third more. No CTE is
-- joined with another, because nothing is known of how many rows a CTE has.

CREATE TYPE settle_item AS (
    kind smallint,
    session bigint,
    request bigint,
    digest bytea,
    account bigint,
    session_epoch bigint,
    chain bigint,
    n integer,
    step integer,
    game_version integer,
    client_seeds bytea,
    data bytea,
    stake bigint,
    payout bigint,
    finish boolean,
    transfer bigint,
    deadline_ms bigint,
    void_cause text
);

-- An accepted item of a round with decisions. total: all that is staked on the round.
CREATE TYPE decided_item AS (
    kind smallint,
    session bigint,
    request bigint,
    account bigint,
    chain bigint,
    n integer,
    step integer,
    game_version integer,
    client_seeds bytea,
    data bytea,
    stake bigint,
    payout bigint,
    finish boolean,
    transfer bigint,
    deadline_ms bigint,
    void_cause text,
    total bigint,
    day date
);

-- p_accounts are the accounts of the items, in order; p_decisions whether any item is more than an
-- instant round, since only such a one can have a hold. To find both out here cost more than to
-- compare them with what has been decided.
CREATE FUNCTION settle(
    p_node smallint, p_epoch bigint, p_batch bigint, p_accounts bigint[],
    p_decisions boolean, p_items settle_item[],
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
    v_decided decided_item[];
    v_order bigint[];
    v_decisions boolean;
    v_accepted integer;
    v_written integer;
BEGIN
    -- A row that is locked is read as it is after the wait, so these need no second look.
    SELECT n.epoch, s.zone, s.day_cutoff INTO v_epoch, v_zone, v_cutoff
    FROM node n LEFT JOIN site s ON s.one WHERE n.id = p_node FOR SHARE OF n;
    SELECT array_agg(id), min(hour), max(hour) INTO v_locked, v_first_hour, v_last_hour FROM (
        SELECT id, hour FROM account WHERE id = ANY (p_accounts)
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

    WITH d AS MATERIALIZED (
        SELECT i.kind, i.session, i.request, i.digest, i.account, i.chain, i.n, i.step,
            i.game_version, i.client_seeds, i.data, i.stake, i.payout, i.finish, i.transfer,
            i.deadline_ms, i.void_cause,
            CASE
                WHEN r.session IS NOT NULL AND r.digest = i.digest THEN 10
                WHEN r.session IS NOT NULL THEN 11
                WHEN a.balance IS NULL THEN 17
                WHEN cardinality(v_locked) IS DISTINCT FROM cardinality(p_accounts)
                    AND NOT i.account = ANY (coalesce(v_locked, '{}')) THEN 13
                WHEN i.kind <= 2 AND a.session_epoch IS DISTINCT FROM i.session_epoch THEN 12
                WHEN i.kind <= 1 AND o.chain IS NOT NULL THEN 16
                WHEN i.kind > 1 AND (o.n IS DISTINCT FROM i.n OR o.step IS DISTINCT FROM i.step
                    OR h.account IS DISTINCT FROM i.account) THEN 15
                WHEN i.stake = 0 OR i.kind > 2 THEN 0
                WHEN v_now >= a.gate_until THEN 14
                WHEN a.status = 1 THEN 2
                WHEN a.status = 2 THEN 3
                WHEN a.status = 3 THEN 17
                WHEN coalesce(h.amount, 0) + i.stake > a.stake_cap THEN 4
                WHEN i.stake > a.wager_room THEN 5
                WHEN i.stake > a.loss_room THEN 6
                WHEN i.stake > a.balance THEN 1
                ELSE 0
            END::smallint AS verdict,
            a.balance, a.held, a.version, coalesce(h.amount, 0) + i.stake AS total,
            -- What the item changes if it is accepted.
            CASE WHEN i.kind = 4 THEN coalesce(h.amount, 0) + i.stake
                WHEN i.finish THEN i.payout - i.stake ELSE -i.stake END AS cash,
            CASE WHEN i.kind = 0 THEN 0
                WHEN i.finish THEN -coalesce(h.amount, 0) ELSE i.stake END AS hold,
            CASE WHEN i.finish AND i.kind <> 4 THEN i.payout ELSE 0 END AS paid,
            greatest(a.gaming_day, v_day) AS day
        FROM unnest(p_items) AS i
        LEFT JOIN account a ON a.id = i.account
        LEFT JOIN request r ON r.session = i.session AND r.id = i.request AND i.kind <= 2
        LEFT JOIN open_round o ON o.chain = i.chain
        LEFT JOIN hold h ON p_decisions AND h.chain = i.chain AND h.n = i.n AND h.seat = 0
    ), accounts AS (
        UPDATE account a SET
            balance = a.balance + d.cash, held = a.held + d.hold, version = a.version + 1,
            wager_room = a.wager_room - d.stake, loss_room = a.loss_room - d.stake + d.paid,
            hour_stake = a.hour_stake + d.stake, hour_payout = a.hour_payout + d.paid,
            hour_worst = greatest(a.hour_worst + d.stake - d.paid, 0),
            hour = v_hour, gaming_day = d.day
        FROM d WHERE d.verdict = 0 AND a.id = d.account
        RETURNING 1
    ), requests AS (
        INSERT INTO request
            (session, id, digest, verdict, step, n, chain, balance, held, version, at)
        SELECT session, request, digest, verdict, step + (kind = 2 AND verdict = 0)::integer, n,
            chain, balance + CASE WHEN verdict = 0 THEN cash ELSE 0 END,
            held + CASE WHEN verdict = 0 THEN hold ELSE 0 END, version + (verdict = 0)::integer,
            v_now
        FROM d
        WHERE kind <= 2 AND (verdict <= 6 OR verdict BETWEEN 15 AND 17 AND balance IS NOT NULL)
    ), rounds AS (
        INSERT INTO round (chain, n, game_version, client_seeds, steps, void_cause, ended_at)
        SELECT chain, n, game_version, client_seeds, 0, NULL, v_now
        FROM d WHERE kind = 0 AND verdict = 0
    ), wagers AS (
        INSERT INTO wager (chain, n, seat, account, session, request, stake, payout, bets,
            gaming_day, settled_at, settlement)
        -- An instant round that does not end is a fault: its payout is no number then.
        SELECT chain, n, 0, account, session, request, stake, CASE WHEN finish THEN payout END,
            data, day, v_now, transfer
        FROM d WHERE kind = 0 AND verdict = 0
    ), transfers AS (
        -- The stake of an instant round, and the payout of whatever has ended.
        INSERT INTO transfer (id, debit, credit, amount, kind, seat, n, chain, gaming_day, at)
        SELECT transfer + CASE leg WHEN 1 THEN 0 ELSE 2 END,
            CASE leg WHEN 1 THEN account ELSE (16 << 11) | (account & 2047) END,
            CASE leg WHEN 1 THEN (16 << 11) | (account & 2047) ELSE account END,
            CASE leg WHEN 1 THEN stake ELSE payout END, leg, 0, n, chain, day, v_now
        FROM d, (VALUES (1), (2)) AS t (leg)
        WHERE verdict = 0
            AND CASE leg WHEN 1 THEN kind = 0 ELSE finish AND payout > 0 AND kind <> 4 END
    ), batches AS (
        INSERT INTO batch (id, xid, node, epoch, items, at)
        VALUES (p_batch, pg_current_xact_id(), p_node, p_epoch, cardinality(p_items), v_now)
    ), totals AS (
        INSERT INTO batch_total (batch, game_version, currency, test, gaming_day, wagers, stake,
            payout, stake_squares, payout_squares)
        SELECT p_batch, game_version, account_currency(account), account_test(account), day,
            count(*), sum(total), sum(payout),
            -- Squares of what fits are summed as whole numbers, at a tenth of the cost.
            coalesce(sum(total * total) FILTER (WHERE total < 3000000000), 0)
                + coalesce(sum(total::numeric * total) FILTER (WHERE total >= 3000000000), 0),
            coalesce(sum(payout * payout) FILTER (WHERE payout < 3000000000), 0)
                + coalesce(sum(payout::numeric * payout) FILTER (WHERE payout >= 3000000000), 0)
        FROM d WHERE verdict = 0 AND finish AND kind <> 4
        GROUP BY 2, 3, 4, 5
    )
    -- The new figures are those that the update writes: the rows are locked.
    SELECT array_agg(verdict), array_agg(balance + CASE WHEN verdict = 0 THEN cash ELSE 0 END),
        array_agg(held + CASE WHEN verdict = 0 THEN hold ELSE 0 END),
        array_agg(version + (verdict = 0)::integer), array_agg(account),
        array_agg(ROW(kind, session, request, account, chain, n, step, game_version, client_seeds,
            data, stake, payout, finish, transfer, deadline_ms, void_cause, total, day
        )::decided_item) FILTER (WHERE verdict = 0 AND kind IS DISTINCT FROM 0),
        bool_or(kind IS DISTINCT FROM 0), count(*) FILTER (WHERE verdict = 0),
        (SELECT count(*) FROM accounts)
    INTO verdict, balance, held, version, v_order, v_decided, v_decisions, v_accepted, v_written
    FROM d;
    IF v_order IS DISTINCT FROM p_accounts OR v_decisions IS DISTINCT FROM p_decisions THEN
        RAISE EXCEPTION 'the call does not describe its items, or they lost their order';
    END IF;
    IF v_written <> v_accepted THEN
        RAISE EXCEPTION 'an account stands twice in one call'
            USING ERRCODE = 'cardinality_violation';
    END IF;

    IF v_decided IS NOT NULL THEN
        PERFORM settle_decisions(v_now, v_decided);
    END IF;
END
$$;

-- The part of a batch that belongs to rounds with decisions: holds, inputs, ends and voids.
CREATE FUNCTION settle_decisions(v_now timestamptz, p_items decided_item[]) RETURNS void
LANGUAGE plpgsql SET search_path = croupier, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM unnest(p_items) AS i
        WHERE (i.kind IN (1, 2) OR i.kind = 3 AND i.stake = 0
            OR i.kind = 4 AND i.stake = 0 AND i.finish AND i.void_cause IS NOT NULL) IS NOT TRUE
    ) THEN
        RAISE EXCEPTION 'the platform takes no new money, and a void ends the round with a cause'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- Else a seed would be used twice, and a round that can neither end nor be void hold money.
    IF EXISTS (
        SELECT FROM unnest(p_items) AS i JOIN round r ON r.chain = i.chain AND r.n = i.n
        WHERE i.kind = 1
    ) THEN
        RAISE EXCEPTION 'the round to be opened is over' USING ERRCODE = 'unique_violation';
    END IF;

    WITH i AS MATERIALIZED (
        SELECT * FROM unnest(p_items)
    ), opened AS (
        INSERT INTO open_round (chain, n, game_version, client_seeds, opened_at, deadline)
        SELECT chain, n, game_version, client_seeds, v_now,
            v_now + deadline_ms * interval '1 millisecond'
        FROM i WHERE kind = 1
    ), holds AS (
        INSERT INTO hold (chain, n, seat, account, session, request, amount, bets)
        SELECT chain, n, 0, account, session, request, stake, data FROM i WHERE kind = 1
    ), inputs AS (
        INSERT INTO round_input (chain, n, step, seat, decision, stake, platform, at)
        SELECT chain, n, step, 0, data, stake, kind = 3, v_now FROM i WHERE kind IN (2, 3)
    ), steps AS (
        UPDATE open_round o SET step = o.step + 1
        FROM i WHERE i.kind IN (2, 3) AND o.chain = i.chain
    ), raised AS (
        UPDATE hold h SET amount = i.total
        FROM i WHERE i.kind = 2 AND i.stake > 0
            AND h.chain = i.chain AND h.n = i.n AND h.seat = 0
    )
    -- hold: cash to funds on game
    INSERT INTO transfer (id, debit, credit, amount, kind, seat, n, chain, gaming_day, at)
    SELECT transfer, account, (account & ~(255::bigint << 11)) | (2 << 11), stake, 3, 0, n, chain,
        day, v_now
    FROM i WHERE kind IN (1, 2) AND stake > 0;

    IF NOT EXISTS (SELECT FROM unnest(p_items) WHERE finish) THEN
        RETURN;
    END IF;
    PERFORM uncount_stakes(h.account, h.chain, h.n, h.amount, o.opened_at)
    FROM unnest(p_items) AS i
    JOIN hold h ON h.chain = i.chain AND h.n = i.n AND h.seat = 0
    JOIN open_round o ON o.chain = i.chain
    WHERE i.kind = 4;

    -- Reads holds and open rounds as they were before it deletes them.
    WITH e AS MATERIALIZED (
        SELECT i.kind, i.chain, i.n, i.account, i.payout, i.transfer, i.void_cause, i.total, i.day,
            o.game_version, o.client_seeds, o.step, h.session, h.request, h.bets
        FROM unnest(p_items) AS i
        JOIN open_round o ON o.chain = i.chain
        JOIN hold h ON h.chain = i.chain AND h.n = i.n AND h.seat = 0
        WHERE i.finish
    ), rounds AS (
        INSERT INTO round (chain, n, game_version, client_seeds, steps, void_cause, ended_at)
        SELECT chain, n, game_version, client_seeds, step, CASE WHEN kind = 4 THEN void_cause END,
            v_now
        FROM e
    ), wagers AS (
        INSERT INTO wager (chain, n, seat, account, session, request, stake, payout, bets,
            gaming_day, settled_at, settlement)
        SELECT chain, n, 0, account, session, request, CASE WHEN kind = 4 THEN 0 ELSE total END,
            CASE WHEN kind = 4 THEN 0 ELSE payout END, bets, day, v_now, transfer
        FROM e
    ), transfers AS (
        -- stake: funds on game to the house; or, of a void round, back to cash
        INSERT INTO transfer (id, debit, credit, amount, kind, seat, n, chain, gaming_day, at)
        SELECT transfer + 1, (account & ~(255::bigint << 11)) | (2 << 11),
            CASE WHEN kind = 4 THEN account ELSE (16 << 11) | (account & 2047) END, total,
            CASE WHEN kind = 4 THEN 4 ELSE 1 END, 0, n, chain, day, v_now
        FROM e
    ), holds AS (
        DELETE FROM hold h USING e WHERE h.chain = e.chain AND h.n = e.n
    )
    DELETE FROM open_round o USING e WHERE o.chain = e.chain;
END
$$;

-- Takes the stakes of a void round out of the hours that counted them, so that they limit nothing
-- any more, and has the gate compiled anew. To credit the present hour instead would leave room
-- above the limit once the stake's own hour has left the window. The worst loss of an hour cannot be
-- told anew from sums: the stakes left in it bound it, to the strict side.
CREATE FUNCTION uncount_stakes(
    p_account bigint, p_chain bigint, p_n integer, p_held bigint, p_opened_at timestamptz
) RETURNS void LANGUAGE plpgsql SET search_path = croupier, pg_temp AS $$
DECLARE
    v_hour bigint;
    v_stake bigint;
BEGIN
    FOR v_hour, v_stake IN
        SELECT floor(extract(epoch FROM at) / 3600), sum(stake) FROM (
            SELECT at, stake FROM round_input WHERE chain = p_chain AND n = p_n
            UNION ALL
            SELECT p_opened_at, p_held - (
                SELECT coalesce(sum(stake), 0) FROM round_input WHERE chain = p_chain AND n = p_n)
        ) AS staked GROUP BY 1
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

-- Moves hours that are over from the account row to play_hour.
CREATE FUNCTION roll_hours(p_accounts bigint[], p_hour bigint) RETURNS void
LANGUAGE plpgsql SET search_path = croupier, pg_temp AS $$
BEGIN
    INSERT INTO play_hour (account, hour, stake, payout, worst)
    SELECT a.id, a.hour, a.hour_stake, a.hour_payout, a.hour_worst
    FROM account a
    WHERE a.id = ANY (p_accounts) AND a.hour <> p_hour
        AND (a.hour_stake <> 0 OR a.hour_payout <> 0)
    -- An hour comes twice when the clock was put back.
    ON CONFLICT (account, hour) DO UPDATE
        SET stake = play_hour.stake + excluded.stake, payout = play_hour.payout + excluded.payout,
            worst = play_hour.worst + excluded.worst;
    UPDATE account SET hour = p_hour, hour_stake = 0, hour_payout = 0, hour_worst = 0
    WHERE id = ANY (p_accounts) AND hour <> p_hour;
END
$$;

-- Records a refusal that the table decided by where it stood: of another round or step than the one
-- that was due. p_chain and p_n say where. What is on record already stays as it is.
CREATE FUNCTION request_refuse(
    p_session bigint, p_request bigint, p_digest bytea, p_verdict smallint, p_account bigint,
    p_chain bigint, p_n integer, p_step integer
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
    INSERT INTO request (session, id, digest, verdict, step, n, chain, balance, held, version, at)
    SELECT p_session, p_request, p_digest, p_verdict, p_step, p_n, p_chain, balance, held, version,
        clock_timestamp()
    FROM account WHERE id = p_account AND p_verdict IN (15, 16, 18)
    ON CONFLICT DO NOTHING;
$$;
