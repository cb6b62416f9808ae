CREATE TABLE activity (
    id        $ID,
    at        BIGINT NOT NULL,
    player_id BIGINT REFERENCES players (id) ON DELETE CASCADE,
    kind      TEXT NOT NULL,
    detail    TEXT NOT NULL,
    relayed   BOOLEAN NOT NULL
);

CREATE INDEX activity_by_player ON activity (player_id, id);

CREATE INDEX activity_to_relay ON activity (id) WHERE NOT relayed;

CREATE TABLE webhooks (
    id         $ID,
    name       TEXT NOT NULL,
    url        TEXT NOT NULL,
    format     TEXT NOT NULL,
    kinds      TEXT NOT NULL,
    player_id  BIGINT REFERENCES players (id) ON DELETE CASCADE,
    secret     TEXT NOT NULL,
    enabled    BOOLEAN NOT NULL,
    failures   INTEGER NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE INDEX webhooks_by_player ON webhooks (player_id);

CREATE TABLE deliveries (
    id           $ID,
    webhook_id   BIGINT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    created_at   BIGINT NOT NULL,
    attempted_at BIGINT NOT NULL DEFAULT 0,
    attempts     INTEGER NOT NULL DEFAULT 0,
    answer       INTEGER NOT NULL DEFAULT 0,
    status       TEXT NOT NULL,
    error        TEXT NOT NULL DEFAULT '',
    events       TEXT NOT NULL
);

CREATE INDEX deliveries_by_webhook ON deliveries (webhook_id, id);

CREATE INDEX deliveries_waiting ON deliveries (id) WHERE status = 'waiting';
