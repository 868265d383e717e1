-- Identity: who may sign in and by what, open sign-ins, failures and delays, what operators did.
--
-- The server's role reads none of the secrets. It is given the salt of one name at a time, works the
-- slow hash out, and is told whether the result is right: what it hands over is hashed once more
-- before it is compared, so what is stored opens nothing, and how long a comparison takes says
-- nothing about what is stored. Locks are taken in one order: credential, address, name.

CREATE TABLE credential (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('operator', 'player')),
    name text NOT NULL CHECK (name ~ '^[a-z0-9][a-z0-9._@+-]{0,63}$'),
    salt bytea NOT NULL CHECK (length(salt) >= 16),
    memory_kib integer NOT NULL CHECK (memory_kib >= 8),
    passes integer NOT NULL CHECK (passes >= 1),
    lanes integer NOT NULL CHECK (lanes >= 1),
    verifier bytea NOT NULL CHECK (length(verifier) = 32),
    password_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    totp_secret bytea,
    totp_key_id text,
    totp_step bigint NOT NULL DEFAULT 0,
    totp_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    disabled_at timestamptz,
    UNIQUE (kind, name),
    CONSTRAINT credential_totp_has_its_key CHECK ((totp_secret IS NULL) = (totp_key_id IS NULL)),
    CONSTRAINT credential_operator_has_totp CHECK (kind <> 'operator' OR totp_secret IS NOT NULL)
);
COMMENT ON COLUMN credential.memory_kib IS 'with passes and lanes: the cost of argon2id';
COMMENT ON COLUMN credential.verifier IS 'SHA-256 of the argon2id hash of the password';
COMMENT ON COLUMN credential.totp_secret IS 'sealed with AES-256-GCM, bound to kind and name';
COMMENT ON COLUMN credential.totp_step IS 'the last time step whose code was taken; none up to it is again';

CREATE TABLE recovery_code (
    credential bigint NOT NULL REFERENCES credential,
    hash bytea NOT NULL CHECK (length(hash) = 32),
    used_at timestamptz,
    PRIMARY KEY (credential, hash)
);

CREATE TABLE sign_in (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    credential bigint NOT NULL REFERENCES credential,
    token bytea NOT NULL UNIQUE CHECK (length(token) = 32),
    address text NOT NULL,
    created_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    ended_at timestamptz,
    end_reason text,
    CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);
CREATE INDEX sign_in_credential ON sign_in (credential, id DESC);
CREATE INDEX sign_in_open ON sign_in (seen_at) WHERE ended_at IS NULL;
COMMENT ON COLUMN sign_in.token IS 'SHA-256 of the token; the token itself is never stored';
COMMENT ON COLUMN sign_in.seen_at IS 'the last use, to a tenth of the idle time';

-- Failures in a row, and until when nobody is let try. Of names, those that do not exist included,
-- and of addresses; known by their SHA-256, for people type passwords where a name belongs.
CREATE TABLE sign_in_delay (
    kind text NOT NULL CHECK (kind IN ('operator', 'player', 'address')),
    subject bytea NOT NULL CHECK (length(subject) = 32),
    failures integer NOT NULL DEFAULT 0,
    last_at timestamptz NOT NULL,
    locked_until timestamptz,
    PRIMARY KEY (kind, subject)
);
CREATE INDEX sign_in_delay_last ON sign_in_delay (last_at);

-- Every attempt, with the true reason of a refusal, which the client is not told (D11, I1).
CREATE TABLE sign_in_attempt (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    credential bigint REFERENCES credential,
    address text NOT NULL,
    outcome text NOT NULL
);
CREATE INDEX sign_in_attempt_credential ON sign_in_attempt (credential, id DESC);
COMMENT ON COLUMN sign_in_attempt.credential IS 'NULL: there is none of the name that was given';

CREATE TABLE operator (
    credential bigint PRIMARY KEY REFERENCES credential,
    role text NOT NULL CHECK (role IN ('floor', 'cashier', 'compliance', 'admin'))
);

