ALTER TABLE metric_values ADD COLUMN stated BIGINT;

ALTER TABLE players ADD COLUMN peaks $BYTES;

CREATE TABLE held_snapshots (
    player_id BIGINT NOT NULL REFERENCES players (id) ON DELETE CASCADE,
    at        BIGINT NOT NULL,
    last_at   BIGINT NOT NULL,
    snapshot  $BYTES NOT NULL,
    PRIMARY KEY (player_id, at)
);

CREATE TABLE identity_events (
    id        $ID,
    player_id BIGINT NOT NULL REFERENCES players (id) ON DELETE CASCADE,
    at        BIGINT NOT NULL,
    kind      TEXT NOT NULL,
    detail    TEXT NOT NULL
);

CREATE INDEX identity_events_by_player ON identity_events (player_id, kind, at);
