package groups

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"
)

// Format is a form that members are exported in.
type Format string

// The formats.
const (
	// Text is a roster as ReadRoster reads it: a name a line, with its rank.
	Text Format = "text"
	// CSV is a table with a heading. ReadRoster reads its first two columns.
	CSV Format = "csv"
	// JSONLines is a MemberView a line.
	JSONLines Format = "jsonl"
)

// ParseFormat reads the name of a format. The error matches ErrInvalid.
func ParseFormat(name string) (Format, error) {
	switch f := Format(name); f {
	case Text, CSV, JSONLines:
		return f, nil
	}
	return "", fmt.Errorf("%w: format %q: must be text, csv or jsonl", ErrInvalid, name)
}

// MediaType is what HTTP calls the format.
func (f Format) MediaType() string {
	switch f {
	case CSV:
		return "text/csv; charset=utf-8"
	case JSONLines:
		return "application/jsonl"
	}
	return "text/plain; charset=utf-8"
}

// Export writes members in a format.
func Export(w io.Writer, f Format, members []Member) error {
	switch f {
	case CSV:
		return exportCSV(w, members)
	case JSONLines:
		encoder := json.NewEncoder(w)
		for _, m := range members {
			if err := encoder.Encode(m.View()); err != nil {
				return fmt.Errorf("export %s: %w", m.Player.Name, err)
			}
		}
		return nil
	}
	for _, m := range members {
		text := m.Player.Name.String()
		if m.Rank != "" {
			text += "," + m.Rank
		}
		if _, err := fmt.Fprintln(w, text); err != nil {
			return fmt.Errorf("export %s: %w", m.Player.Name, err)
		}
	}
	return nil
}

func exportCSV(w io.Writer, members []Member) error {
	table := csv.NewWriter(w)
	rows := [][]string{{"name", "rank", "mode", "status", "total_level", "experience", "joined_at", "last_fetched_at"}}
	for _, m := range members {
		v := m.View()
		fetched := ""
		if v.LastFetched != nil {
			fetched = v.LastFetched.Format(time.RFC3339)
		}
		rows = append(rows, []string{
			v.Player, v.Rank, v.Mode, v.Status, orEmpty(v.TotalLevel), orEmpty(v.Experience), v.JoinedAt.Format(time.RFC3339), fetched,
		})
	}
	if err := table.WriteAll(rows); err != nil {
		return fmt.Errorf("export %d members: %w", len(members), err)
	}
	return nil
}

// orEmpty is a number, or nothing where it is unknown.
func orEmpty(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}
