ALTER TABLE webhooks ADD COLUMN group_id BIGINT REFERENCES player_groups (id) ON DELETE CASCADE;

CREATE INDEX webhooks_by_group ON webhooks (group_id);
