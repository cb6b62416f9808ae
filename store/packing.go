package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/osrsdiff/osrsdiff/hiscores"
)

// packVersion is the first byte of a packed snapshot.
const packVersion = 1

// The bits that say which numbers of a packed row follow.
const (
	hasRank = 1 << iota
	hasLevel
	hasValue
)

// smallestRow is the size in bytes of a packed row with a rank and a value, as most
// have: it tells how many there are at most, or nearly so.
const smallestRow = 6

// usualRow is more than a packed row has on average.
const usualRow = 12

var errPacked = errors.New("stored snapshot is damaged")

// pack writes rows as small as it goes, about a kilobyte a player: the version,
// then for each row the metric's id, a byte that says which numbers are known,
// and those as varints. All rows must have a metric (see learn).
func (s *Store) pack(rows []hiscores.Row) ([]byte, error) {
	packed := make([]byte, 1, 1+len(rows)*usualRow)
	packed[0] = packVersion
	known := s.metrics.now()
	for _, r := range rows {
		m, ok := known.key(r.Metric)
		if !ok {
			return nil, fmt.Errorf("metric %q: %w", r.Metric, ErrNotFound)
		}
		packed = binary.AppendUvarint(packed, uint64(m.ID))
		packed = appendNumbers(packed, r.Rank, r.Level, r.Value)
	}
	return packed, nil
}

func appendNumbers(packed []byte, numbers ...hiscores.Number) []byte {
	at := len(packed)
	packed = append(packed, 0)
	for i, number := range numbers {
		if n, known := number.Get(); known {
			packed[at] |= 1 << i
			packed = binary.AppendVarint(packed, n)
		}
	}
	return packed
}

// unpack is the inverse of pack.
func (s *Store) unpack(ctx context.Context, packed []byte) ([]hiscores.Row, error) {
	if len(packed) == 0 || packed[0] != packVersion {
		return nil, fmt.Errorf("%w: no version %d", errPacked, packVersion)
	}
	r := packReader{left: packed[1:]}
	rows := make([]hiscores.Row, 0, len(r.left)/smallestRow)
	for len(r.left) > 0 {
		id, known := r.uvarint(), r.byte()
		row := hiscores.Row{Rank: r.number(known & hasRank), Level: r.number(known & hasLevel), Value: r.number(known & hasValue)}
		if r.failed {
			return nil, fmt.Errorf("%w: it ends within row %d", errPacked, len(rows))
		}
		m, err := s.metricByID(ctx, int64(id))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errPacked, err)
		}
		row.Metric, row.Kind = m.Name, m.Kind
		rows = append(rows, row)
	}
	return rows, nil
}

// packReader reads a packed snapshot; after a failure it reads zeros.
type packReader struct {
	left   []byte
	failed bool
}

func (r *packReader) advance(n int) bool {
	if n <= 0 || n > len(r.left) {
		r.failed, r.left = true, nil
		return false
	}
	r.left = r.left[n:]
	return true
}

func (r *packReader) byte() byte {
	if len(r.left) == 0 {
		r.failed = true
		return 0
	}
	b := r.left[0]
	r.left = r.left[1:]
	return b
}

func (r *packReader) uvarint() uint64 {
	v, n := binary.Uvarint(r.left)
	if !r.advance(n) {
		return 0
	}
	return v
}

// number reads a number that follows, or is unknown when present is zero.
func (r *packReader) number(present byte) hiscores.Number {
	if present == 0 {
		return hiscores.Number{}
	}
	v, n := binary.Varint(r.left)
	if !r.advance(n) {
		return hiscores.Number{}
	}
	return hiscores.Known(v)
}
