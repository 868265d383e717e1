-- Shared tables have one owner: fences with an epoch, the leases of owners, and who the nodes are.
--
-- The fence is what settling looks at. It changes only when a table changes hands, and a call that
-- settles holds it FOR SHARE meanwhile. Whether the owner lives is in another row, which beats
-- without waiting for anybody.

-- One row a stretch of time in which a node could own tables. It is never prolonged once it has run
-- out: whoever was late takes another lease and owns nothing.
CREATE TABLE fence_lease (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    node smallint NOT NULL,
    node_epoch bigint NOT NULL,
    expires_at timestamptz NOT NULL,
    draining boolean NOT NULL DEFAULT false,
    backends integer[] NOT NULL DEFAULT '{}'
);
CREATE INDEX fence_lease_node ON fence_lease (node);
COMMENT ON COLUMN fence_lease.backends IS 'the backends that settle for the node, ended by a taker';

CREATE TABLE fence (
    shared_table bigint PRIMARY KEY,
    epoch bigint NOT NULL DEFAULT 0,
    lease bigint,
    node smallint,
    wanted boolean NOT NULL DEFAULT true,
    taken_at timestamptz,
    CHECK ((lease IS NULL) = (node IS NULL))
);
CREATE INDEX fence_owner ON fence (lease);
COMMENT ON COLUMN fence.epoch IS 'goes up whenever the table changes hands';
COMMENT ON COLUMN fence.wanted IS 'whether somebody should own it: not so of a table that is closed';

-- Makes a table one that some node should own, or, with false, one that none should.
CREATE FUNCTION fence_want(p_table bigint, p_wanted boolean DEFAULT true) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
    INSERT INTO fence AS f (shared_table, wanted) VALUES (p_table, p_wanted)
    ON CONFLICT (shared_table) DO UPDATE SET wanted = excluded.wanted
    WHERE f.wanted <> excluded.wanted;
$$;

