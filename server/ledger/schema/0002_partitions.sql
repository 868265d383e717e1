-- Partitions, and the triggers that keep the record append-only.
--
-- Ids start with milliseconds since 2026-01-01 shifted by 22 bits, so a range of ids is a range of
-- time. Partitions are made by LIKE, CHECK, ATTACH well ahead: a plain PARTITION OF would queue
-- behind a report and stop all bets. There is no default partition.

CREATE FUNCTION id_at(moment timestamptz) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (extract(epoch FROM moment - timestamptz '2026-01-01 00:00:00+00') * 1000)::bigint << 22;

CREATE FUNCTION id_time(id bigint) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN timestamptz '2026-01-01 00:00:00+00' + (id >> 22) * interval '1 millisecond';

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: corrections are new rows', TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE FUNCTION partition_name(parent text, number integer) RETURNS text
LANGUAGE sql IMMUTABLE RETURN parent || '_p' || lpad(number::text, 4, '0');

-- Makes one partition of 28 days; true if it was missing. The first reaches back to zero. Counted in
-- hours: a day's length depends on the time zone of whoever asks, and borders would not meet.
CREATE FUNCTION partition_make(parent text, number integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
    child text := partition_name(parent, number);
    key text;
    low bigint := CASE WHEN number = 0 THEN 0
        ELSE id_at(timestamptz '2026-01-01 00:00:00+00' + number * interval '672 hours') END;
    high bigint := id_at(timestamptz '2026-01-01 00:00:00+00' + (number + 1) * interval '672 hours');
BEGIN
    IF to_regclass(format('croupier.%I', child)) IS NOT NULL THEN
        RETURN false;
    END IF;
    SELECT attname INTO STRICT key FROM pg_partitioned_table
        JOIN pg_attribute ON attrelid = partrelid AND attnum = partattrs[0]
        WHERE partrelid = format('croupier.%I', parent)::regclass;
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', child, parent);
    EXECUTE format('ALTER TABLE %I ADD CONSTRAINT attach_range CHECK (%I >= %s AND %I < %s)',
        child, key, low, key, high);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)',
        parent, child, low, high);
    EXECUTE format('ALTER TABLE %I DROP CONSTRAINT attach_range', child);
    EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON %I
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', child);
    RETURN true;
END
$$;

CREATE FUNCTION partition_number(moment timestamptz) RETURNS integer
LANGUAGE sql IMMUTABLE
RETURN floor(extract(epoch FROM moment - timestamptz '2026-01-01 00:00:00+00') / (28 * 86400))::integer;

-- Makes what is missing from now to `ahead`; returns how many were made.
CREATE FUNCTION partitions_ensure(ahead interval DEFAULT '60 days') RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
    made integer := 0;
    parent text;
BEGIN
    FOREACH parent IN ARRAY ARRAY['request', 'round', 'round_input', 'transfer', 'wager'] LOOP
        FOR number IN greatest(0, partition_number(clock_timestamp()))
            .. greatest(0, partition_number(clock_timestamp() + ahead)) LOOP
            IF partition_make(parent, number) THEN
                made := made + 1;
            END IF;
        END LOOP;
    END LOOP;
    RETURN made;
END
$$;

-- The instant up to which every partitioned table can take rows.
CREATE FUNCTION partitions_until() RETURNS timestamptz
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
DECLARE
    number integer := greatest(0, partition_number(clock_timestamp()));
BEGIN
    WHILE (SELECT bool_and(to_regclass('croupier.' || partition_name(parent, number)) IS NOT NULL)
        FROM unnest(ARRAY['request', 'round', 'round_input', 'transfer', 'wager']) parent) LOOP
        number := number + 1;
    END LOOP;
    RETURN timestamptz '2026-01-01 00:00:00+00' + number * interval '672 hours';
END
$$;

DO $$
DECLARE
    name text;
BEGIN
    -- Row triggers of a partitioned table are cloned to every partition that is attached.
    FOREACH name IN ARRAY ARRAY['request', 'round', 'round_input', 'transfer', 'wager',
        'funding', 'batch', 'batch_total', 'player_limit', 'exclusion'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON croupier.%I
            FOR EACH ROW EXECUTE FUNCTION croupier.refuse_change()', name);
        EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON croupier.%I
            FOR EACH STATEMENT EXECUTE FUNCTION croupier.refuse_change()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['request', 'round', 'round_input', 'transfer', 'wager'] LOOP
        PERFORM croupier.partition_make(name, 0);
    END LOOP;
    PERFORM croupier.partitions_ensure();
END
$$;
