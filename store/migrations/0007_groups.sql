CREATE TABLE player_groups (
    id          $ID,
    name        TEXT NOT NULL,
    name_key    TEXT NOT NULL,
    description TEXT NOT NULL,
    zone        TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);

CREATE UNIQUE INDEX player_groups_by_name ON player_groups (name_key);

CREATE TABLE group_members (
    group_id  BIGINT NOT NULL REFERENCES player_groups (id) ON DELETE CASCADE,
    joined_at BIGINT NOT NULL,
    player_id INTEGER NOT NULL REFERENCES players (id) ON DELETE CASCADE,
    rank      TEXT NOT NULL,
    PRIMARY KEY (group_id, player_id)
) $KEYED;

CREATE INDEX group_members_by_player ON group_members (player_id, group_id);

CREATE TABLE competitions (
    id         $ID,
    title      TEXT NOT NULL,
    metric_id  SMALLINT NOT NULL REFERENCES metrics (id),
    from_at    BIGINT NOT NULL,
    to_at      BIGINT NOT NULL,
    group_id   BIGINT REFERENCES player_groups (id) ON DELETE SET NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX competitions_by_group ON competitions (group_id, to_at);

CREATE TABLE competition_players (
    competition_id BIGINT NOT NULL REFERENCES competitions (id) ON DELETE CASCADE,
    player_id      INTEGER NOT NULL REFERENCES players (id) ON DELETE CASCADE,
    team           TEXT NOT NULL,
    PRIMARY KEY (competition_id, player_id)
) $KEYED;

CREATE INDEX competition_players_by_player ON competition_players (player_id, competition_id);
