-- The same values in narrower columns, widest first: PostgreSQL pads each column
-- to its own width, and this table is most of the database.
CREATE TABLE metric_values_narrow (
    at        BIGINT NOT NULL,
    value     BIGINT,
    stated    BIGINT,
    player_id INTEGER NOT NULL REFERENCES players (id) ON DELETE CASCADE,
    rank      INTEGER,
    metric_id SMALLINT NOT NULL REFERENCES metrics (id),
    level     SMALLINT,
    PRIMARY KEY (player_id, metric_id, at)
) $KEYED;

INSERT INTO metric_values_narrow (at, value, stated, player_id, rank, metric_id, level)
SELECT at, value, stated, player_id,
    CASE WHEN rank BETWEEN 0 AND 2147483647 THEN rank END, metric_id,
    CASE WHEN level BETWEEN 0 AND 32767 THEN level END
FROM metric_values;

DROP TABLE metric_values;

ALTER TABLE metric_values_narrow RENAME TO metric_values;

CREATE TABLE standings (
    value     BIGINT NOT NULL,
    player_id INTEGER NOT NULL REFERENCES players (id) ON DELETE CASCADE,
    metric_id SMALLINT NOT NULL REFERENCES metrics (id),
    PRIMARY KEY (player_id, metric_id)
) $KEYED;

CREATE INDEX standings_by_value ON standings (metric_id, value DESC, player_id);

CREATE TABLE period_gains (
    gain      BIGINT NOT NULL,
    player_id INTEGER NOT NULL REFERENCES players (id) ON DELETE CASCADE,
    bucket    INTEGER NOT NULL,
    metric_id SMALLINT NOT NULL REFERENCES metrics (id),
    PRIMARY KEY (player_id, metric_id, bucket)
) $KEYED;

CREATE INDEX period_gains_by_gain ON period_gains (metric_id, bucket, gain DESC, player_id);

CREATE TABLE milestones (
    goal      BIGINT NOT NULL,
    after_at  BIGINT NOT NULL,
    by_at     BIGINT NOT NULL,
    player_id INTEGER NOT NULL REFERENCES players (id) ON DELETE CASCADE,
    metric_id SMALLINT NOT NULL REFERENCES metrics (id),
    kind      TEXT NOT NULL,
    PRIMARY KEY (player_id, metric_id, kind, goal)
) $KEYED;

CREATE TABLE records (
    gain      BIGINT NOT NULL,
    from_at   BIGINT NOT NULL,
    to_at     BIGINT NOT NULL,
    player_id INTEGER NOT NULL REFERENCES players (id) ON DELETE CASCADE,
    metric_id SMALLINT NOT NULL REFERENCES metrics (id),
    period    TEXT NOT NULL,
    PRIMARY KEY (player_id, metric_id, period)
) $KEYED;

ALTER TABLE players ADD COLUMN thinned_until BIGINT NOT NULL DEFAULT 0;

ALTER TABLE players ADD COLUMN thin_checked_until BIGINT NOT NULL DEFAULT 0;
