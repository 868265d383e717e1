-- Nodes, chains, recovery, the house's projection, and what a restore has to do.

-- Starts a node under a new epoch: whatever an older process of it still sends is refused.
-- Returns the epoch and the highest id that any row carries or that was ever promised.
CREATE FUNCTION node_start(p_node smallint, OUT epoch bigint, OUT high_water bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO node AS n (id, epoch) VALUES (p_node, 1)
    ON CONFLICT (id) DO UPDATE SET epoch = n.epoch + 1;
    INSERT INTO node_heartbeat (node, epoch, at) SELECT id, n.epoch, clock_timestamp()
        FROM node n WHERE id = p_node
    ON CONFLICT (node) DO UPDATE SET epoch = excluded.epoch, at = excluded.at;
    UPDATE node n SET high_water = greatest(n.high_water,
        (SELECT coalesce(max(id), 0) FROM transfer), (SELECT coalesce(max(id), 0) FROM chain),
        (SELECT coalesce(max(id), 0) FROM session), (SELECT coalesce(max(id), 0) FROM batch))
    WHERE id = p_node RETURNING n.epoch, n.high_water INTO epoch, high_water;
END
$$;

-- One heartbeat: false if the node was fenced. Gives the database's clock to compare with.
CREATE FUNCTION node_beat(
    p_node smallint, p_epoch bigint, p_backends integer[], OUT live boolean, OUT at timestamptz
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
#variable_conflict use_column
BEGIN
    at := clock_timestamp();
    UPDATE node_heartbeat h SET at = node_beat.at WHERE h.node = p_node AND h.epoch = p_epoch;
    live := FOUND;
    IF live THEN
        UPDATE node SET backends = p_backends
        WHERE id = p_node AND epoch = p_epoch AND backends IS DISTINCT FROM p_backends;
    END IF;
END
$$;

-- Pins a game version to its digest; returns its number and the digest on record.
CREATE FUNCTION game_version_pin(
    p_game text, p_version integer, p_digest text, OUT id integer, OUT digest text
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
#variable_conflict use_column
BEGIN
    SELECT v.id, v.digest INTO id, digest FROM game_version v
        WHERE v.game = p_game AND v.version = p_version;
    IF id IS NULL THEN
        INSERT INTO game_version AS v (game, version, digest) VALUES (p_game, p_version, p_digest)
        RETURNING v.id, v.digest INTO id, digest;
    END IF;
END
$$;

CREATE TYPE new_chain AS (
    id bigint,
    seating bigint,
    account bigint,
    game_version integer,
    commitment bytea,
    secret bytea,
    key_id text,
    length integer,
    follows bigint
);

-- Makes chains durable, before their commitments are told, and retires those that they follow.
CREATE FUNCTION chains_start(p_chains new_chain[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
    UPDATE chain SET retired_at = clock_timestamp(), retired_for = 'played'
    WHERE id = ANY (ARRAY(SELECT follows FROM unnest(p_chains))) AND retired_at IS NULL;
    INSERT INTO chain (id, seating, account, game_version, commitment, secret, key_id, length)
    SELECT id, seating, account, game_version, commitment, secret, key_id, length
    FROM unnest(p_chains);
$$;

CREATE FUNCTION chain_retire(p_chain bigint, p_retired_for text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
    UPDATE chain SET retired_at = clock_timestamp(), retired_for = p_retired_for
    WHERE id = p_chain AND retired_at IS NULL;
$$;

-- Counts a failed replay; the second parks the round for an operator.
CREATE FUNCTION round_failed(p_chain bigint) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
    UPDATE open_round SET failures = failures + 1, parked = failures >= 1
    WHERE chain = p_chain RETURNING parked;
$$;

-- Forgets failed replays of a round that has replayed since.
CREATE FUNCTION round_replayed(p_chain bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
    UPDATE open_round SET failures = 0 WHERE chain = p_chain AND NOT parked;
$$;

CREATE FUNCTION site_set(p_zone text, p_day_cutoff interval) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
    UPDATE site SET zone = p_zone, day_cutoff = p_day_cutoff
    WHERE (zone, day_cutoff) IS DISTINCT FROM (p_zone, p_day_cutoff);
$$;

-- Folds finished batches into the house's result; returns how many.
CREATE FUNCTION house_fold(p_most integer DEFAULT 500) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
DECLARE
    v_at projection%ROWTYPE;
    v_batches bigint[];
    v_last record;
BEGIN
    SELECT * INTO STRICT v_at FROM projection WHERE name = 'house' FOR UPDATE;
    SELECT array_agg(id ORDER BY xid, id) INTO v_batches FROM (
        SELECT id, xid FROM batch
        WHERE (xid, id) > (v_at.xid, v_at.id) AND xid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY xid, id LIMIT p_most
    ) AS next;
    IF v_batches IS NULL THEN
        RETURN 0;
    END IF;
    INSERT INTO house_total AS h (game_version, currency, test, gaming_day, wagers, stake, payout,
        stake_squares, payout_squares)
    SELECT game_version, currency, test, gaming_day, sum(wagers), sum(stake), sum(payout),
        sum(stake_squares), sum(payout_squares)
    FROM batch_total WHERE batch = ANY (v_batches) GROUP BY 1, 2, 3, 4
    ON CONFLICT (game_version, currency, test, gaming_day) DO UPDATE SET
        wagers = h.wagers + excluded.wagers, stake = h.stake + excluded.stake,
        payout = h.payout + excluded.payout,
        stake_squares = h.stake_squares + excluded.stake_squares,
        payout_squares = h.payout_squares + excluded.payout_squares;
    SELECT xid, id INTO v_last FROM batch WHERE id = v_batches[cardinality(v_batches)];
    UPDATE projection SET xid = v_last.xid, id = v_last.id WHERE name = 'house';
    RETURN cardinality(v_batches);
END
$$;

-- After a restore, or a promotion that may have lost commits: what was told and lost must not come
-- again, so every chain is retired, every epoch and id mark goes up, and open sessions end.
CREATE FUNCTION after_restore(OUT chains_retired bigint, OUT sessions_ended bigint, OUT nodes bigint)
LANGUAGE plpgsql SET search_path = croupier, pg_temp AS $$
BEGIN
    UPDATE chain SET retired_at = clock_timestamp(), retired_for = 'restore'
    WHERE retired_at IS NULL;
    GET DIAGNOSTICS chains_retired = ROW_COUNT;
    UPDATE session SET ended_at = clock_timestamp(), end_reason = 'restore' WHERE ended_at IS NULL;
    GET DIAGNOSTICS sessions_ended = ROW_COUNT;
    UPDATE account SET session_epoch = session_epoch + 1000 WHERE kind = 1;
    DELETE FROM ticket;
    UPDATE node SET epoch = epoch + 1000,
        high_water = greatest(high_water, id_at(clock_timestamp() + interval '60 s'));
    GET DIAGNOSTICS nodes = ROW_COUNT;
    UPDATE projection SET xid = '0', id = 0;
    DELETE FROM house_total;
    -- Transaction ids start anew in a restored cluster: what was folded is folded again from here.
    ALTER TABLE batch DISABLE TRIGGER append_only;
    UPDATE batch SET xid = '0';
    ALTER TABLE batch ENABLE TRIGGER append_only;
END
$$;
