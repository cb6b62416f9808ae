package hiscores

import (
	"slices"
	"strconv"
	"strings"
	"sync"
)

// MetricKey is the form under which two spellings of a row name are the same
// row: trimmed and in lower case.
func MetricKey(metric string) string {
	if known, ok := rowsKnown()[metric]; ok {
		return known.key
	}
	return makeKey(metric)
}

func makeKey(metric string) string { return strings.ToLower(strings.TrimSpace(metric)) }

// knownRow is a row there has been.
type knownRow struct {
	key string
	// number tells it from the others; it is below the length of rowsKnown.
	number int
}

// rowsKnown holds all rows there have been by their names, and by their keys: each
// snapshot asks for them hundreds of times.
var rowsKnown = sync.OnceValue(func() map[string]knownRow {
	known := make(map[string]knownRow)
	for _, name := range namesKnown() {
		key := makeKey(name)
		row, ok := known[key]
		if !ok {
			row = knownRow{key: key, number: len(known)}
		}
		known[name], known[key] = row, row
	}
	return known
})

// namesKnown lists the names of all rows there have been, those of the latest layout
// first, in the order of the feed.
func namesKnown() []string {
	layouts, err := loadLayouts()
	if err != nil {
		return nil // a test reads the embedded file; without it keys are made each time
	}
	var names []string
	for _, l := range slices.Backward(layouts) {
		names = append(names, l.Skills...)
		names = append(names, l.Activities...)
	}
	seen := make(map[string]bool, len(names))
	return slices.DeleteFunc(names, func(name string) bool {
		again := seen[name]
		seen[name] = true
		return again
	})
}

// spelling is a known name, and what it is in quotes.
type spelling struct{ name, quoted string }

// spellings lists the known names as namesKnown does.
var spellings = sync.OnceValue(func() []spelling {
	var list []spelling
	for _, name := range namesKnown() {
		list = append(list, spelling{name, strconv.Quote(name)})
	}
	return list
})

// spelled holds the places of spellings by what they are in quotes.
var spelled = sync.OnceValue(func() map[string]int {
	places := make(map[string]int)
	for i, s := range spellings() {
		places[s.quoted] = i
	}
	return places
})
