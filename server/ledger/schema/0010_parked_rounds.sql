-- Parked rounds go on once a program starts that can play them: until then a round whose rules were
-- missing at two starts stayed parked although they were back.

CREATE OR REPLACE FUNCTION round_replayed(p_chain bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = croupier, pg_temp AS $$
    UPDATE open_round SET failures = 0, parked = false WHERE chain = p_chain;
$$;
