-- Play-money sign-up, tickets and sessions.

CREATE FUNCTION account_open(p_player bigint, p_currency text, p_test boolean) RETURNS bigint
LANGUAGE plpgsql SET search_path = croupier, pg_temp AS $$
DECLARE
    v_number smallint;
BEGIN
    PERFORM lock_player(p_player);
    SELECT number INTO STRICT v_number FROM currency WHERE code = p_currency;
    INSERT INTO account (id, owner, kind, currency, test, balance)
    VALUES (account_id(p_player, 1, v_number, p_test), p_player, 1, p_currency, p_test, 0),
        (account_id(p_player, 2, v_number, p_test), p_player, 2, p_currency, p_test, NULL);
    -- The house's accounts of a currency are made with the first player of it.
    INSERT INTO account (id, owner, kind, currency, test, balance)
    SELECT account_id(0, kind, v_number, p_test), 0, kind, p_currency, p_test, NULL
    FROM unnest(ARRAY[16, 17]) AS kind
    WHERE NOT EXISTS (SELECT FROM account WHERE id = account_id(0, kind, v_number, p_test))
    ON CONFLICT DO NOTHING;
    -- Exclusions and limits are the player's: they bind the account from its first bet.
    IF EXISTS (SELECT FROM exclusion WHERE player = p_player)
        OR EXISTS (SELECT FROM player_limit WHERE player = p_player) THEN
        PERFORM gate_refresh(account_id(p_player, 1, v_number, p_test));
    END IF;
    RETURN account_id(p_player, 1, v_number, p_test);
END
$$;

