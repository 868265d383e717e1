-- croupier:expands
-- An operator's word on a live table stands until an operator takes it back, and whose it is, and
-- why, is on record for each value.
--
-- A value without a row here is that of config.toml. Programs of before call the functions without
-- the last arguments, and say no reason.

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

-- What tables of operators take was set by whoever made them, or was the last to change them.
INSERT INTO live_table_origin (table_id, field, origin, at, record)
SELECT t.id, f.field, t.origin, coalesce(t.changed_at, t.made_at), (
        SELECT max(a.id) FROM operator_action a
        WHERE (a.action = 'table.change' AND a.object = t.id::text)
            OR (a.action = 'table.make' AND a.object = t.id || ' ' || t.title))
FROM live_table t CROSS JOIN unnest(ARRAY['minimum', 'maximum', 'seats', 'betting_ms',
    'decision_ms', 'result_ms', 'seat_hold_ms', 'draw_ms']) AS f (field)
WHERE t.origin LIKE 'operator:_%' OR t.origin LIKE 'command:_%';

-- As before, but whether the table is open is no affair of the settings: what an operator has closed
-- stays closed, whichever node starts.
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

-- As the function without the last argument, which says under which number it is recorded.
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

CREATE OR REPLACE FUNCTION live_table_make(
    p_id bigint, p_title text, p_game text, p_currency text, p_minimum bigint, p_maximum bigint,
    p_seats smallint, p_betting_ms integer, p_decision_ms integer, p_result_ms integer,
    p_seat_hold_ms integer, p_draw_ms integer, p_state smallint, p_origin text
) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
    SELECT live_table_make(p_id, p_title, p_game, p_currency, p_minimum, p_maximum, p_seats,
        p_betting_ms, p_decision_ms, p_result_ms, p_seat_hold_ms, p_draw_ms, p_state, p_origin,
        NULL::bigint);
$$;

-- Changes what a table takes, as before, and notes who set what is different. Of the origin 'config'
-- the terms are those of the settings, which have the table back with that.
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

CREATE OR REPLACE FUNCTION live_table_change(
    p_id bigint, p_epoch bigint, p_minimum bigint, p_maximum bigint, p_seats smallint,
    p_betting_ms integer, p_decision_ms integer, p_result_ms integer, p_seat_hold_ms integer,
    p_draw_ms integer, p_origin text
) RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
    SELECT live_table_change(p_id, p_epoch, p_minimum, p_maximum, p_seats, p_betting_ms,
        p_decision_ms, p_result_ms, p_seat_hold_ms, p_draw_ms, p_origin, NULL::bigint);
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

REVOKE ALL ON live_table_origin FROM PUBLIC;
REVOKE ALL ON FUNCTION live_table_note FROM PUBLIC;
REVOKE ALL ON FUNCTION live_table_make(bigint, text, text, text, bigint, bigint, smallint, integer,
    integer, integer, integer, integer, smallint, text, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION live_table_change(bigint, bigint, bigint, bigint, smallint, integer, integer,
    integer, integer, integer, text, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION live_table_set(bigint, bigint, smallint, text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION live_table_make(bigint, text, text, text, bigint, bigint, smallint, integer,
    integer, integer, integer, integer, smallint, text, bigint) TO croupier_app;
GRANT EXECUTE ON FUNCTION live_table_change(bigint, bigint, bigint, bigint, smallint, integer,
    integer, integer, integer, integer, text, bigint) TO croupier_app;
GRANT EXECUTE ON FUNCTION live_table_set(bigint, bigint, smallint, text, bigint) TO croupier_app;
GRANT SELECT ON live_table_origin TO croupier_app, croupier_report;