-- Whether an epoch is the table's. Settling calls it before it locks accounts, and nothing can take
-- the table until that call has ended: FOR KEY SHARE would let it.
CREATE FUNCTION fence_check(p_table bigint, p_epoch bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
DECLARE
    v_epoch bigint;
BEGIN
    SELECT epoch INTO v_epoch FROM fence WHERE shared_table = p_table FOR SHARE;
    RETURN v_epoch IS NOT DISTINCT FROM p_epoch;
END
$$;

-- A new lease of a node, which owns nothing under it yet. Old ones of the node are forgotten.
CREATE FUNCTION fence_lease_start(
    p_node smallint, p_node_epoch bigint, p_backends integer[], p_lease_ms integer,
    p_draining boolean DEFAULT false
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
DECLARE
    v_id bigint;
BEGIN
    DELETE FROM fence_lease l WHERE l.node = p_node AND l.expires_at <= clock_timestamp()
        AND NOT EXISTS (SELECT FROM fence f WHERE f.lease = l.id);
    INSERT INTO fence_lease (node, node_epoch, expires_at, draining, backends)
    VALUES (p_node, p_node_epoch, clock_timestamp() + p_lease_ms * interval '1 ms', p_draining,
        p_backends)
    RETURNING id INTO v_id;
    RETURN v_id;
END
$$;

-- One beat of a lease: false once it has run out. Gives the tables owned under it.
CREATE FUNCTION fence_lease_renew(
    p_lease bigint, p_backends integer[], p_lease_ms integer, p_draining boolean,
    OUT live boolean, OUT tables bigint[], OUT epochs bigint[]
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
BEGIN
    UPDATE fence_lease SET expires_at = clock_timestamp() + p_lease_ms * interval '1 ms',
        draining = p_draining, backends = p_backends
    WHERE id = p_lease AND expires_at > clock_timestamp();
    live := FOUND;
    SELECT coalesce(array_agg(shared_table), '{}'), coalesce(array_agg(epoch), '{}')
    INTO tables, epochs FROM fence WHERE lease = p_lease;
END
$$;

-- Ends a lease at once, with whatever is owned under it: another node need not wait.
CREATE FUNCTION fence_lease_end(p_lease bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
    UPDATE fence_lease SET expires_at = least(expires_at, clock_timestamp()) WHERE id = p_lease;
$$;

-- Takes a table that is free or whose owner's lease has run out, under a new epoch. NULL: it is not
-- to be had, or one's own lease has run out. Waits for calls that settle at the table.
CREATE FUNCTION fence_take(p_table bigint, p_lease bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
DECLARE
    v_fence fence%ROWTYPE;
    v_node smallint;
    v_epoch bigint;
BEGIN
    -- Nobody queues for the fence of an owner who lives.
    PERFORM FROM fence f JOIN fence_lease l ON l.id = f.lease
    WHERE f.shared_table = p_table AND l.expires_at > clock_timestamp();
    IF FOUND THEN
        RETURN NULL;
    END IF;
    SELECT * INTO v_fence FROM fence WHERE shared_table = p_table FOR UPDATE;
    IF NOT FOUND OR NOT v_fence.wanted THEN
        RETURN NULL;
    END IF;
    -- Again, with a fresh snapshot: somebody may have been first while this waited.
    PERFORM FROM fence_lease WHERE id = v_fence.lease AND expires_at > clock_timestamp();
    IF FOUND THEN
        RETURN NULL;
    END IF;
    SELECT node INTO v_node FROM fence_lease WHERE id = p_lease AND expires_at > clock_timestamp();
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    UPDATE fence SET epoch = epoch + 1, lease = p_lease, node = v_node,
        taken_at = clock_timestamp()
    WHERE shared_table = p_table RETURNING epoch INTO v_epoch;
    RETURN v_epoch;
END
$$;

-- Lets a table go. The epoch goes up, so that nothing of the old owner settles any more.
CREATE FUNCTION fence_release(p_table bigint, p_epoch bigint, p_lease bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
BEGIN
    UPDATE fence SET epoch = epoch + 1, lease = NULL, node = NULL
    WHERE shared_table = p_table AND epoch = p_epoch AND lease = p_lease;
    RETURN FOUND;
END
$$;

-- Tables that have no owner, and how many the living leases own, least first.
CREATE FUNCTION fences_free(
    OUT tables bigint[], OUT leases bigint[], OUT owned integer[], OUT wanted integer
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
    SELECT
        (SELECT coalesce(array_agg(f.shared_table ORDER BY f.shared_table), '{}') FROM fence f
            LEFT JOIN fence_lease l ON l.id = f.lease AND l.expires_at > clock_timestamp()
            WHERE f.wanted AND l.id IS NULL),
        coalesce(array_agg(l.id ORDER BY l.tables, l.id), '{}'),
        coalesce(array_agg(l.tables ORDER BY l.tables, l.id), '{}'),
        (SELECT count(*)::integer FROM fence f WHERE f.wanted)
    FROM (
        SELECT l.id, (SELECT count(*)::integer FROM fence f WHERE f.lease = l.id AND f.wanted)
            AS tables
        FROM fence_lease l WHERE l.expires_at > clock_timestamp() AND NOT l.draining
    ) AS l;
$$;

-- The owner whose calls stand in a taker's way, if its lease has run out.
CREATE FUNCTION fence_late_owner(
    p_table bigint, OUT node smallint, OUT backends integer[], OUT expired_at timestamptz
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
    SELECT l.node, l.backends, l.expires_at FROM fence f JOIN fence_lease l ON l.id = f.lease
    WHERE f.shared_table = p_table AND l.expires_at <= clock_timestamp();
$$;

-- Who the nodes are, beside the heartbeat that the lease of the node's number keeps.
ALTER TABLE node_heartbeat
    ADD COLUMN announced_epoch bigint,
    ADD COLUMN http text NOT NULL DEFAULT '',
    ADD COLUMN gateway text NOT NULL DEFAULT '',
    ADD COLUMN program text NOT NULL DEFAULT '',
    ADD COLUMN state text NOT NULL DEFAULT 'starting',
    ADD COLUMN started_at timestamptz;
COMMENT ON COLUMN node_heartbeat.announced_epoch IS 'the epoch whose process told its addresses';

CREATE FUNCTION node_announce(
    p_node smallint, p_epoch bigint, p_http text, p_gateway text, p_program text, p_state text
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
BEGIN
    UPDATE node_heartbeat SET http = p_http, gateway = p_gateway, program = p_program,
        state = p_state, announced_epoch = p_epoch,
        started_at = CASE WHEN announced_epoch = p_epoch THEN started_at
            ELSE clock_timestamp() END
    WHERE node = p_node AND epoch = p_epoch;
    RETURN FOUND;
END
$$;

-- As before, and no table has an owner.
CREATE OR REPLACE FUNCTION after_restore(
    OUT chains_retired bigint, OUT sessions_ended bigint, OUT nodes bigint
) LANGUAGE plpgsql SET search_path = croupier, pg_temp AS $$
BEGIN
    UPDATE chain SET retired_at = clock_timestamp(), retired_for = 'restore'
    WHERE retired_at IS NULL;
    GET DIAGNOSTICS chains_retired = ROW_COUNT;
    UPDATE session SET ended_at = clock_timestamp(), end_reason = 'restore' WHERE ended_at IS NULL;
    GET DIAGNOSTICS sessions_ended = ROW_COUNT;
    UPDATE account SET session_epoch = session_epoch + 1000 WHERE kind = 1;
    DELETE FROM ticket;
    UPDATE sign_in SET ended_at = clock_timestamp(), end_reason = 'restore' WHERE ended_at IS NULL;
    UPDATE credential SET totp_step = greatest(totp_step,
        floor(extract(epoch FROM clock_timestamp()) / 30)::bigint + 1);
    UPDATE node SET epoch = epoch + 1000,
        high_water = greatest(high_water, id_at(clock_timestamp() + interval '60 s'));
    GET DIAGNOSTICS nodes = ROW_COUNT;
    UPDATE fence SET epoch = epoch + 1000, lease = NULL, node = NULL;
    DELETE FROM fence_lease;
    UPDATE projection SET xid = '0', id = 0;
    DELETE FROM house_total;
    -- Transaction ids start anew in a restored cluster: what was folded is folded again from here.
    ALTER TABLE batch DISABLE TRIGGER append_only;
    UPDATE batch SET xid = '0';
    ALTER TABLE batch ENABLE TRIGGER append_only;
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA croupier FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA croupier FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    fence_want, fence_check, fence_lease_start, fence_lease_renew, fence_lease_end, fence_take,
    fence_release, fences_free, fence_late_owner, node_announce
TO croupier_app;
GRANT SELECT ON fence, fence_lease TO croupier_app, croupier_report;
