-- Who owns which table: an epoch that every settling call of the table states and compares.

CREATE TABLE fence (
    table_id bigint PRIMARY KEY,
    epoch bigint NOT NULL DEFAULT 0
);
GRANT SELECT ON fence TO croupier_app, croupier_report;
