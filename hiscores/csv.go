package hiscores

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// ParseCSV reads an index_lite.ws body, in which rows are known by their place
// only, by the layout in use when it was fetched (LayoutAt). It is for
// importing old bodies; At of the snapshot is left zero for the caller to set.
// The error matches ErrLayout when the rows do not fit, since a body read by
// the wrong layout gives one boss the kills of another.
func ParseCSV(r io.Reader, layout Layout) (Snapshot, error) {
	in := csv.NewReader(io.LimitReader(r, MaxBody))
	in.FieldsPerRecord = -1
	records, err := in.ReadAll()
	if err != nil {
		return Snapshot{}, fmt.Errorf("parse CSV: %w: %w", ErrLayout, err)
	}
	if len(records) != layout.Rows() {
		return Snapshot{}, fmt.Errorf("parse CSV: %w: %d rows, and the layout of %s has %d",
			ErrLayout, len(records), layout.From.Format("2006-01-02"), layout.Rows())
	}
	rows := newRowList(len(records))
	for i, record := range records {
		row, err := csvRow(layout, i, record)
		if err != nil {
			return Snapshot{}, fmt.Errorf("parse CSV line %d: %w", i+1, err)
		}
		rows.add(row)
	}
	return Snapshot{Rows: rows.rows}, nil
}

// csvRow reads the record at that place of the layout.
func csvRow(layout Layout, place int, record []string) (Row, error) {
	kind, want := Skill, 3
	if place >= len(layout.Skills) {
		kind, want = Activity, 2
	}
	if len(record) != want {
		return Row{}, fmt.Errorf("%w: %d numbers where a row of kind %s has %d", ErrLayout, len(record), kind, want)
	}
	numbers := make([]Number, want)
	for i, field := range record {
		n, err := strconv.ParseInt(strings.TrimSpace(field), 10, 64)
		if err != nil {
			return Row{}, fmt.Errorf("%w: %w", ErrLayout, err)
		}
		numbers[i] = number(n)
	}
	if kind == Skill {
		return skillRow(layout.Skills[place], numbers[0], numbers[1], numbers[2]), nil
	}
	return Row{
		Metric: layout.Activities[place-len(layout.Skills)], Kind: Activity,
		Rank: numbers[0], Value: numbers[1],
	}, nil
}
