package hiscores

import (
	"bytes"
	_ "embed" // layouts.json
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// ErrLayout is matched by errors about a CSV body that does not fit a layout,
// or a time for which no layout is known.
var ErrLayout = errors.New("layout does not fit")

// Layout is the order of rows in a CSV body of the hiscores, which names none.
type Layout struct {
	// From is the day, in UTC, of the game update that brought the layout. The
	// update comes in the middle of that day, so a body of the same day may
	// still have the layout before.
	From time.Time
	// Skills come first, starting with Overall; three numbers a row.
	Skills []string
	// Activities follow; two numbers a row.
	Activities []string
}

// Rows is the number of lines of a CSV body of that layout. No two layouts
// known have the same number.
func (l Layout) Rows() int { return len(l.Skills) + len(l.Activities) }

// Layouts lists the layouts known, oldest first, the first being that of March
// 2020. The slices are the caller's own.
func Layouts() ([]Layout, error) {
	known, err := loadLayouts()
	if err != nil {
		return nil, err
	}
	layouts := make([]Layout, len(known))
	for i, l := range known {
		layouts[i] = l.clone()
	}
	return layouts, nil
}

// LayoutAt is the layout in use at a time. The error matches ErrLayout when the
// time is before the first layout known.
func LayoutAt(at time.Time) (Layout, error) {
	known, err := loadLayouts()
	if err != nil {
		return Layout{}, err
	}
	for _, l := range slices.Backward(known) {
		if !at.Before(l.From) {
			return l.clone(), nil
		}
	}
	return Layout{}, fmt.Errorf("%w: no layout is known for %s", ErrLayout, at.UTC().Format(time.DateOnly))
}

func (l Layout) clone() Layout {
	return Layout{From: l.From, Skills: slices.Clone(l.Skills), Activities: slices.Clone(l.Activities)}
}

// layoutsJSON states the first layout in full and each later one by the rows it
// put elsewhere: new ones, and one that was moved.
//
//go:embed layouts.json
var layoutsJSON []byte

type layoutFile struct {
	Base struct {
		From       string   `json:"from"`
		Skills     []string `json:"skills"`
		Activities []string `json:"activities"`
	} `json:"base"`
	Changes []struct {
		From string      `json:"from"`
		Put  []placement `json:"put"`
	} `json:"changes"`
}

// placement puts a row behind another one, in the same list; an empty After is
// the head of the activities.
type placement struct {
	Row   string `json:"row"`
	After string `json:"after"`
}

var loadLayouts = sync.OnceValues(func() ([]Layout, error) { return readLayouts(layoutsJSON) })

func readLayouts(data []byte) ([]Layout, error) {
	var file layoutFile
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("read layouts: %w", err)
	}
	from, err := time.Parse(time.DateOnly, file.Base.From)
	if err != nil {
		return nil, fmt.Errorf("read the first layout: %w", err)
	}
	layouts := []Layout{{From: from, Skills: file.Base.Skills, Activities: file.Base.Activities}}
	for _, change := range file.Changes {
		next := layouts[len(layouts)-1].clone()
		if next.From, err = time.Parse(time.DateOnly, change.From); err != nil {
			return nil, fmt.Errorf("read layouts: %w", err)
		}
		for _, p := range change.Put {
			if err := next.put(p); err != nil {
				return nil, fmt.Errorf("read the layout of %s: %w", change.From, err)
			}
		}
		layouts = append(layouts, next)
	}
	return layouts, nil
}

// put inserts or moves one row.
func (l *Layout) put(p placement) error {
	is := func(row string) func(string) bool { return func(s string) bool { return s == row } }
	l.Activities = slices.DeleteFunc(l.Activities, is(p.Row))
	if p.After == "" {
		l.Activities = slices.Insert(l.Activities, 0, p.Row)
		return nil
	}
	for _, list := range []*[]string{&l.Skills, &l.Activities} {
		if i := slices.Index(*list, p.After); i >= 0 {
			*list = slices.Insert(*list, i+1, p.Row)
			return nil
		}
	}
	return fmt.Errorf("row %q: no row %q to follow", p.Row, p.After)
}
