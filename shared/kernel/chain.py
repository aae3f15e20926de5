"""Tamper evidence: every batch of a log is chained to the one before it by a hash.

A row's digest is the SHA-256 of all its columns but its place, in PostgreSQL's binary form of a record. A link holds
the digests of a batch's rows in their order, and is itself the SHA-256 of the link before and of these digests: so
whoever changes, removes or moves a row must make every later link anew, and a link that was noted elsewhere shows it.
"""

from __future__ import annotations

import hashlib

DIGEST_BYTES = 32
DIGEST = "sha256(record_send(ROW(originator_id, originator_version, topic, state, recorded_at, published)))"

# The functions are of the log's writer: called under its lock, and planned as its own function is.
SCHEMA = """
CREATE TABLE IF NOT EXISTS {schema}.chain (
    last bigint PRIMARY KEY, digests bytea STORAGE EXTERNAL NOT NULL, link bytea NOT NULL);

CREATE OR REPLACE FUNCTION {schema}.chain_rows(after bigint, upto bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO {schema}.chain
    SELECT upto, made.digests, sha256((SELECT link FROM {schema}.chain ORDER BY last DESC LIMIT 1) || made.digests)
    FROM (SELECT string_agg({digest}, '' ORDER BY notification_id) AS digests
          FROM {schema}.events WHERE notification_id > after AND notification_id <= upto) AS made;
END $$;

-- Begins the chain of a log, with the rows that it holds already.
CREATE OR REPLACE FUNCTION {schema}.begin_chain() RETURNS void LANGUAGE plpgsql
SET enable_seqscan = off AS $$
DECLARE head bigint; page constant bigint := 1000;
BEGIN
    IF EXISTS (SELECT FROM {schema}.chain) THEN RETURN; END IF;
    SELECT coalesce(max(notification_id), 0) INTO head FROM {schema}.events;
    INSERT INTO {schema}.chain VALUES (0, '', sha256('{schema}'));
    INSERT INTO {schema}.about VALUES ('chained later', head) ON CONFLICT (name) DO UPDATE SET value = head;
    FOR after IN 0..head - 1 BY page LOOP
        PERFORM {schema}.chain_rows(after, least(after + page, head));
    END LOOP;
END $$;
"""


def schema(log: str) -> str:
    """The SQL that makes the chain of a log, whose tables are there."""
    return SCHEMA.format(schema=log, digest=DIGEST)


def first_link(log: str) -> bytes:
    """What the first batch of a log is chained to."""
    return hashlib.sha256(log.encode()).digest()


def next_link(link: bytes, digests: bytes) -> bytes:
    return hashlib.sha256(link + digests).digest()
