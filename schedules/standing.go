package schedules

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/osrsdiff/osrsdiff/player"
)

// indexed is one field of the index: what the claim needs to know of a schedule
// without reading its definition.
type indexed struct {
	every    player.Interval
	revision int64
	state    state
	// player is the display name, which fetch tasks carry for people.
	player string
}

// parseIndexed reads "every:revision:state:name". A name has no colon.
func parseIndexed(s string) (indexed, error) {
	parts := strings.Split(s, ":")
	if len(parts) != 4 {
		return indexed{}, fmt.Errorf("index value %q: want every:revision:state:name", s)
	}
	every, err := strconv.Atoi(parts[0])
	if err != nil {
		return indexed{}, fmt.Errorf("index value %q: %w", s, err)
	}
	revision, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return indexed{}, fmt.Errorf("index value %q: %w", s, err)
	}
	x := indexed{every: player.Interval(every), revision: revision, state: state(parts[2]), player: parts[3]}
	switch x.state {
	case stateActive, statePaused:
		if err := x.every.Validate(); err != nil {
			return indexed{}, fmt.Errorf("index value %q: %w", s, err)
		}
	case stateRemoved:
	default:
		return indexed{}, fmt.Errorf("index value %q: unknown state", s)
	}
	return x, nil
}
