package bench

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/internal/testenv"
)

var (
	players  = flag.Int("players", 0, "how many schedules to measure with; 0: a few, to check the measuring itself")
	watchFor = flag.Duration("for", 3*time.Minute, "how long the steady state is watched when -players is given")
	report   = flag.String("report", "", "page that takes up the results, such as ../docs/performance.md")
)

// size is how many schedules a measurement has: small ones without -players.
func size(small int) int {
	if *players == 0 {
		return small
	}
	return *players
}

// small reports whether only the measuring itself is checked.
func small() bool { return *players == 0 }

// childVariable names what a process started by a test does instead of testing.
const childVariable = "OSRSDIFF_BENCH_CHILD"

// children are what such processes can do; each prints its result as JSON.
var children = map[string]func(childOrder) (any, error){
	"engine":  runEngine,
	"manager": runManager,
}

func TestMain(m *testing.M) {
	if order := os.Getenv(childVariable); order != "" {
		if err := obey(order); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	testenv.Main(m)
}

// childOrder tells a child what to do.
type childOrder struct {
	// Do is a name in children.
	Do string
	// Redis is the URL of the server.
	Redis string
	// Players is how many schedules there are.
	Players int
	// Period is how often each entry of a manager fires.
	Period time.Duration
}

func obey(order string) error {
	var o childOrder
	if err := json.Unmarshal([]byte(order), &o); err != nil {
		return fmt.Errorf("order of a child: %w", err)
	}
	result, err := children[o.Do](o)
	if err != nil {
		return fmt.Errorf("%s with %d schedules: %w", o.Do, o.Players, err)
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}
