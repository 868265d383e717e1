-- croupier:expands
-- Live tables that operators make and change, and what they order by command.
--
-- A table of the settings has the origin 'config'. Once an operator has made or changed a table it
-- has his name as its origin, and the settings leave it alone. Whose each value is, and why, is on
-- record: one without a row in live_table_origin is that of the settings.

ALTER TABLE live_table ADD COLUMN changed_at timestamptz;
COMMENT ON COLUMN live_table.origin IS
    'config; or operator:NAME or command:USER, who made it or was the last to change it';

CREATE TABLE live_table_origin (
    table_id bigint NOT NULL REFERENCES live_table,
    field text NOT NULL CHECK (field IN ('state', 'minimum', 'maximum', 'seats', 'betting_ms',
        'decision_ms', 'result_ms', 'seat_hold_ms', 'draw_ms')),
    origin text NOT NULL CHECK (origin LIKE 'operator:_%' OR origin LIKE 'command:_%'),
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    record bigint,
    PRIMARY KEY (table_id, field)
);
COMMENT ON TABLE live_table_origin IS 'who set each value of a live table that config.toml did not';
COMMENT ON COLUMN live_table_origin.record IS
    'the operator_action with the reason; NULL where it is not known. No key: nothing here holds up
    an operator''s hand';

