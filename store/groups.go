package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/groups"
)

type groupRow struct {
	bun.BaseModel `bun:"table:player_groups,alias:g"`
	ID            int64  `bun:"id,pk,autoincrement"`
	Name          string `bun:"name"`
	NameKey       string `bun:"name_key"`
	Description   string `bun:"description"`
	Zone          string `bun:"zone"`
	CreatedAt     int64  `bun:"created_at"`
	UpdatedAt     int64  `bun:"updated_at"`
	Members       int    `bun:"members,scanonly"`
}

func newGroupRow(g groups.Group) *groupRow {
	return &groupRow{
		ID: g.ID, Name: g.Name.String(), NameKey: g.Name.Key(), Description: g.Description, Zone: g.Zone,
		CreatedAt: micros(g.CreatedAt), UpdatedAt: micros(g.UpdatedAt), Members: g.Members,
	}
}

func (r *groupRow) group() (groups.Group, error) {
	name, err := groups.ParseName(r.Name)
	if err != nil {
		return groups.Group{}, fmt.Errorf("group %d: %w", r.ID, err)
	}
	return groups.Group{
		ID: r.ID, Name: name, Description: r.Description, Zone: r.Zone, Members: r.Members,
		CreatedAt: fromMicros(r.CreatedAt), UpdatedAt: fromMicros(r.UpdatedAt),
	}, nil
}

// groupQuery reads groups with their number of members.
func groupQuery(q *bun.SelectQuery) *bun.SelectQuery {
	return q.ColumnExpr("g.*").ColumnExpr(`(SELECT COUNT(*) FROM group_members AS m JOIN players AS p ON p.id = m.player_id
		WHERE m.group_id = g.id AND p.removed_at = 0) AS members`)
}

// AddGroup stores a new group without members. Of g it keeps Name, Description and
// Zone. A name that is taken, in whatever spelling, matches groups.ErrExists, and
// what must not be groups.ErrInvalid or gains.ErrInvalidZone.
func (s *Store) AddGroup(ctx context.Context, g groups.Group) (groups.Group, error) {
	if err := g.Validate(); err != nil {
		return groups.Group{}, fmt.Errorf("add group: %w", err)
	}
	g.CreatedAt, g.Members = s.now(), 0
	g.UpdatedAt = g.CreatedAt
	row := newGroupRow(g)
	if _, err := s.write.NewInsert().Model(row).Returning("id").Exec(ctx); err != nil {
		return groups.Group{}, fmt.Errorf("add group %q: %w", g.Name, groupTaken(err))
	}
	noteGroup(ctx, "add", g.Name, "", describeGroup(g))
	return row.group()
}

// groupTaken names what a violated unique key of groups means.
func groupTaken(err error) error {
	if isUnique(err) {
		return groups.ErrExists
	}
	return err
}

// GroupByName returns the group whose name has the same key, or an error that
// matches ErrNotFound.
func (s *Store) GroupByName(ctx context.Context, name groups.Name) (groups.Group, error) {
	row, err := groupRowOf(ctx, groupQuery(s.read.NewSelect()).Where("g.name_key = ?", name.Key()))
	if err != nil {
		return groups.Group{}, fmt.Errorf("group %q: %w", name, err)
	}
	return row.group()
}

// groupRowOf runs a query for one group; none is ErrNotFound.
func groupRowOf(ctx context.Context, q *bun.SelectQuery) (*groupRow, error) {
	row := new(groupRow)
	err := q.Model(row).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	return row, err
}

// Groups lists groups by id, at most limit of them behind the one with id after.
func (s *Store) Groups(ctx context.Context, after int64, limit int) ([]groups.Group, error) {
	if limit <= 0 {
		limit = defaultLimit
	}
	var rows []groupRow
	err := groupQuery(s.read.NewSelect().Model(&rows)).Where("g.id > ?", after).OrderExpr("g.id").Limit(int64(limit)).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("list groups after %d: %w", after, err)
	}
	all := make([]groups.Group, 0, len(rows))
	for i := range rows {
		g, err := rows[i].group()
		if err != nil {
			return nil, fmt.Errorf("list groups: %w", err)
		}
		all = append(all, g)
	}
	return all, nil
}

// UpdateGroup changes a group and returns it as it is then. An unknown one matches
// ErrNotFound, and a name of another group groups.ErrExists.
func (s *Store) UpdateGroup(ctx context.Context, name groups.Name, patch groups.Patch) (groups.Group, error) {
	var before, after groups.Group
	err := s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var err error
		if before, err = s.lockGroup(ctx, tx, name); err != nil {
			return err
		}
		if after, err = patch.Apply(before); err != nil || after == before {
			return err
		}
		after.UpdatedAt = s.now()
		_, err = tx.NewUpdate().Model(newGroupRow(after)).WherePK().
			Column("name", "name_key", "description", "zone", "updated_at").Exec(ctx)
		return err
	})
	if err != nil {
		return groups.Group{}, fmt.Errorf("change group %q: %w", name, groupTaken(err))
	}
	noteGroup(ctx, "change", before.Name, describeGroup(before), describeGroup(after))
	return after, nil
}

// lockGroup reads a group in a transaction and keeps others from changing it.
func (s *Store) lockGroup(ctx context.Context, tx bun.Tx, name groups.Name) (groups.Group, error) {
	row, err := groupRowOf(ctx, s.forUpdate(groupQuery(tx.NewSelect()).Where("g.name_key = ?", name.Key())))
	if err != nil {
		return groups.Group{}, err
	}
	return row.group()
}

// RemoveGroup deletes a group and returns it as it was. Its players stay tracked,
// and its competitions stay as they are. An unknown one matches ErrNotFound.
func (s *Store) RemoveGroup(ctx context.Context, name groups.Name) (groups.Group, error) {
	var gone groups.Group
	err := s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var err error
		if gone, err = s.lockGroup(ctx, tx, name); err != nil {
			return err
		}
		_, err = tx.NewDelete().Model(newGroupRow(gone)).WherePK().Exec(ctx)
		return err
	})
	if err != nil {
		return groups.Group{}, fmt.Errorf("remove group %q: %w", name, err)
	}
	noteGroup(ctx, "remove", gone.Name, describeGroup(gone), "")
	return gone, nil
}
