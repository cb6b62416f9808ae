package hiscorestest

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/osrsdiff/osrsdiff/hiscores"
)

type wireBody struct {
	Name       string         `json:"name"`
	Skills     []wireSkill    `json:"skills"`
	Activities []wireActivity `json:"activities"`
}

type wireSkill struct {
	ID    int    `json:"id"`
	Name  string `json:"name"`
	Rank  int64  `json:"rank"`
	Level int64  `json:"level"`
	XP    int64  `json:"xp"`
}

type wireActivity struct {
	ID    int    `json:"id"`
	Name  string `json:"name"`
	Rank  int64  `json:"rank"`
	Score int64  `json:"score"`
}

// Body is a snapshot as index_lite.json gives it: compact, rows numbered by
// place, unknown numbers as -1, the level beside unknown experience as 1. The name is
// that of the query.
func Body(name string, s hiscores.Snapshot) ([]byte, error) {
	b := wireBody{Name: name, Skills: []wireSkill{}, Activities: []wireActivity{}}
	for _, r := range s.Rows {
		if r.Kind == hiscores.Skill {
			level := or(r.Level, -1)
			if !r.Value.IsKnown() {
				level = or(r.Level, 1)
			}
			b.Skills = append(b.Skills, wireSkill{
				ID: len(b.Skills), Name: r.Metric, Rank: or(r.Rank, -1), Level: level, XP: or(r.Value, -1),
			})
			continue
		}
		b.Activities = append(b.Activities, wireActivity{
			ID: len(b.Activities), Name: r.Metric, Rank: or(r.Rank, -1), Score: or(r.Value, -1),
		})
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(b); err != nil {
		return nil, fmt.Errorf("write the body of %q: %w", name, err)
	}
	return bytes.TrimRight(out.Bytes(), "\n"), nil
}

func or(n hiscores.Number, unknown int64) int64 {
	if v, ok := n.Get(); ok {
		return v
	}
	return unknown
}
