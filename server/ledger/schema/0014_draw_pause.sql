-- croupier:expands
-- How long a live table waits between the close of bets and the draw.

ALTER TABLE live_table ADD COLUMN draw_ms integer CHECK (draw_ms >= 0);

COMMENT ON COLUMN live_table.draw_ms IS
    'between the close of bets and the draw; 0: at once; NULL: as suits how the game is played';

-- As the function without the last argument, which programs of before go on calling.
CREATE FUNCTION live_table_put(
    p_id bigint, p_title text, p_game text, p_currency text, p_minimum bigint, p_maximum bigint,
    p_seats smallint, p_betting_ms integer, p_decision_ms integer, p_result_ms integer,
    p_seat_hold_ms integer, p_origin text, p_draw_ms integer
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
DECLARE
    v_id bigint;
BEGIN
    v_id := live_table_put(p_id, p_title, p_game, p_currency, p_minimum, p_maximum, p_seats,
        p_betting_ms, p_decision_ms, p_result_ms, p_seat_hold_ms, p_origin);
    UPDATE live_table SET draw_ms = p_draw_ms WHERE id = v_id;
    RETURN v_id;
END
$$;

REVOKE ALL ON FUNCTION live_table_put(bigint, text, text, text, bigint, bigint, smallint, integer,
    integer, integer, integer, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION live_table_put(bigint, text, text, text, bigint, bigint, smallint,
    integer, integer, integer, integer, text, integer) TO croupier_app;
