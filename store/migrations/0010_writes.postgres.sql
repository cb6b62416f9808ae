-- PostgreSQL looks each reference up in a query of its own, which costs more than to
-- write the row. No metric is ever deleted, and their ids come from the table that was
-- referred to.
ALTER TABLE metric_values DROP CONSTRAINT IF EXISTS metric_values_narrow_metric_id_fkey;

ALTER TABLE standings DROP CONSTRAINT IF EXISTS standings_metric_id_fkey;

ALTER TABLE period_gains DROP CONSTRAINT IF EXISTS period_gains_metric_id_fkey;

-- Each fetch writes its player's row anew. With room beside it the new one needs no
-- entries in the indexes, and the table does not grow.
ALTER TABLE players SET (fillfactor = 60);
