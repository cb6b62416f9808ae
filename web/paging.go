package web

import (
	"fmt"
	"strconv"

	"github.com/osrsdiff/osrsdiff/player"
)

// PageQuery is the part of a query that chooses a page of a list.
type PageQuery struct {
	Cursor string `query:"cursor" doc:"next_cursor of the page before; empty for the first page"`
	Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"200"`
}

// after reads the cursor: the id of the last player of the page before.
func (in PageQuery) after() (int64, error) {
	if in.Cursor == "" {
		return 0, nil
	}
	id, err := strconv.ParseInt(in.Cursor, 10, 64)
	if err != nil || id < 0 {
		return 0, badCursor(in.Cursor)
	}
	return id, nil
}

func badCursor(cursor string) error {
	return invalid("query.cursor", cursor, fmt.Errorf("%w: cursor %q: must be next_cursor of the page before", errInvalidCursor, cursor))
}

// cursorOf is the cursor of the page after one that asked for one more than
// limit, and the page without it.
func cursorOf(page []player.Player, limit int) ([]player.Player, string) {
	if len(page) <= limit {
		return page, ""
	}
	page = page[:limit]
	return page, strconv.FormatInt(page[limit-1].ID, 10)
}

// pageOf cuts a page out of a list that is short enough to be read whole, such as
// everything one player reached. Its cursor is how many come before.
func pageOf[T any](list []T, in PageQuery) (page []T, next string, err error) {
	before, err := in.after()
	if err != nil {
		return nil, "", err
	}
	list = list[min(before, int64(len(list))):]
	if len(list) <= in.Limit {
		return list, "", nil
	}
	return list[:in.Limit], strconv.FormatInt(before+int64(in.Limit), 10), nil
}
