-- A removed player keeps its row until it is purged. Its name is free again:
-- name_key is '~' and the id then, and removed_key what it was.
ALTER TABLE players ADD COLUMN removed_at BIGINT NOT NULL DEFAULT 0;

ALTER TABLE players ADD COLUMN removed_key TEXT NOT NULL DEFAULT '';

CREATE INDEX players_by_removal ON players (removed_at) WHERE removed_at > 0;

CREATE TABLE optouts (
    name_key TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    reason   TEXT NOT NULL,
    at       BIGINT NOT NULL
);

CREATE TABLE tokens (
    id           $ID,
    name         TEXT NOT NULL,
    role         TEXT NOT NULL,
    hash         TEXT NOT NULL UNIQUE,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    revoked_at   BIGINT NOT NULL
);

CREATE UNIQUE INDEX tokens_by_name ON tokens (name) WHERE revoked_at = 0;

CREATE TABLE sessions (
    hash       TEXT PRIMARY KEY,
    token_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE audit (
    id        $ID,
    at        BIGINT NOT NULL,
    who       TEXT NOT NULL,
    role      TEXT NOT NULL,
    origin    TEXT NOT NULL,
    action    TEXT NOT NULL,
    target    TEXT NOT NULL,
    old_value TEXT NOT NULL,
    new_value TEXT NOT NULL
);

CREATE INDEX audit_by_time ON audit (at);
