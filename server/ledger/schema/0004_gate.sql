-- The gate: what decides whether an account may take new money, compiled on its row.

-- The one way to lock several accounts: in id order, so that nobody deadlocks.
CREATE FUNCTION lock_accounts(p_accounts bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = croupier, pg_temp AS $$
BEGIN
    PERFORM FROM (
        SELECT FROM account WHERE id = ANY (p_accounts) ORDER BY id FOR NO KEY UPDATE
    ) AS locked;
END
$$;

-- Whoever adds a fact about a player, or an account to him, takes this lock first and the accounts'
-- then: an account that is being opened misses no exclusion that is being recorded.
CREATE FUNCTION lock_player(p_player bigint) RETURNS void
LANGUAGE plpgsql SET search_path = croupier, pg_temp AS $$
BEGIN
    PERFORM FROM player WHERE id = p_player FOR NO KEY UPDATE;
END
$$;

-- The limits in force at an instant: for each kind, period and imposer the latest request that has
-- come into force. One that still waited when a later one was made never does.
CREATE FUNCTION limits_in_force(p_player bigint, p_currency text, p_at timestamptz)
RETURNS SETOF player_limit LANGUAGE sql STABLE SET search_path = croupier, pg_temp AS $$
    SELECT DISTINCT ON (l.kind, l.period_hours, l.imposed_by) l.* FROM player_limit l
    WHERE l.player = p_player AND l.currency = p_currency AND l.effective_at <= p_at
        AND NOT EXISTS (
            SELECT FROM player_limit later
            WHERE later.player = l.player AND later.currency = l.currency AND later.kind = l.kind
                AND later.period_hours = l.period_hours AND later.imposed_by = l.imposed_by
                AND later.id > l.id AND l.effective_at > l.requested_at
                AND later.requested_at < l.effective_at
        )
    ORDER BY l.kind, l.period_hours, l.imposed_by, l.id DESC;
$$;

-- Compiles the gate of one account afresh, under its lock. Rolling windows count whole hours, to the
-- strict side; so with any limit the gate holds to the end of the hour.
CREATE FUNCTION gate_refresh(p_account bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
DECLARE
    v_row account%ROWTYPE;
    v_now timestamptz;
    v_hour bigint;
    v_status smallint := 0;
    v_until timestamptz := 'infinity';
    v_wager bigint;
    v_loss bigint;
    v_cap bigint;
    v_limit record;
    v_staked numeric;
    v_lost numeric;
BEGIN
    PERFORM lock_accounts(ARRAY[p_account]);
    v_now := clock_timestamp();
    v_hour := floor(extract(epoch FROM v_now) / 3600);
    PERFORM roll_hours(ARRAY[p_account], v_hour);
    SELECT * INTO STRICT v_row FROM account WHERE id = p_account;

    SELECT max(CASE kind WHEN 'suspension' THEN 1 ELSE 2 END) INTO v_status FROM exclusion
        WHERE player = v_row.owner AND starts_at <= v_now AND v_now < ends_at;
    v_status := coalesce(v_status, 0);
    IF v_row.status = 3 THEN
        v_status := 3;
    END IF;
    SELECT least(v_until, min(edge)) INTO v_until FROM (
        SELECT starts_at AS edge FROM exclusion WHERE player = v_row.owner
        UNION ALL SELECT ends_at FROM exclusion WHERE player = v_row.owner
        UNION ALL SELECT effective_at FROM player_limit
            WHERE player = v_row.owner AND currency = v_row.currency
    ) AS edges WHERE edge > v_now;

    FOR v_limit IN
        SELECT kind, period_hours, amount FROM limits_in_force(v_row.owner, v_row.currency, v_now)
        WHERE amount IS NOT NULL
    LOOP
        IF v_limit.kind = 'stake' THEN
            v_cap := least(v_cap, v_limit.amount);
            CONTINUE;
        END IF;
        SELECT coalesce(sum(stake), 0) + v_row.hour_stake,
            coalesce(sum(CASE WHEN hour = v_hour - v_limit.period_hours THEN worst
                ELSE stake - payout END), 0) + v_row.hour_stake - v_row.hour_payout
        INTO v_staked, v_lost FROM play_hour
        WHERE account = p_account AND hour >= v_hour - v_limit.period_hours;
        IF v_limit.kind = 'wager' THEN
            v_wager := least(v_wager, v_limit.amount - v_staked);
        ELSE
            v_loss := least(v_loss, v_limit.amount - v_lost);
        END IF;
        v_until := least(v_until, to_timestamp((v_hour + 1) * 3600));
    END LOOP;

    UPDATE account SET status = v_status, stake_cap = v_cap, wager_room = v_wager,
        loss_room = v_loss, gate_until = v_until
    WHERE id = p_account;
END
$$;

-- Records a limit (F2: lower at once; F3: higher or lifted after the delay) and compiles the gate.
CREATE FUNCTION limit_set(
    p_player bigint, p_currency text, p_kind text, p_period_hours integer, p_amount bigint,
    p_imposed_by text, p_delay interval DEFAULT '24 hours'
) RETURNS timestamptz LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
DECLARE
    v_accounts bigint[];
    v_now timestamptz;
    v_current bigint;
    v_effective timestamptz;
BEGIN
    PERFORM lock_player(p_player);
    SELECT array_agg(id) INTO v_accounts FROM account
        WHERE id IN (SELECT account_id(p_player, 1, number, t)
            FROM currency, (VALUES (true), (false)) AS v (t) WHERE code = p_currency);
    PERFORM lock_accounts(v_accounts);
    v_now := clock_timestamp();
    SELECT amount INTO v_current FROM limits_in_force(p_player, p_currency, v_now)
        WHERE kind = p_kind AND period_hours = p_period_hours AND imposed_by = p_imposed_by;
    v_effective := CASE
        WHEN p_imposed_by <> 'player' THEN v_now
        WHEN p_amount IS NOT NULL AND (v_current IS NULL OR p_amount <= v_current) THEN v_now
        ELSE v_now + p_delay END;
    INSERT INTO player_limit (player, currency, kind, period_hours, amount, imposed_by,
        requested_at, effective_at)
    VALUES (p_player, p_currency, p_kind, p_period_hours, p_amount, p_imposed_by, v_now, v_effective);
    PERFORM gate_refresh(id) FROM unnest(v_accounts) AS id;
    RETURN v_effective;
END
$$;

-- Records an exclusion, time-out or suspension and shuts the gate, in one transaction (F9).
CREATE FUNCTION exclusion_add(
    p_player bigint, p_kind text, p_imposed_by text, p_reason text,
    p_starts_at timestamptz, p_ends_at timestamptz
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
DECLARE
    v_accounts bigint[];
BEGIN
    PERFORM lock_player(p_player);
    SELECT array_agg(id) INTO v_accounts FROM account
        WHERE id IN (SELECT account_id(p_player, 1, number, t)
            FROM currency, (VALUES (true), (false)) AS v (t));
    PERFORM lock_accounts(v_accounts);
    INSERT INTO exclusion (player, kind, imposed_by, reason, starts_at, ends_at)
    VALUES (p_player, p_kind, p_imposed_by, p_reason, p_starts_at, p_ends_at);
    PERFORM gate_refresh(id) FROM unnest(v_accounts) AS id;
END
$$;
