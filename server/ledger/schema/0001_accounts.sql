-- Accounts, transfers, and the small mutable state of settlement.
--
-- An account id carries its owner, kind, currency and test flag, so that the CHECKs on a transfer
-- need no look-up and no foreign key points at a row that many batches share:
--
--     id = owner << 19 | kind << 11 | currency << 1 | test
--
-- owner: 0 for the house, else the player's number. currency: the ISO 4217 number.

CREATE FUNCTION account_id(owner bigint, kind integer, currency integer, test boolean) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (owner << 19) | (kind::bigint << 11) | (currency::bigint << 1) | test::integer::bigint;

CREATE FUNCTION account_owner(account bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN account >> 19;

CREATE FUNCTION account_kind(account bigint) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN ((account >> 11) & 255)::integer;

CREATE FUNCTION account_currency(account bigint) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN ((account >> 1) & 1023)::integer;

CREATE FUNCTION account_test(account bigint) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN (account & 1) = 1;

CREATE TABLE account_kind (
    kind smallint PRIMARY KEY,
    name text NOT NULL UNIQUE,
    meaning text NOT NULL
);
INSERT INTO account_kind VALUES
    (1, 'cash', 'what a player can stake'),
    (2, 'hold', 'what a player has on open rounds: funds on game'),
    (3, 'receivable', 'what a player owes after a chargeback'),
    (16, 'gaming', 'the house: stakes received less payouts'),
    (17, 'issuance', 'where play money comes from');

CREATE TABLE currency (
    number smallint PRIMARY KEY,
    code text NOT NULL UNIQUE CHECK (code ~ '^[A-Z]{3}$'),
    exponent smallint NOT NULL CHECK (exponent BETWEEN 0 AND 4),
    name text NOT NULL
);

-- The one row of the site: gaming days are counted in this zone from this cut-off (K3).
CREATE TABLE site (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    zone text NOT NULL DEFAULT 'UTC',
    day_cutoff interval NOT NULL DEFAULT '0'
);
INSERT INTO site DEFAULT VALUES;

CREATE TABLE player (
    id bigint GENERATED ALWAYS AS IDENTITY (MINVALUE 1 MAXVALUE 1099511627775) PRIMARY KEY,
    test boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- A player's cash account keeps a balance; every other balance is derived from transfers (NULL).
-- The gate is compiled on the row: settling compares and subtracts. Only the primary key is
-- indexed, and pages are left half empty, so that every bet is a heap-only update.
CREATE TABLE account (
    id bigint PRIMARY KEY,
    owner bigint NOT NULL,
    kind smallint NOT NULL REFERENCES account_kind,
    currency text NOT NULL REFERENCES currency (code),
    test boolean NOT NULL,
    balance bigint,
    held bigint NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 0,
    session_epoch bigint NOT NULL DEFAULT 0,
    status smallint NOT NULL DEFAULT 0,
    stake_cap bigint,
    wager_room bigint,
    loss_room bigint,
    gate_until timestamptz NOT NULL DEFAULT 'infinity',
    hour bigint NOT NULL DEFAULT 0,
    hour_stake bigint NOT NULL DEFAULT 0,
    hour_payout bigint NOT NULL DEFAULT 0,
    hour_worst bigint NOT NULL DEFAULT 0,
    gaming_day date NOT NULL DEFAULT '-infinity',
    CONSTRAINT account_balance_not_negative CHECK (balance >= 0),
    CONSTRAINT account_held_not_negative CHECK (held >= 0),
    CONSTRAINT account_status_known CHECK (status BETWEEN 0 AND 3)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);

COMMENT ON COLUMN account.status IS '0 active, 1 suspended, 2 excluded or on a time-out, 3 closed';
COMMENT ON COLUMN account.gate_until IS 'the first instant at which any fact of the gate can change';
COMMENT ON COLUMN account.wager_room IS 'what may still be staked under wager limits; NULL: no limit';
COMMENT ON COLUMN account.hour IS 'hour since 1970 that hour_stake and hour_payout count';
COMMENT ON COLUMN account.hour_worst IS 'the greatest loss from any instant of the hour to its end';

-- Rolling limits count whole hours, the oldest one to the strict side: all its stakes, and the loss
-- from its worst instant on. Counting its payouts whole would let a win from before the window pay
-- for a loss within.
CREATE TABLE play_hour (
    account bigint NOT NULL,
    hour bigint NOT NULL,
    stake bigint NOT NULL,
    payout bigint NOT NULL,
    worst bigint NOT NULL CHECK (worst >= 0),
    PRIMARY KEY (account, hour)
);

CREATE TABLE player_limit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    player bigint NOT NULL REFERENCES player,
    currency text NOT NULL REFERENCES currency (code),
    kind text NOT NULL CHECK (kind IN ('wager', 'loss', 'stake')),
    period_hours integer NOT NULL CHECK (period_hours BETWEEN 0 AND 8784),
    amount bigint CHECK (amount >= 0),
    imposed_by text NOT NULL CHECK (imposed_by IN ('player', 'operator', 'regulator')),
    requested_at timestamptz NOT NULL,
    effective_at timestamptz NOT NULL
);
CREATE INDEX player_limit_player ON player_limit (player);
COMMENT ON COLUMN player_limit.amount IS 'minor units; NULL: the limit is lifted from effective_at';

CREATE TABLE exclusion (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    player bigint NOT NULL REFERENCES player,
    kind text NOT NULL CHECK (kind IN ('exclusion', 'time-out', 'suspension')),
    imposed_by text NOT NULL,
    reason text NOT NULL DEFAULT '',
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL DEFAULT 'infinity',
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (starts_at < ends_at)
);
CREATE INDEX exclusion_player ON exclusion (player);

-- Games that have been served, pinned to their digest.
CREATE TABLE game_version (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    game text NOT NULL,
    version integer NOT NULL,
    digest text NOT NULL,
    first_served_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (game, version)
);

-- A node's fence: every settling call locks it FOR SHARE and compares the epoch.
CREATE TABLE node (
    id smallint PRIMARY KEY CHECK (id BETWEEN 0 AND 255),
    epoch bigint NOT NULL DEFAULT 0,
    high_water bigint NOT NULL DEFAULT 0,
    backends integer[] NOT NULL DEFAULT '{}'
);
CREATE TABLE node_heartbeat (
    node smallint PRIMARY KEY,
    epoch bigint NOT NULL,
    at timestamptz NOT NULL,
    address text NOT NULL DEFAULT ''
);

-- A chain of seeds belongs to one player's sitting at one private table.
CREATE TABLE chain (
    id bigint PRIMARY KEY,
    seating bigint NOT NULL,
    account bigint,
    game_version integer NOT NULL REFERENCES game_version,
    commitment bytea NOT NULL UNIQUE CHECK (length(commitment) = 32),
    secret bytea NOT NULL,
    key_id text NOT NULL,
    length integer NOT NULL CHECK (length BETWEEN 1 AND 1024),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    retired_at timestamptz,
    retired_for text
);
CREATE INDEX chain_account ON chain (account, id DESC);
COMMENT ON COLUMN chain.seating IS 'the id of the table that the client names';
COMMENT ON COLUMN chain.secret IS 'the last seed, sealed with AES-256-GCM; see docs/fairness.md';

CREATE TABLE open_round (
    chain bigint PRIMARY KEY,
    n integer NOT NULL CHECK (n >= 1),
    game_version integer NOT NULL,
    client_seeds bytea NOT NULL,
    step integer NOT NULL DEFAULT 0,
    opened_at timestamptz NOT NULL,
    deadline timestamptz NOT NULL,
    failures smallint NOT NULL DEFAULT 0,
    parked boolean NOT NULL DEFAULT false
);
CREATE INDEX open_round_deadline ON open_round (deadline) WHERE NOT parked;

CREATE TABLE hold (
    chain bigint NOT NULL,
    n integer NOT NULL,
    seat smallint NOT NULL,
    account bigint NOT NULL,
    session bigint NOT NULL,
    request bigint NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    bets bytea NOT NULL,
    PRIMARY KEY (chain, n, seat)
);

CREATE TABLE round (
    chain bigint NOT NULL,
    n integer NOT NULL CHECK (n >= 1),
    game_version integer NOT NULL,
    client_seeds bytea NOT NULL,
    steps integer NOT NULL,
    void_cause text,
    ended_at timestamptz NOT NULL,
    PRIMARY KEY (chain, n)
) PARTITION BY RANGE (chain);
COMMENT ON COLUMN round.client_seeds IS 'for each seat u16 length and the seed, as the draw stream takes them';

-- Decisions of rounds, in order; never changed.
CREATE TABLE round_input (
    chain bigint NOT NULL,
    n integer NOT NULL,
    step integer NOT NULL,
    seat smallint NOT NULL,
    decision bytea NOT NULL,
    stake bigint NOT NULL CHECK (stake >= 0),
    platform boolean NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (chain, n, step)
) PARTITION BY RANGE (chain);

CREATE TABLE wager (
    chain bigint NOT NULL,
    n integer NOT NULL,
    seat smallint NOT NULL,
    account bigint NOT NULL,
    session bigint NOT NULL,
    request bigint NOT NULL,
    stake bigint NOT NULL CHECK (stake >= 0),
    payout bigint NOT NULL CHECK (payout >= 0),
    bets bytea NOT NULL,
    gaming_day date NOT NULL,
    settled_at timestamptz NOT NULL,
    settlement bigint NOT NULL,
    PRIMARY KEY (chain, n, seat)
) PARTITION BY RANGE (chain);
COMMENT ON COLUMN wager.settlement IS 'id of the first transfer of the call that settled it';

CREATE TABLE transfer_kind (
    kind smallint PRIMARY KEY,
    name text NOT NULL UNIQUE
);
INSERT INTO transfer_kind VALUES
    (1, 'stake'), (2, 'payout'), (3, 'hold'), (4, 'return'), (5, 'play money'), (6, 'correction');

CREATE TABLE transfer (
    id bigint NOT NULL,
    debit bigint NOT NULL,
    credit bigint NOT NULL,
    amount bigint NOT NULL,
    kind smallint NOT NULL,
    seat smallint NOT NULL,
    n integer,
    chain bigint,
    gaming_day date NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT transfer_amount_positive CHECK (amount > 0),
    CONSTRAINT transfer_two_accounts CHECK (debit <> credit),
    -- In few words: they are read anew by every statement that writes. # is "exclusive or".
    CONSTRAINT transfer_same_currency_and_test CHECK ((debit # credit) & 2047 = 0),
    CONSTRAINT transfer_never_two_players CHECK (
        debit < 524288 OR credit < 524288 OR debit # credit < 524288
    )
) PARTITION BY RANGE (id);
COMMENT ON TABLE transfer IS 'amount leaves the debit account and reaches the credit account';
COMMENT ON COLUMN transfer.chain IS 'with n and seat: the wager that caused it; NULL: a funding did';

-- Causes of transfers that no wager caused.
CREATE TABLE funding (
    transfer bigint PRIMARY KEY,
    account bigint NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    reason text NOT NULL,
    actor text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX funding_account ON funding (account);

-- The answer to every decided request, refusals included.
CREATE TABLE request (
    session bigint NOT NULL,
    id bigint NOT NULL,
    digest bytea NOT NULL,
    verdict smallint NOT NULL,
    step integer NOT NULL,
    n integer NOT NULL,
    chain bigint NOT NULL,
    balance bigint NOT NULL,
    held bigint NOT NULL,
    version bigint NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (session, id)
) PARTITION BY RANGE (session);

-- One row a settling call. Readers take only batches below pg_snapshot_xmin, in (xid, id) order:
-- a cursor over ids alone never sees a row that commits late.
CREATE TABLE batch (
    id bigint PRIMARY KEY,
    xid xid8 NOT NULL,
    node smallint NOT NULL,
    epoch bigint NOT NULL,
    items integer NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX batch_order ON batch (xid, id);

CREATE TABLE batch_total (
    batch bigint NOT NULL,
    game_version integer NOT NULL,
    currency smallint NOT NULL,
    test boolean NOT NULL,
    gaming_day date NOT NULL,
    wagers bigint NOT NULL,
    stake numeric NOT NULL,
    payout numeric NOT NULL,
    stake_squares numeric NOT NULL,
    payout_squares numeric NOT NULL,
    PRIMARY KEY (batch, game_version, currency, test, gaming_day)
);

-- What has been folded from batch_total: the house's result, by game version, currency and day.
CREATE TABLE house_total (
    game_version integer NOT NULL,
    currency smallint NOT NULL,
    test boolean NOT NULL,
    gaming_day date NOT NULL,
    wagers bigint NOT NULL,
    stake numeric NOT NULL,
    payout numeric NOT NULL,
    stake_squares numeric NOT NULL,
    payout_squares numeric NOT NULL,
    PRIMARY KEY (game_version, currency, test, gaming_day)
);
CREATE TABLE projection (
    name text PRIMARY KEY,
    xid xid8 NOT NULL,
    id bigint NOT NULL
);
INSERT INTO projection VALUES ('house', '0', 0);

CREATE TABLE session (
    id bigint PRIMARY KEY,
    player bigint NOT NULL REFERENCES player,
    account bigint NOT NULL,
    epoch bigint NOT NULL,
    token bytea NOT NULL UNIQUE,
    previous_token bytea UNIQUE,
    client text NOT NULL DEFAULT '',
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz,
    end_reason text
);
CREATE INDEX session_account ON session (account) WHERE ended_at IS NULL;
COMMENT ON COLUMN session.token IS 'SHA-256 of the resume token; the token itself is never stored';

CREATE TABLE ticket (
    hash bytea PRIMARY KEY,
    player bigint NOT NULL REFERENCES player,
    account bigint NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    nonce text,
    session bigint
);
CREATE INDEX ticket_expiry ON ticket (expires_at);