-- A play-money player: account, funding and ticket in one transaction. Test accounts only (D16).
CREATE FUNCTION demo_sign_up(
    p_currency text, p_amount bigint, p_transfer bigint, p_ticket bytea, p_ticket_life interval,
    OUT player bigint, OUT account bigint
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now timestamptz := clock_timestamp();
    v_day date;
BEGIN
    SELECT ((v_now AT TIME ZONE zone) - day_cutoff)::date INTO STRICT v_day FROM site WHERE one;
    INSERT INTO player (test) VALUES (true) RETURNING id INTO player;
    account := account_open(player, p_currency, true);
    IF p_amount > 0 THEN
        INSERT INTO transfer (id, debit, credit, amount, kind, seat, gaming_day, at)
        VALUES (p_transfer, (17 << 11) | (account & 2047), account, p_amount, 5, 0, v_day, v_now);
        INSERT INTO funding (transfer, account, amount, reason, actor, at)
        VALUES (p_transfer, account, p_amount, 'play money at sign-up', 'demo', v_now);
        UPDATE account a SET balance = a.balance + p_amount, version = a.version + 1,
            gaming_day = v_day
        WHERE a.id = demo_sign_up.account;
    END IF;
    INSERT INTO ticket (hash, player, account, expires_at)
    VALUES (p_ticket, player, account, v_now + p_ticket_life);
END
$$;

-- Uses a ticket and starts a session; the newest session wins and the account fences the older.
-- The same ticket and nonce within 30 s give the same session again, with a new token.
CREATE FUNCTION session_open(
    p_ticket bytea, p_nonce text, p_session bigint, p_token bytea, p_client text,
    OUT session bigint, OUT player bigint, OUT account bigint, OUT epoch bigint,
    OUT currency text, OUT exponent smallint, OUT test boolean, OUT balance bigint,
    OUT held bigint, OUT version bigint, OUT highest_request bigint
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_ticket ticket%ROWTYPE;
    v_now timestamptz;
BEGIN
    SELECT * INTO v_ticket FROM ticket WHERE hash = p_ticket FOR UPDATE;
    v_now := clock_timestamp();
    IF v_ticket.hash IS NULL OR v_ticket.expires_at <= v_now THEN
        RETURN;
    END IF;
    player := v_ticket.player;
    account := v_ticket.account;
    PERFORM lock_accounts(ARRAY[account]);
    IF v_ticket.used_at IS NOT NULL THEN
        IF v_ticket.nonce IS DISTINCT FROM p_nonce OR v_now > v_ticket.used_at + interval '30 s' THEN
            player := NULL;
            account := NULL;
            RETURN;
        END IF;
        UPDATE session s SET token = p_token, previous_token = NULL
        FROM account a
        WHERE s.id = v_ticket.session AND s.ended_at IS NULL AND a.id = s.account
            AND a.session_epoch = s.epoch
        RETURNING s.id, s.epoch INTO session, epoch;
        IF session IS NULL THEN
            player := NULL;
            account := NULL;
            RETURN;
        END IF;
    ELSE
        UPDATE ticket SET used_at = v_now, nonce = p_nonce, session = p_session WHERE hash = p_ticket;
        UPDATE session s SET ended_at = v_now, end_reason = 'replaced'
        WHERE s.account = session_open.account AND s.ended_at IS NULL;
        UPDATE account a SET session_epoch = a.session_epoch + 1 WHERE a.id = session_open.account
        RETURNING a.session_epoch INTO epoch;
        session := p_session;
        INSERT INTO session (id, player, account, epoch, token, client, started_at)
        VALUES (session, player, account, epoch, p_token, p_client, v_now);
    END IF;
    SELECT a.currency, c.exponent, a.test, a.balance, a.held, a.version
    INTO STRICT currency, exponent, test, balance, held, version
    FROM account a JOIN currency c ON c.code = a.currency WHERE a.id = session_open.account;
    SELECT coalesce(max(r.id), 0) INTO highest_request FROM request r WHERE r.session = session_open.session;
END
$$;

-- Goes on with a session. The token is checked before anything is touched; the old one stays valid
-- until `session_confirm`.
CREATE FUNCTION session_resume(
    p_token bytea, p_new_token bytea,
    OUT session bigint, OUT player bigint, OUT account bigint, OUT epoch bigint,
    OUT currency text, OUT exponent smallint, OUT test boolean, OUT balance bigint,
    OUT held bigint, OUT version bigint, OUT highest_request bigint, OUT replaced boolean
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_session session%ROWTYPE;
BEGIN
    SELECT * INTO v_session FROM session s WHERE s.token = p_token OR s.previous_token = p_token;
    IF v_session.id IS NULL THEN
        RETURN;
    END IF;
    PERFORM lock_accounts(ARRAY[v_session.account]);
    SELECT * INTO v_session FROM session s WHERE s.id = v_session.id
        AND (s.token = p_token OR s.previous_token = p_token) FOR UPDATE;
    IF v_session.id IS NULL THEN
        RETURN;
    END IF;
    SELECT a.currency, c.exponent, a.test, a.balance, a.held, a.version,
        a.session_epoch <> v_session.epoch OR v_session.ended_at IS NOT NULL
    INTO STRICT currency, exponent, test, balance, held, version, replaced
    FROM account a JOIN currency c ON c.code = a.currency WHERE a.id = v_session.account;
    session := v_session.id;
    player := v_session.player;
    account := v_session.account;
    epoch := v_session.epoch;
    IF replaced THEN
        RETURN;
    END IF;
    UPDATE session s SET token = p_new_token, previous_token = p_token WHERE s.id = v_session.id;
    SELECT coalesce(max(r.id), 0) INTO highest_request FROM request r WHERE r.session = v_session.id;
END
$$;

-- Ends the token before the one that the client has shown to have. One that comes late, after yet
-- another resume, changes nothing: the client may have no other token than the one before.
CREATE FUNCTION session_confirm(p_session bigint, p_token bytea) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
    UPDATE session SET previous_token = NULL
    WHERE id = p_session AND token = p_token AND previous_token IS NOT NULL;
$$;

CREATE FUNCTION session_end(p_session bigint, p_reason text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
    UPDATE session SET ended_at = clock_timestamp(), end_reason = p_reason
    WHERE id = p_session AND ended_at IS NULL;
$$;

CREATE FUNCTION tickets_expire() RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
    WITH gone AS (
        DELETE FROM ticket WHERE expires_at < clock_timestamp() - interval '1 hour' RETURNING 1
    ) SELECT count(*) FROM gone;
$$;
