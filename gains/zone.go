package gains

import (
	"errors"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // zones are known where the system has none, as in a bare container
)

// ErrInvalidZone is matched by every error of Zone.
var ErrInvalidZone = errors.New("invalid time zone")

// Zone returns the time zone of an IANA name such as "Europe/Berlin". The empty
// name is UTC. The zone of this machine has no name: the same question would get
// another answer elsewhere.
func Zone(name string) (*time.Location, error) {
	if !strings.EqualFold(name, "local") {
		if zone, err := time.LoadLocation(name); err == nil {
			return zone, nil
		}
	}
	return nil, fmt.Errorf("%w %q: must be an IANA name such as Europe/Berlin or UTC", ErrInvalidZone, name)
}
