package roster

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/osrsdiff/osrsdiff/access"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// note leaves what was done to a player for the audit log.
func note(ctx context.Context, action string, name player.Name, old, now string) {
	access.Note(ctx, access.Change{Action: action, Target: name.String(), Old: old, New: now})
}

// noteChange notes those fields of a player that a patch changed.
func noteChange(ctx context.Context, patch store.PlayerPatch, was, is player.Player) {
	var old, now []string
	field := func(given bool, name, before, after string) {
		if given && before != after {
			old, now = append(old, name+" "+before), append(now, name+" "+after)
		}
	}
	field(patch.Name != nil, "name", was.Name.String(), is.Name.String())
	field(patch.Every != nil, "every", was.Every.String(), is.Every.String())
	field(patch.Mode != nil, "mode", string(was.Mode), string(is.Mode))
	field(patch.Paused != nil, "paused", strconv.FormatBool(was.Paused), strconv.FormatBool(is.Paused))
	note(ctx, "player.change", was.Name, strings.Join(old, ", "), strings.Join(now, ", "))
}

// noteAdded notes players that were added together.
func noteAdded(ctx context.Context, added []player.Player) {
	const most = 10
	for _, p := range added[:min(most, len(added))] {
		note(ctx, "player.add", p.Name, "", "every "+p.Every.String())
	}
	if more := len(added) - most; more > 0 {
		access.Note(ctx, access.Change{Action: "player.add", New: fmt.Sprintf("%d more players", more)})
	}
}
