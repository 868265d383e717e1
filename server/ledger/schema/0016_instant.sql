-- croupier:expands
-- The settling call of batches that hold nothing but instant rounds, which most do. What it writes and
-- answers is what `settle` would; it is quicker, because it looks for nothing that is seldom there.
--
-- It decides by the account's row alone. Whether a request was decided before, or a seed used, it is
-- told by the primary keys of `request` and `round`: then the call fails as a whole, as it does with
-- CR002 where a session was replaced or a round is open. Where an account is locked elsewhere or a gate
-- is stale it answers NULL. In any of these cases nothing has been done, and `settle` is called with
-- the same items. So whatever is answered here is on record as a request, refusals included.

CREATE FUNCTION settle_instant(
    p_node smallint, p_epoch bigint, p_batch bigint, p_accounts bigint[], p_items settle_item[],
    OUT verdict smallint[], OUT balance bigint[], OUT held bigint[], OUT version bigint[]
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_epoch bigint;
    v_zone text;
    v_cutoff interval;
    v_locked integer;
    v_gate timestamptz;
    v_first_hour bigint;
    v_last_hour bigint;
    v_now timestamptz;
    v_hour bigint;
    v_day date;
    v_order bigint[];
    v_chains bigint[];
    v_replaced boolean;
BEGIN
    -- A row that is locked is read as it is after the wait, so these need no second look.
    SELECT n.epoch, s.zone, s.day_cutoff INTO v_epoch, v_zone, v_cutoff
    FROM node n LEFT JOIN site s ON s.one WHERE n.id = p_node FOR SHARE OF n;
    SELECT count(balance), min(gate_until), min(hour), max(hour)
    INTO v_locked, v_gate, v_first_hour, v_last_hour FROM (
        SELECT balance, gate_until, hour FROM account WHERE id = ANY (p_accounts)
        ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
    ) AS locked;

    IF v_epoch IS DISTINCT FROM p_epoch THEN
        RAISE EXCEPTION 'node % is fenced: its epoch is not % any more', p_node, p_epoch
            USING ERRCODE = 'CR001';
    END IF;
    v_now := clock_timestamp();
    -- As many as were named: each is there, keeps a balance, is locked, and is named once.
    IF v_locked <> cardinality(p_accounts) OR v_now >= v_gate THEN
        RETURN;
    END IF;
    v_hour := floor(extract(epoch FROM v_now) / 3600);
    v_day := ((v_now AT TIME ZONE v_zone) - v_cutoff)::date;
    IF v_day IS NULL THEN
        RAISE EXCEPTION 'the site has no zone for its gaming days';
    END IF;
    IF v_first_hour <> v_hour OR v_last_hour <> v_hour THEN
        PERFORM roll_hours(p_accounts, v_hour);
    END IF;

    WITH d AS MATERIALIZED (
        SELECT i.session, i.request, i.digest, i.account, i.chain, i.n, i.step, i.game_version,
            i.client_seeds, i.data, i.stake, i.payout, i.finish, i.transfer,
            CASE
                WHEN a.session_epoch IS DISTINCT FROM i.session_epoch
                    OR i.kind IS DISTINCT FROM 0 OR i.stake = 0 THEN 12
                WHEN a.status = 1 THEN 2
                WHEN a.status = 2 THEN 3
                WHEN a.status = 3 THEN 17
                WHEN i.stake > a.stake_cap THEN 4
                WHEN i.stake > a.wager_room THEN 5
                WHEN i.stake > a.loss_room THEN 6
                WHEN i.stake > a.balance THEN 1
                ELSE 0
            END::smallint AS verdict,
            a.balance, a.held, a.version, greatest(a.gaming_day, v_day) AS day
        FROM unnest(p_items) AS i
        LEFT JOIN account a ON a.id = i.account
    ), accounts AS (
        UPDATE account a SET
            balance = a.balance + d.payout - d.stake, version = a.version + 1,
            wager_room = a.wager_room - d.stake, loss_room = a.loss_room - d.stake + d.payout,
            hour_stake = a.hour_stake + d.stake, hour_payout = a.hour_payout + d.payout,
            hour_worst = greatest(a.hour_worst + d.stake - d.payout, 0),
            hour = v_hour, gaming_day = d.day
        FROM d WHERE d.verdict = 0 AND a.id = d.account
    ), requests AS (
        INSERT INTO request
            (session, id, digest, verdict, step, n, chain, balance, held, version, at)
        SELECT session, request, digest, verdict, step, n, chain,
            CASE WHEN verdict = 0 THEN balance + payout - stake ELSE balance END,
            held, CASE WHEN verdict = 0 THEN version + 1 ELSE version END, v_now
        FROM d
    ), rounds AS (
        INSERT INTO round (chain, n, game_version, client_seeds, steps, void_cause, ended_at)
        SELECT chain, n, game_version, client_seeds, 0, NULL, v_now
        FROM d WHERE verdict = 0
    ), wagers AS (
        INSERT INTO wager (chain, n, seat, account, session, request, stake, payout, bets,
            gaming_day, settled_at, settlement)
        -- An instant round that does not end is a fault: its payout is no number then.
        SELECT chain, n, 0, account, session, request, stake, CASE WHEN finish THEN payout END,
            data, day, v_now, transfer
        FROM d WHERE verdict = 0
    ), transfers AS (
        INSERT INTO transfer (id, debit, credit, amount, kind, seat, n, chain, gaming_day, at)
        SELECT transfer + CASE leg WHEN 1 THEN 0 ELSE 2 END,
            CASE leg WHEN 1 THEN account ELSE (16 << 11) | (account & 2047) END,
            CASE leg WHEN 1 THEN (16 << 11) | (account & 2047) ELSE account END,
            CASE leg WHEN 1 THEN stake ELSE payout END, leg, 0, n, chain, day, v_now
        FROM d, (VALUES (1), (2)) AS t (leg)
        WHERE verdict = 0 AND (leg = 1 OR payout > 0)
    ), batches AS (
        INSERT INTO batch (id, xid, node, epoch, items, at)
        VALUES (p_batch, pg_current_xact_id(), p_node, p_epoch, cardinality(p_items), v_now)
    ), totals AS (
        INSERT INTO batch_total (batch, game_version, currency, test, gaming_day, wagers, stake,
            payout, stake_squares, payout_squares)
        SELECT p_batch, game_version, account_currency(account), account_test(account), day,
            count(*), sum(stake), sum(payout),
            -- Squares of what fits are summed as whole numbers, at a tenth of the cost.
            coalesce(sum(stake * stake) FILTER (WHERE stake < 3000000000), 0)
                + coalesce(sum(stake::numeric * stake) FILTER (WHERE stake >= 3000000000), 0),
            coalesce(sum(payout * payout) FILTER (WHERE payout < 3000000000), 0)
                + coalesce(sum(payout::numeric * payout) FILTER (WHERE payout >= 3000000000), 0)
        FROM d WHERE verdict = 0
        GROUP BY 2, 3, 4, 5
    )
    SELECT array_agg(verdict),
        array_agg(CASE WHEN verdict = 0 THEN balance + payout - stake ELSE balance END),
        array_agg(held), array_agg(CASE WHEN verdict = 0 THEN version + 1 ELSE version END),
        array_agg(account), array_agg(chain), bool_or(verdict = 12)
    INTO verdict, balance, held, version, v_order, v_chains, v_replaced
    FROM d;
    IF v_replaced THEN
        RAISE EXCEPTION 'a session has been replaced, or an item is no bet' USING ERRCODE = 'CR002';
    END IF;
    IF v_order IS DISTINCT FROM p_accounts THEN
        RAISE EXCEPTION 'the call does not describe its items, or they lost their order';
    END IF;
    PERFORM FROM open_round WHERE chain = ANY (v_chains);
    IF FOUND THEN
        RAISE EXCEPTION 'a round is open on a chain' USING ERRCODE = 'CR002';
    END IF;
END
$$;
REVOKE ALL ON FUNCTION settle_instant FROM PUBLIC;
GRANT EXECUTE ON FUNCTION settle_instant TO croupier_app;