CREATE TABLE operator_action (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    operator bigint REFERENCES operator,
    actor text NOT NULL,
    role text NOT NULL CHECK (role IN ('floor', 'cashier', 'compliance', 'admin', 'command line')),
    action text NOT NULL CHECK (action ~ '^[a-z][a-z0-9.-]{0,63}$'),
    object text NOT NULL CHECK (length(object) <= 200),
    reason text NOT NULL CHECK (length(reason) <= 1000),
    address text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((operator IS NULL) = (role = 'command line'))
);
CREATE INDEX operator_action_operator ON operator_action (operator, id DESC);
COMMENT ON TABLE operator_action IS 'what operators did; append-only';
COMMENT ON COLUMN operator_action.operator IS 'NULL: a command did it, run by the system user actor';
COMMENT ON COLUMN operator_action.role IS 'the role at that time';

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['operator_action', 'sign_in_attempt'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON croupier.%I
            FOR EACH ROW EXECUTE FUNCTION croupier.refuse_change()', name);
        EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON croupier.%I
            FOR EACH STATEMENT EXECUTE FUNCTION croupier.refuse_change()', name);
    END LOOP;
END
$$;

-- Counts an attempt as a failure before it is one, so that a hundred at once are no hundred free
-- guesses; a success takes it back. Returns how long to wait, or NULL to go on. The first delay
-- comes with failure number p_after, and each further failure doubles it.
CREATE FUNCTION sign_in_count(
    p_kind text, p_subject bytea, p_after integer, p_first interval, p_most interval, p_forget interval
) RETURNS interval LANGUAGE plpgsql SET search_path = croupier, pg_temp AS $$
DECLARE
    v_delay sign_in_delay%ROWTYPE;
    v_now timestamptz;
BEGIN
    INSERT INTO sign_in_delay (kind, subject, last_at)
    VALUES (p_kind, p_subject, clock_timestamp()) ON CONFLICT DO NOTHING;
    SELECT * INTO v_delay FROM sign_in_delay WHERE kind = p_kind AND subject = p_subject FOR UPDATE;
    v_now := clock_timestamp();
    IF v_delay.kind IS NULL THEN
        -- Swept away between the two statements: the next attempt finds it.
        RETURN interval '1 s';
    END IF;
    IF v_delay.locked_until > v_now THEN
        RETURN v_delay.locked_until - v_now;
    END IF;
    IF greatest(v_delay.last_at, v_delay.locked_until) <= v_now - p_forget THEN
        v_delay.failures := 0;
    END IF;
    UPDATE sign_in_delay SET failures = v_delay.failures + 1, last_at = v_now,
        locked_until = CASE WHEN v_delay.failures + 1 >= p_after THEN
            v_now + least(p_most, p_first * power(2, least(v_delay.failures + 1 - p_after, 20))) END
    WHERE kind = p_kind AND subject = p_subject;
    RETURN NULL;
END
$$;

-- Begins a sign-in: counts it, and gives what is needed to check it. Of a name that is not there
-- everything but the delay is NULL. p_customer: what failures of an address count for, of IPv6 a
-- network.
CREATE FUNCTION sign_in_begin(
    p_kind text, p_name text, p_address text, p_customer text, p_after_name integer,
    p_after_address integer, p_first interval, p_most interval, p_forget interval,
    OUT wait interval, OUT salt bytea, OUT memory_kib integer, OUT passes integer, OUT lanes integer,
    OUT totp_secret bytea, OUT totp_key_id text
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
#variable_conflict use_column
BEGIN
    wait := sign_in_count('address', sha256(convert_to(p_customer, 'UTF8')), p_after_address,
        p_first, p_most, p_forget);
    IF wait IS NULL THEN
        wait := sign_in_count(p_kind, sha256(convert_to(p_name, 'UTF8')), p_after_name,
            p_first, p_most, p_forget);
    END IF;
    IF wait IS NOT NULL THEN
        INSERT INTO sign_in_attempt (at, kind, credential, address, outcome)
        VALUES (clock_timestamp(), p_kind,
            (SELECT id FROM credential WHERE kind = p_kind AND name = p_name), p_address, 'locked');
        RETURN;
    END IF;
    SELECT c.salt, c.memory_kib, c.passes, c.lanes, c.totp_secret, c.totp_key_id
    INTO salt, memory_kib, passes, lanes, totp_secret, totp_key_id
    FROM credential c WHERE c.kind = p_kind AND c.name = p_name;
END
$$;

CREATE FUNCTION operator_action_add(
    p_operator bigint, p_action text, p_object text, p_reason text, p_address text
) RETURNS bigint LANGUAGE sql SET search_path = croupier, pg_temp AS $$
    INSERT INTO operator_action (operator, actor, role, action, object, reason, address)
    SELECT o.credential, c.name, o.role, p_action, p_object, p_reason, p_address
    FROM operator o JOIN credential c ON c.id = o.credential WHERE o.credential = p_operator
    RETURNING id;
$$;

-- Ends a sign-in that was begun. True if it succeeded: the password is right, and the code's time
-- step is newer than every one taken before, or the recovery code is there and was never used.
CREATE FUNCTION sign_in_finish(
    p_kind text, p_name text, p_address text, p_customer text, p_proof bytea, p_step bigint,
    p_recovery bytea, p_token bytea, p_most integer
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
DECLARE
    v_credential credential%ROWTYPE;
    v_now timestamptz;
    v_outcome text;
BEGIN
    SELECT * INTO v_credential FROM credential WHERE kind = p_kind AND name = p_name FOR UPDATE;
    v_now := clock_timestamp();
    v_outcome := CASE
        WHEN v_credential.id IS NULL THEN 'unknown name'
        WHEN v_credential.verifier <> sha256(p_proof) THEN 'wrong password'
        WHEN v_credential.disabled_at IS NOT NULL THEN 'disabled'
        WHEN p_recovery IS NOT NULL THEN 'recovery code'
        WHEN v_credential.totp_secret IS NULL THEN 'signed in'
        WHEN p_step IS NULL THEN 'wrong code'
        WHEN p_step <= v_credential.totp_step THEN 'code used before'
        ELSE 'signed in'
    END;
    IF v_outcome = 'recovery code' THEN
        UPDATE recovery_code SET used_at = v_now
        WHERE credential = v_credential.id AND hash = p_recovery AND used_at IS NULL;
        v_outcome := CASE WHEN FOUND THEN 'signed in by recovery code' ELSE 'wrong recovery code' END;
    END IF;
    INSERT INTO sign_in_attempt (at, kind, credential, address, outcome)
    VALUES (v_now, p_kind, v_credential.id, p_address, v_outcome);
    IF v_outcome NOT LIKE 'signed in%' THEN
        RETURN false;
    END IF;
    UPDATE credential SET totp_step = greatest(totp_step, p_step) WHERE id = v_credential.id;
    -- An address is forgiven this attempt alone: one right password is no licence to try others.
    UPDATE sign_in_delay SET failures = greatest(failures - 1, 0), locked_until = NULL
    WHERE kind = 'address' AND subject = sha256(convert_to(p_customer, 'UTF8'));
    DELETE FROM sign_in_delay
    WHERE kind = p_kind AND subject = sha256(convert_to(p_name, 'UTF8'));
    INSERT INTO sign_in (credential, token, address, created_at, seen_at)
    VALUES (v_credential.id, p_token, p_address, v_now, v_now);
    UPDATE sign_in SET ended_at = v_now, end_reason = 'too many'
    WHERE credential = v_credential.id AND ended_at IS NULL AND id NOT IN (
        SELECT id FROM sign_in WHERE credential = v_credential.id AND ended_at IS NULL
        ORDER BY id DESC LIMIT p_most);
    PERFORM operator_action_add(v_credential.id, 'console.sign-in', v_credential.name,
        CASE v_outcome WHEN 'signed in' THEN '' ELSE 'by recovery code' END, p_address);
    RETURN true;
END
$$;

-- Stores a password that was just right under another cost. Only who has the password can ask for it.
CREATE FUNCTION credential_rehash(
    p_kind text, p_name text, p_proof bytea, p_salt bytea, p_memory_kib integer, p_passes integer,
    p_lanes integer, p_verifier bytea
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
    UPDATE credential SET salt = p_salt, memory_kib = p_memory_kib, passes = p_passes,
        lanes = p_lanes, verifier = p_verifier
    WHERE kind = p_kind AND name = p_name AND verifier = sha256(p_proof);
$$;

-- Whose token this is, now: nothing but NULL for one that is unknown, ended, too old, unused for too
-- long, or of a credential that is disabled. p_use: whether to count this as a use.
CREATE FUNCTION sign_in_check(
    p_token bytea, p_idle interval, p_absolute interval, p_use boolean,
    OUT sign_in bigint, OUT credential bigint, OUT kind text, OUT name text, OUT role text,
    OUT created_at timestamptz, OUT ends_at timestamptz, OUT recovery_codes integer,
    OUT previous_at timestamptz, OUT previous_address text
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_sign_in sign_in%ROWTYPE;
    v_now timestamptz;
BEGIN
    SELECT s.* INTO v_sign_in FROM sign_in s JOIN credential c ON c.id = s.credential
    WHERE s.token = p_token AND s.ended_at IS NULL AND c.disabled_at IS NULL;
    IF v_sign_in.id IS NULL THEN
        RETURN;
    END IF;
    v_now := clock_timestamp();
    IF v_now >= least(v_sign_in.created_at + p_absolute, v_sign_in.seen_at + p_idle) THEN
        UPDATE sign_in s SET ended_at = v_now, end_reason = 'expired'
        WHERE s.id = v_sign_in.id AND s.ended_at IS NULL;
        RETURN;
    END IF;
    IF p_use AND v_now - v_sign_in.seen_at > least(p_idle / 10, interval '15 s') THEN
        UPDATE sign_in s SET seen_at = v_now WHERE s.id = v_sign_in.id AND s.ended_at IS NULL;
    END IF;
    SELECT v_sign_in.id, c.id, c.kind, c.name, o.role, v_sign_in.created_at,
        v_sign_in.created_at + p_absolute,
        (SELECT count(*) FROM recovery_code r WHERE r.credential = c.id AND r.used_at IS NULL)
    INTO sign_in, credential, kind, name, role, created_at, ends_at, recovery_codes
    FROM credential c LEFT JOIN operator o ON o.credential = c.id
    WHERE c.id = v_sign_in.credential;
    SELECT s.created_at, s.address INTO previous_at, previous_address FROM sign_in s
    WHERE s.credential = v_sign_in.credential AND s.id < v_sign_in.id ORDER BY s.id DESC LIMIT 1;
END
$$;

CREATE FUNCTION sign_in_end(p_token bytea, p_address text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
DECLARE
    v_credential bigint;
BEGIN
    UPDATE sign_in SET ended_at = clock_timestamp(), end_reason = 'signed out'
    WHERE token = p_token AND ended_at IS NULL RETURNING credential INTO v_credential;
    IF v_credential IS NULL THEN
        RETURN false;
    END IF;
    PERFORM operator_action_add(v_credential, 'console.sign-out',
        (SELECT name FROM credential WHERE id = v_credential), '', p_address);
    RETURN true;
END
$$;

-- Records what an operator did. Who it was, and in which role, follows from his token: no caller
-- can write an action down to somebody else. NULL: nobody is signed in with it.
CREATE FUNCTION operator_act(
    p_token bytea, p_idle interval, p_absolute interval,
    p_action text, p_object text, p_reason text, p_address text
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
DECLARE
    v_credential bigint;
BEGIN
    SELECT credential INTO v_credential FROM sign_in_check(p_token, p_idle, p_absolute, true);
    IF v_credential IS NULL THEN
        RETURN NULL;
    END IF;
    RETURN operator_action_add(v_credential, p_action, p_object, p_reason, p_address);
END
$$;

-- Ends what has run out, and forgets failures from long ago. It waits for nobody, so that its order
-- of locks does not matter.
CREATE FUNCTION sign_ins_expire(p_idle interval, p_absolute interval, p_forget interval) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
    UPDATE sign_in SET ended_at = clock_timestamp(), end_reason = 'expired' WHERE id IN (
        SELECT id FROM sign_in WHERE ended_at IS NULL
            AND least(created_at + p_absolute, seen_at + p_idle) <= clock_timestamp()
        FOR UPDATE SKIP LOCKED);
    DELETE FROM sign_in_delay WHERE (kind, subject) IN (
        SELECT kind, subject FROM sign_in_delay
        WHERE greatest(last_at, locked_until) <= clock_timestamp() - p_forget
        FOR UPDATE SKIP LOCKED);
$$;

-- As before, and sign-ins end. The codes of this moment may have been used after the backup.
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
    sign_in_begin, sign_in_finish, credential_rehash, sign_in_check, sign_in_end, operator_act,
    sign_ins_expire
TO croupier_app;

-- No password's hash, second factor, recovery code or token is read by anybody but the owner.
GRANT SELECT (id, kind, name, password_at, totp_at, created_at, disabled_at) ON credential
TO croupier_app, croupier_report;
GRANT SELECT (credential, used_at) ON recovery_code TO croupier_app, croupier_report;
GRANT SELECT (id, credential, address, created_at, seen_at, ended_at, end_reason) ON sign_in
TO croupier_app, croupier_report;
GRANT SELECT ON operator, operator_action, sign_in_attempt TO croupier_app, croupier_report;
GRANT SELECT (kind, failures, last_at, locked_until) ON sign_in_delay
TO croupier_app, croupier_report;
