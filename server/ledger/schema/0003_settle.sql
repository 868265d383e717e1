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
-- 0 to 6 and 15 to 17 of a player's request are recorded in `request`, so that it is never answered
-- otherwise when it is sent again. A known id is answered even while its account is busy: what had
-- committed before must not be told as refused.
--
-- The first statements lock, the next ones, with a fresh snapshot, decide and write: under READ
-- COMMITTED one statement for both would decide on rows read before the wait.
-- At most one item an account a call: then items cannot depend on each other.

CREATE FUNCTION settle(
    p_node smallint, p_epoch bigint, p_batch bigint,
    p_kind smallint[], p_session bigint[], p_request bigint[], p_digest bytea[],
    p_account bigint[], p_session_epoch bigint[],
    p_chain bigint[], p_n integer[], p_step integer[], p_game_version integer[],
    p_client_seeds bytea[], p_data bytea[], p_stake bigint[], p_payout bigint[],
    p_finish boolean[], p_transfer bigint[], p_deadline_ms bigint[], p_void_cause text[],
    OUT verdict smallint[], OUT balance bigint[], OUT held bigint[], OUT version bigint[]
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_items integer := cardinality(p_account);
    v_epoch bigint;
    v_locked bigint[];
    -- Whether any item is more than an instant round: only such a one can have a hold.
    v_holds boolean := p_kind <> array_fill(0::smallint, ARRAY[cardinality(p_account)]);
    v_now timestamptz;
    v_hour bigint;
    v_day date;
    v_total bigint[];
    v_days date[];
    v_order bigint[];
    v_accepted integer;
    v_written integer;
    v_roll boolean;
    v_decisions boolean;
BEGIN
    -- A row that is locked is read as it is after the wait, so this one needs no second look.
    SELECT epoch INTO v_epoch FROM node WHERE id = p_node FOR SHARE;
    SELECT array_agg(id) INTO v_locked FROM (
        SELECT id FROM account WHERE id = ANY (p_account) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
    ) AS locked;

    IF v_epoch IS DISTINCT FROM p_epoch THEN
        RAISE EXCEPTION 'node % is fenced: its epoch is not % any more', p_node, p_epoch
            USING ERRCODE = 'CR001';
    END IF;
    v_now := clock_timestamp();
    v_hour := floor(extract(epoch FROM v_now) / 3600);
    SELECT ((v_now AT TIME ZONE zone) - day_cutoff)::date INTO STRICT v_day FROM site WHERE one;

    -- The new figures are those that the update below writes: the rows are locked.
    SELECT array_agg(d.verdict),
        array_agg(CASE WHEN d.verdict <> 0 THEN d.balance
            WHEN d.kind = 4 THEN d.balance + d.total
            WHEN d.finish THEN d.balance + d.payout - d.stake ELSE d.balance - d.stake END),
        array_agg(CASE WHEN d.verdict <> 0 OR d.kind = 0 THEN d.held
            WHEN d.kind = 4 THEN d.held - d.total
            WHEN d.finish THEN d.held + d.stake - d.total ELSE d.held + d.stake END),
        array_agg(CASE WHEN d.verdict <> 0 THEN d.version ELSE d.version + 1 END),
        array_agg(d.total), array_agg(d.day), array_agg(d.transfer),
        bool_or(d.roll), bool_or(d.kind IS DISTINCT FROM 0 AND d.verdict = 0),
        count(*) FILTER (WHERE d.verdict = 0)
    INTO verdict, balance, held, version, v_total, v_days, v_order, v_roll, v_decisions, v_accepted
    FROM (
        SELECT
            CASE
                WHEN r.session IS NOT NULL AND r.digest = i.digest THEN 10
                WHEN r.session IS NOT NULL THEN 11
                WHEN a.balance IS NULL THEN 17
                WHEN cardinality(v_locked) IS DISTINCT FROM v_items
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
            greatest(a.gaming_day, v_day) AS day, i.transfer, a.hour <> v_hour AS roll, i.kind,
            i.stake, i.payout, i.finish
        FROM unnest(p_kind, p_session, p_request, p_digest, p_account, p_session_epoch, p_chain,
                p_n, p_step, p_stake, p_payout, p_finish, p_transfer)
            AS i (kind, session, request, digest, account, session_epoch, chain,
                n, step, stake, payout, finish, transfer)
        LEFT JOIN account a ON a.id = i.account
        LEFT JOIN request r ON r.session = i.session AND r.id = i.request AND i.kind <= 2
        LEFT JOIN open_round o ON o.chain = i.chain
        LEFT JOIN hold h ON v_holds AND h.chain = i.chain AND h.n = i.n AND h.seat = 0
    ) AS d;
    IF v_order IS DISTINCT FROM p_transfer THEN
        RAISE EXCEPTION 'the decided items are not in the order of the call';
    END IF;

    IF v_roll THEN
        PERFORM roll_hours(v_locked, v_hour);
    END IF;

    UPDATE account a SET
        balance = a.balance + d.cash, held = a.held + d.held, version = a.version + 1,
        wager_room = a.wager_room - d.staked, loss_room = a.loss_room - d.staked + d.paid,
        hour_stake = a.hour_stake + d.staked, hour_payout = a.hour_payout + d.paid,
        hour_worst = greatest(a.hour_worst + d.staked - d.paid, 0),
        hour = v_hour, gaming_day = d.day
    FROM (
        SELECT i.account, i.verdict, i.day,
            CASE WHEN i.kind = 4 THEN i.total
                WHEN i.finish THEN i.payout - i.stake ELSE -i.stake END AS cash,
            CASE WHEN i.kind = 0 THEN 0 WHEN i.kind = 4 THEN -i.total
                WHEN i.finish THEN i.stake - i.total ELSE i.stake END AS held,
            i.stake AS staked,
            CASE WHEN i.finish AND i.kind <> 4 THEN i.payout ELSE 0 END AS paid
        FROM unnest(p_kind, p_account, verdict, v_days, p_stake, p_payout, p_finish, v_total)
            AS i (kind, account, verdict, day, stake, payout, finish, total)
        WHERE i.verdict = 0
    ) AS d
    WHERE a.id = d.account;
    GET DIAGNOSTICS v_written = ROW_COUNT;
    IF v_written <> v_accepted THEN
        RAISE EXCEPTION 'an account stands twice in one call' USING ERRCODE = 'cardinality_violation';
    END IF;

    INSERT INTO request (session, id, digest, verdict, step, n, chain, balance, held, version, at)
    SELECT i.session, i.request, i.digest, i.verdict,
        i.step + (i.kind = 2 AND i.verdict = 0)::integer, i.n, i.chain,
        i.balance, i.held, i.version, v_now
    FROM unnest(p_kind, p_session, p_request, p_digest, verdict, p_step, p_n, p_chain,
            balance, held, version)
        AS i (kind, session, request, digest, verdict, step, n, chain, balance, held, version)
    WHERE i.kind <= 2 AND (i.verdict <= 6 OR i.verdict BETWEEN 15 AND 17 AND i.balance IS NOT NULL);

    INSERT INTO round (chain, n, game_version, client_seeds, steps, void_cause, ended_at)
    SELECT i.chain, i.n, i.game_version, i.client_seeds, 0, NULL, v_now
    FROM unnest(p_kind, verdict, p_chain, p_n, p_game_version, p_client_seeds)
        AS i (kind, verdict, chain, n, game_version, client_seeds)
    WHERE i.kind = 0 AND i.verdict = 0;

    INSERT INTO wager (chain, n, seat, account, session, request, stake, payout, bets, gaming_day,
        settled_at, settlement)
    -- An instant round that does not end is a fault: its payout is no number then.
    SELECT i.chain, i.n, 0, i.account, i.session, i.request, i.stake,
        CASE WHEN i.finish THEN i.payout END, i.data, i.day, v_now, i.transfer
    FROM unnest(p_kind, verdict, p_chain, p_n, p_account, p_session, p_request, p_stake, p_payout,
            p_finish, p_data, v_days, p_transfer)
        AS i (kind, verdict, chain, n, account, session, request, stake, payout,
            finish, data, day, transfer)
    WHERE i.kind = 0 AND i.verdict = 0;

    INSERT INTO transfer (id, debit, credit, amount, kind, seat, n, chain, gaming_day, at)
    SELECT i.transfer, i.account, (16 << 11) | (i.account & 2047), i.stake, 1, 0, i.n, i.chain,
        i.day, v_now
    FROM unnest(p_kind, verdict, p_chain, p_n, p_account, p_stake, v_days, p_transfer)
        AS i (kind, verdict, chain, n, account, stake, day, transfer)
    WHERE i.kind = 0 AND i.verdict = 0;

    IF v_decisions THEN
        PERFORM settle_decisions(v_now, p_kind, verdict, p_session, p_request, p_account, p_chain,
            p_n, p_step, p_game_version, p_client_seeds, p_data, p_stake, p_payout, p_finish,
            p_transfer, p_deadline_ms, p_void_cause, v_total, v_days);
    END IF;

    INSERT INTO transfer (id, debit, credit, amount, kind, seat, n, chain, gaming_day, at)
    SELECT i.transfer + 2, (16 << 11) | (i.account & 2047), i.account, i.payout, 2, 0, i.n, i.chain,
        i.day, v_now
    FROM unnest(p_kind, verdict, p_chain, p_n, p_account, p_payout, p_finish, v_days, p_transfer)
        AS i (kind, verdict, chain, n, account, payout, finish, day, transfer)
    WHERE i.verdict = 0 AND i.finish AND i.payout > 0 AND i.kind <> 4;

    INSERT INTO batch (id, xid, node, epoch, items, at)
    VALUES (p_batch, pg_current_xact_id(), p_node, p_epoch, v_items, v_now);

    INSERT INTO batch_total (batch, game_version, currency, test, gaming_day, wagers, stake, payout,
        stake_squares, payout_squares)
    SELECT p_batch, i.game_version, account_currency(i.account), account_test(i.account), i.day,
        count(*), sum(i.total), sum(i.payout),
        -- Squares of what fits are summed as whole numbers, at a tenth of the cost.
        coalesce(sum(i.total * i.total) FILTER (WHERE i.total < 3000000000), 0)
            + coalesce(sum(i.total::numeric * i.total) FILTER (WHERE i.total >= 3000000000), 0),
        coalesce(sum(i.payout * i.payout) FILTER (WHERE i.payout < 3000000000), 0)
            + coalesce(sum(i.payout::numeric * i.payout) FILTER (WHERE i.payout >= 3000000000), 0)
    FROM unnest(p_kind, verdict, p_game_version, p_account, v_total, p_payout, p_finish, v_days)
        AS i (kind, verdict, game_version, account, total, payout, finish, day)
    WHERE i.verdict = 0 AND i.finish AND i.kind <> 4
    GROUP BY 2, 3, 4, 5;
END
$$;

-- The part of a batch that belongs to rounds with decisions: holds, inputs, ends and voids.
CREATE FUNCTION settle_decisions(
    v_now timestamptz, p_kind smallint[], p_verdict smallint[], p_session bigint[],
    p_request bigint[], p_account bigint[], p_chain bigint[], p_n integer[], p_step integer[],
    p_game_version integer[], p_client_seeds bytea[], p_data bytea[], p_stake bigint[],
    p_payout bigint[], p_finish boolean[], p_transfer bigint[], p_deadline_ms bigint[],
    p_void_cause text[], p_total bigint[], p_day date[]
) RETURNS void LANGUAGE plpgsql SET search_path = croupier, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_ended bigint[];
BEGIN
    IF EXISTS (
        SELECT FROM unnest(p_kind, p_verdict, p_stake, p_finish, p_void_cause)
            AS i (kind, verdict, stake, finish, void_cause)
        WHERE i.verdict = 0 AND i.kind IS DISTINCT FROM 0 AND (i.kind IN (1, 2)
            OR i.kind = 3 AND i.stake = 0
            OR i.kind = 4 AND i.stake = 0 AND i.finish AND i.void_cause IS NOT NULL) IS NOT TRUE
    ) THEN
        RAISE EXCEPTION 'the platform takes no new money, and a void ends the round with a cause'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- Else a seed would be used twice, and a round that can neither end nor be void would hold money.
    IF EXISTS (
        SELECT FROM unnest(p_kind, p_verdict, p_chain, p_n) AS i (kind, verdict, chain, n)
        JOIN round r ON r.chain = i.chain AND r.n = i.n
        WHERE i.kind = 1 AND i.verdict = 0
    ) THEN
        RAISE EXCEPTION 'the round to be opened is over' USING ERRCODE = 'unique_violation';
    END IF;

    -- hold: cash to funds on game
    INSERT INTO transfer (id, debit, credit, amount, kind, seat, n, chain, gaming_day, at)
    SELECT i.transfer, i.account, (i.account & ~(255::bigint << 11)) | (2 << 11), i.stake, 3, 0,
        i.n, i.chain, i.day, v_now
    FROM unnest(p_kind, p_verdict, p_account, p_stake, p_n, p_chain, p_day, p_transfer)
        AS i (kind, verdict, account, stake, n, chain, day, transfer)
    WHERE i.kind IN (1, 2) AND i.verdict = 0 AND i.stake > 0;

    INSERT INTO open_round (chain, n, game_version, client_seeds, opened_at, deadline)
    SELECT i.chain, i.n, i.game_version, i.client_seeds, v_now,
        v_now + i.deadline_ms * interval '1 millisecond'
    FROM unnest(p_kind, p_verdict, p_chain, p_n, p_game_version, p_client_seeds, p_deadline_ms)
        AS i (kind, verdict, chain, n, game_version, client_seeds, deadline_ms)
    WHERE i.kind = 1 AND i.verdict = 0;

    INSERT INTO hold (chain, n, seat, account, session, request, amount, bets)
    SELECT i.chain, i.n, 0, i.account, i.session, i.request, i.stake, i.data
    FROM unnest(p_kind, p_verdict, p_chain, p_n, p_account, p_session, p_request, p_stake, p_data)
        AS i (kind, verdict, chain, n, account, session, request, stake, data)
    WHERE i.kind = 1 AND i.verdict = 0;

    INSERT INTO round_input (chain, n, step, seat, decision, stake, platform, at)
    SELECT i.chain, i.n, i.step, 0, i.data, i.stake, i.kind = 3, v_now
    FROM unnest(p_kind, p_verdict, p_chain, p_n, p_step, p_data, p_stake)
        AS i (kind, verdict, chain, n, step, data, stake)
    WHERE i.kind IN (2, 3) AND i.verdict = 0;

    UPDATE open_round o SET step = o.step + 1
    FROM unnest(p_kind, p_verdict, p_chain) AS i (kind, verdict, chain)
    WHERE i.kind IN (2, 3) AND i.verdict = 0 AND o.chain = i.chain;

    UPDATE hold h SET amount = i.total
    FROM unnest(p_kind, p_verdict, p_chain, p_n, p_stake, p_total)
        AS i (kind, verdict, chain, n, stake, total)
    WHERE i.kind = 2 AND i.verdict = 0 AND i.stake > 0
        AND h.chain = i.chain AND h.n = i.n AND h.seat = 0;

    SELECT array_agg(i.chain) INTO v_ended
    FROM unnest(p_kind, p_verdict, p_chain, p_finish) AS i (kind, verdict, chain, finish)
    WHERE i.verdict = 0 AND i.finish AND i.kind <> 0;
    IF v_ended IS NULL THEN
        RETURN;
    END IF;

    INSERT INTO round (chain, n, game_version, client_seeds, steps, void_cause, ended_at)
    SELECT o.chain, o.n, o.game_version, o.client_seeds, o.step,
        CASE WHEN i.kind = 4 THEN i.void_cause END, v_now
    FROM unnest(p_kind, p_verdict, p_chain, p_finish, p_void_cause)
        AS i (kind, verdict, chain, finish, void_cause)
    JOIN open_round o ON o.chain = i.chain
    WHERE i.verdict = 0 AND i.finish AND i.kind <> 0;

    INSERT INTO wager (chain, n, seat, account, session, request, stake, payout, bets, gaming_day,
        settled_at, settlement)
    SELECT h.chain, h.n, 0, h.account, h.session, h.request,
        CASE WHEN i.kind = 4 THEN 0 ELSE i.total END, CASE WHEN i.kind = 4 THEN 0 ELSE i.payout END,
        h.bets, i.day, v_now, i.transfer
    FROM unnest(p_kind, p_verdict, p_chain, p_n, p_finish, p_total, p_payout, p_day, p_transfer)
        AS i (kind, verdict, chain, n, finish, total, payout, day, transfer)
    JOIN hold h ON h.chain = i.chain AND h.n = i.n AND h.seat = 0
    WHERE i.verdict = 0 AND i.finish AND i.kind <> 0;

    -- stake: funds on game to the house; or, of a void round, back to cash
    INSERT INTO transfer (id, debit, credit, amount, kind, seat, n, chain, gaming_day, at)
    SELECT i.transfer + 1, (i.account & ~(255::bigint << 11)) | (2 << 11),
        CASE WHEN i.kind = 4 THEN i.account ELSE (16 << 11) | (i.account & 2047) END, i.total,
        CASE WHEN i.kind = 4 THEN 4 ELSE 1 END, 0, i.n, i.chain, i.day, v_now
    FROM unnest(p_kind, p_verdict, p_account, p_chain, p_n, p_finish, p_total, p_day, p_transfer)
        AS i (kind, verdict, account, chain, n, finish, total, day, transfer)
    WHERE i.verdict = 0 AND i.finish AND i.kind <> 0;

    IF 4 = ANY (p_kind) THEN
        PERFORM uncount_stakes(h.account, h.chain, h.n, h.amount, o.opened_at)
        FROM unnest(p_kind, p_verdict, p_chain, p_n) AS i (kind, verdict, chain, n)
        JOIN hold h ON h.chain = i.chain AND h.n = i.n AND h.seat = 0
        JOIN open_round o ON o.chain = i.chain
        WHERE i.kind = 4 AND i.verdict = 0;
    END IF;

    DELETE FROM hold WHERE chain = ANY (v_ended);
    DELETE FROM open_round WHERE chain = ANY (v_ended);
END
$$;

-- Takes the stakes of a void round out of the hours that counted them, so that they limit nothing
-- any more, and has the gate compiled anew. To credit the present hour instead would leave room
-- above the limit once the stake's own hour has left the window.
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
