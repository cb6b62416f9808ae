CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE players (
    id                  $ID,
    name                TEXT NOT NULL,
    name_key            TEXT NOT NULL,
    mode                TEXT NOT NULL,
    status              TEXT NOT NULL,
    every_minutes       BIGINT NOT NULL,
    paused              BOOLEAN NOT NULL,
    revision            BIGINT NOT NULL,
    created_at          BIGINT NOT NULL,
    updated_at          BIGINT NOT NULL,
    interval_changed_at BIGINT NOT NULL DEFAULT 0,
    resumed_at          BIGINT NOT NULL DEFAULT 0,
    covered_until       BIGINT NOT NULL DEFAULT 0,
    last_attempt_at     BIGINT NOT NULL DEFAULT 0,
    last_fetched_at     BIGINT NOT NULL DEFAULT 0,
    last_changed_at     BIGINT NOT NULL DEFAULT 0,
    last_result         TEXT NOT NULL DEFAULT '',
    last_error          TEXT NOT NULL DEFAULT '',
    missing_since       BIGINT NOT NULL DEFAULT 0,
    mode_checked_at     BIGINT NOT NULL DEFAULT 0,
    first_at            BIGINT NOT NULL DEFAULT 0,
    snapshot_at         BIGINT NOT NULL DEFAULT 0,
    snapshot            $BYTES
);

CREATE UNIQUE INDEX players_by_name ON players (name_key);

CREATE INDEX players_by_status ON players (status, id);

CREATE INDEX players_by_mode ON players (mode, id);

CREATE TABLE metrics (
    id         $ID,
    metric_key TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    kind       TEXT NOT NULL
);

CREATE TABLE metric_values (
    player_id BIGINT NOT NULL REFERENCES players (id) ON DELETE CASCADE,
    metric_id BIGINT NOT NULL REFERENCES metrics (id),
    at        BIGINT NOT NULL,
    value     BIGINT,
    level     BIGINT,
    rank      BIGINT,
    PRIMARY KEY (player_id, metric_id, at)
) $KEYED;

CREATE TABLE schedule_changes (
    player_id  BIGINT PRIMARY KEY,
    revision   BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);

CREATE INDEX schedule_changes_by_time ON schedule_changes (changed_at, player_id);

CREATE TABLE runs (
    id         $ID,
    player_id  BIGINT NOT NULL REFERENCES players (id) ON DELETE CASCADE,
    task_id    TEXT NOT NULL,
    tick       BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at   BIGINT NOT NULL,
    result     TEXT NOT NULL,
    error      TEXT NOT NULL
);

CREATE UNIQUE INDEX runs_once ON runs (player_id, started_at, ended_at, task_id);

CREATE INDEX runs_by_end ON runs (ended_at);

CREATE TABLE mode_changes (
    id        $ID,
    player_id BIGINT NOT NULL REFERENCES players (id) ON DELETE CASCADE,
    from_mode TEXT NOT NULL,
    to_mode   TEXT NOT NULL,
    at        BIGINT NOT NULL,
    applied   BOOLEAN NOT NULL,
    evidence  TEXT NOT NULL
);

CREATE UNIQUE INDEX mode_changes_once ON mode_changes (player_id, at, to_mode, applied);

CREATE TABLE static_runs (
    id          TEXT PRIMARY KEY,
    nominal     BIGINT NOT NULL,
    owner       TEXT NOT NULL,
    started_at  BIGINT NOT NULL,
    finished_at BIGINT NOT NULL,
    result      TEXT NOT NULL
);
