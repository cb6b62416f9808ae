package events

import (
	"cmp"
	"strconv"
	"strings"
)

// streamID is the id of an entry of a stream: milliseconds and a number.
type streamID struct{ ms, seq uint64 }

// parseID reads "1700000000000-3".
func parseID(text string) (id streamID, ok bool) {
	ms, seq, found := strings.Cut(text, "-")
	var errMS, errSeq error
	id.ms, errMS = strconv.ParseUint(ms, 10, 64)
	id.seq, errSeq = strconv.ParseUint(seq, 10, 64)
	return id, found && errMS == nil && errSeq == nil
}

// ValidID reports whether a text can be the ID of a Message.
func ValidID(text string) bool {
	_, ok := parseID(text)
	return ok
}

// compareIDs orders ids as the stream does.
func compareIDs(a, b string) int {
	x, _ := parseID(a)
	y, _ := parseID(b)
	return cmp.Or(cmp.Compare(x.ms, y.ms), cmp.Compare(x.seq, y.seq))
}

// After reports whether a message came after the one with an id. Any came after
// none.
func (m *Message) After(id string) bool { return id == "" || compareIDs(m.ID, id) > 0 }