-- As before, but a table that an operator has made or changed stays as it is: NULL then too. And
-- whether a table is open is no affair of the settings: what an operator has closed stays closed,
-- whichever node starts.
CREATE OR REPLACE FUNCTION live_table_put(
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
        seat_hold_ms = excluded.seat_hold_ms
    WHERE t.game = excluded.game AND t.currency = excluded.currency AND t.origin = excluded.origin
    RETURNING t.id;
$$;

-- Notes who set some values of a table just now.
CREATE FUNCTION live_table_note(p_id bigint, p_fields text[], p_origin text, p_record bigint)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
    INSERT INTO live_table_origin (table_id, field, origin, record)
    SELECT p_id, field, p_origin, p_record FROM unnest(p_fields) AS f (field)
    ON CONFLICT (table_id, field) DO UPDATE SET origin = excluded.origin, at = excluded.at,
        record = excluded.record;
$$;

-- A new table of an operator, which some node should own from now on. Without an id it gets one.
-- NULL: there is a table of this title.
CREATE FUNCTION live_table_make(
    p_id bigint, p_title text, p_game text, p_currency text, p_minimum bigint, p_maximum bigint,
    p_seats smallint, p_betting_ms integer, p_decision_ms integer, p_result_ms integer,
    p_seat_hold_ms integer, p_draw_ms integer, p_state smallint, p_origin text, p_record bigint
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
DECLARE
    v_id bigint;
BEGIN
    IF p_origin NOT LIKE 'operator:_%' AND p_origin NOT LIKE 'command:_%' THEN
        RAISE EXCEPTION 'a table is made by somebody, not by %', p_origin
            USING ERRCODE = 'check_violation';
    END IF;
    IF p_state NOT IN (0, 3) THEN
        RAISE EXCEPTION 'a new table is open or closed' USING ERRCODE = 'check_violation';
    END IF;
    v_id := coalesce(p_id, greatest(id_at(clock_timestamp()),
        (SELECT max(id) + 1 FROM live_table)));
    INSERT INTO live_table (id, title, game, currency, minimum, maximum, seats, betting_ms,
        decision_ms, result_ms, seat_hold_ms, draw_ms, state, origin)
    VALUES (v_id, p_title, p_game, p_currency, p_minimum, p_maximum, p_seats, p_betting_ms,
        p_decision_ms, p_result_ms, p_seat_hold_ms, p_draw_ms, p_state, p_origin)
    ON CONFLICT (title) DO NOTHING;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM live_table_note(v_id, ARRAY['state', 'minimum', 'maximum', 'seats', 'betting_ms',
        'decision_ms', 'result_ms', 'seat_hold_ms', 'draw_ms'], p_origin, p_record);
    PERFORM fence_want(v_id);
    RETURN v_id;
END
$$;

-- Changes what a table takes, by whoever owns it. Says 'done', or why not: 'moved', it is owned under
-- another epoch; 'wrong_state', it is open or its round has not ended; 'seats_taken', somebody sits
-- on a seat that would be gone. Of the origin 'config' the terms are those of the settings, which have
-- the table back with that. Notes who set what is different.
CREATE FUNCTION live_table_change(
    p_id bigint, p_epoch bigint, p_minimum bigint, p_maximum bigint, p_seats smallint,
    p_betting_ms integer, p_decision_ms integer, p_result_ms integer, p_seat_hold_ms integer,
    p_draw_ms integer, p_origin text, p_record bigint
) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
DECLARE
    v_before live_table%ROWTYPE;
    v_after live_table%ROWTYPE;
BEGIN
    IF p_origin <> 'config' AND p_origin NOT LIKE 'operator:_%' AND p_origin NOT LIKE 'command:_%'
    THEN
        RAISE EXCEPTION 'a table is changed by somebody, not by %', p_origin
            USING ERRCODE = 'check_violation';
    END IF;
    -- Nobody sits down meanwhile: whoever does holds the fence FOR SHARE.
    PERFORM FROM fence WHERE shared_table = p_id AND epoch = p_epoch FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'moved';
    END IF;
    SELECT * INTO v_before FROM live_table WHERE id = p_id AND state <> 0
        AND NOT EXISTS (SELECT FROM live_round WHERE table_id = p_id);
    IF NOT FOUND THEN
        RETURN 'wrong_state';
    END IF;
    PERFORM FROM live_seat WHERE table_id = p_id AND seat > p_seats;
    IF FOUND THEN
        RETURN 'seats_taken';
    END IF;
    UPDATE live_table SET minimum = p_minimum, maximum = p_maximum, seats = p_seats,
        betting_ms = p_betting_ms, decision_ms = p_decision_ms, result_ms = p_result_ms,
        seat_hold_ms = p_seat_hold_ms, draw_ms = p_draw_ms, origin = p_origin,
        changed_at = clock_timestamp()
    WHERE id = p_id RETURNING * INTO v_after;
    IF p_origin = 'config' THEN
        DELETE FROM live_table_origin WHERE table_id = p_id AND field <> 'state';
    ELSE
        PERFORM live_table_note(p_id, (
            SELECT array_agg(key) FROM jsonb_each(to_jsonb(v_before)) AS before (key, value)
                JOIN jsonb_each(to_jsonb(v_after)) AS after (key, value) USING (key)
            WHERE before.value <> after.value AND key = ANY (ARRAY['minimum', 'maximum', 'seats',
                'betting_ms', 'decision_ms', 'result_ms', 'seat_hold_ms', 'draw_ms'])
        ), p_origin, p_record);
    END IF;
    RETURN 'done';
END
$$;

-- Opens, pauses or closes a table, as before, and notes who did. Without an origin that is unknown:
-- whoever set the state before did not set this one.
CREATE FUNCTION live_table_set(
    p_id bigint, p_epoch bigint, p_state smallint, p_origin text, p_record bigint
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
BEGIN
    PERFORM FROM fence WHERE shared_table = p_id AND epoch = p_epoch FOR SHARE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE live_table SET state = p_state WHERE id = p_id;
    IF p_origin IS NULL THEN
        DELETE FROM live_table_origin WHERE table_id = p_id AND field = 'state';
    ELSE
        PERFORM live_table_note(p_id, ARRAY['state'], p_origin, p_record);
    END IF;
    RETURN true;
END
$$;

CREATE OR REPLACE FUNCTION live_table_set(p_id bigint, p_epoch bigint, p_state smallint)
RETURNS boolean LANGUAGE sql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
    SELECT live_table_set(p_id, p_epoch, p_state, NULL::text, NULL::bigint);
$$;

-- As before, and never a seat that the table does not have: it may have lost some at this moment.
CREATE OR REPLACE FUNCTION live_seat_take(
    p_table bigint, p_epoch bigint, p_seat smallint, p_account bigint, p_client_seed bytea,
    p_chain bigint
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
BEGIN
    PERFORM FROM fence WHERE shared_table = p_table AND epoch = p_epoch FOR SHARE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM FROM live_table WHERE id = p_table AND p_seat <= seats;
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

-- What was ordered by command, for the owner of the table to do. It is begun once, and not after
-- `until`: whoever ordered it and was not answered knows then that nothing was done.
CREATE TABLE live_order (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    table_id bigint NOT NULL REFERENCES live_table,
    action text NOT NULL
        CHECK (action IN ('pause', 'resume', 'open', 'close', 'void', 'change')),
    round text CHECK ((round IS NOT NULL) = (action = 'void')),
    terms bytea CHECK ((terms IS NOT NULL) = (action = 'change')),
    actor text NOT NULL,
    role text NOT NULL,
    reason text NOT NULL,
    record bigint NOT NULL REFERENCES operator_action,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    until timestamptz NOT NULL,
    taken_at timestamptz,
    done_at timestamptz,
    refusal text
);
CREATE INDEX live_order_waiting ON live_order (id) WHERE done_at IS NULL;
COMMENT ON COLUMN live_order.refusal IS 'why it was not done; NULL if it was';

-- A void that was begun and is not done is begun again: its owner may be dead.
CREATE FUNCTION live_order_take(p_id bigint, p_epoch bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
BEGIN
    UPDATE live_order o SET taken_at = clock_timestamp()
    WHERE o.id = p_id AND o.until > clock_timestamp()
        AND (o.taken_at IS NULL OR o.action = 'void' AND o.done_at IS NULL)
        AND EXISTS (SELECT FROM fence f WHERE f.shared_table = o.table_id AND f.epoch = p_epoch);
    RETURN FOUND;
END
$$;

-- Ends an order; a refusal goes on record beside what was asked for.
CREATE FUNCTION live_order_end(p_id bigint, p_refusal text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
DECLARE
    v_record bigint;
BEGIN
    UPDATE live_order SET done_at = clock_timestamp(), refusal = p_refusal
    WHERE id = p_id AND taken_at IS NOT NULL AND done_at IS NULL RETURNING record INTO v_record;
    INSERT INTO operator_action (operator, actor, role, action, object, reason, address)
    SELECT operator, actor, role, action || '.refused', object,
        format('%s, of record %s', p_refusal, id), address
    FROM operator_action WHERE id = v_record AND p_refusal IS NOT NULL;
END
$$;

REVOKE ALL ON live_order, live_table_origin FROM PUBLIC;
REVOKE ALL ON FUNCTION live_table_note, live_table_make, live_table_change, live_seat_take,
    live_order_take, live_order_end FROM PUBLIC;
REVOKE ALL ON FUNCTION live_table_set(bigint, bigint, smallint, text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION live_table_make, live_table_change, live_seat_take, live_order_take,
    live_order_end TO croupier_app;
GRANT EXECUTE ON FUNCTION live_table_set(bigint, bigint, smallint, text, bigint) TO croupier_app;
GRANT SELECT ON live_order, live_table_origin TO croupier_app, croupier_report;
