-- croupier:expands
-- Rounds of live tables that an operator has to see to: those whose payment the database refuses are
-- parked, and an order to void one is on record before anything is done by it.

ALTER TABLE live_round ADD COLUMN parked_for text;
COMMENT ON COLUMN live_round.parked_for IS 'what the database refused; beside open_round.parked';

-- Counts that a round's own item was refused; the third time parks it and pauses its table. Returns
-- whether it is parked, NULL if it is not in play there or the table is owned under another epoch.
CREATE FUNCTION live_round_failed(
    p_table bigint, p_epoch bigint, p_chain bigint, p_n integer, p_cause text
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
DECLARE
    v_parked boolean;
BEGIN
    PERFORM FROM fence WHERE shared_table = p_table AND epoch = p_epoch FOR SHARE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM FROM live_round WHERE chain = p_chain AND n = p_n AND table_id = p_table FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    UPDATE open_round SET failures = failures + 1, parked = parked OR failures >= 2
    WHERE chain = p_chain AND n = p_n RETURNING parked INTO v_parked;
    IF v_parked THEN
        UPDATE live_round SET parked_for = p_cause WHERE chain = p_chain;
        UPDATE live_table SET state = 1 WHERE id = p_table AND state IN (0, 2);
        IF FOUND THEN  -- nobody's word, but the platform's
            DELETE FROM live_table_origin WHERE table_id = p_table AND field = 'state';
        END IF;
    END IF;
    RETURN v_parked;
END
$$;

-- Opens a table again, for whom and under which record, and has its parked round tried again; false
-- if it is owned under another epoch.
CREATE FUNCTION live_round_retry(
    p_table bigint, p_epoch bigint, p_origin text, p_record bigint
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
BEGIN
    PERFORM FROM fence WHERE shared_table = p_table AND epoch = p_epoch FOR SHARE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE live_round SET parked_for = NULL WHERE table_id = p_table;
    UPDATE open_round o SET parked = false, failures = 0
    FROM live_round l WHERE l.table_id = p_table AND o.chain = l.chain;
    RETURN live_table_set(p_table, p_epoch, 0::smallint, p_origin, p_record);
END
$$;

-- Has a round voided, for good; the order of this record is done with that. False if there is no such
-- round, or a seat of it was paid; NULL if the table is owned under another epoch.
CREATE FUNCTION live_round_void(
    p_table bigint, p_epoch bigint, p_chain bigint, p_n integer, p_reason text, p_record bigint
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
BEGIN
    PERFORM FROM fence WHERE shared_table = p_table AND epoch = p_epoch FOR SHARE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM FROM live_round WHERE chain = p_chain AND n = p_n AND table_id = p_table FOR UPDATE;
    IF NOT FOUND OR EXISTS (SELECT FROM wager WHERE chain = p_chain AND n = p_n AND stake > 0) THEN
        RETURN false;
    END IF;
    UPDATE live_round SET void_ordered = coalesce(void_ordered, p_reason), parked_for = NULL
    WHERE chain = p_chain;
    UPDATE open_round SET parked = false, failures = 0 WHERE chain = p_chain;
    UPDATE live_order SET done_at = clock_timestamp()
    WHERE record = p_record AND action = 'void' AND taken_at IS NOT NULL AND done_at IS NULL;
    RETURN true;
END
$$;

REVOKE ALL ON FUNCTION live_round_failed, live_round_retry, live_round_void FROM PUBLIC;
GRANT EXECUTE ON FUNCTION live_round_failed, live_round_retry, live_round_void TO croupier_app;
