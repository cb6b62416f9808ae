package hiscores

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// body is what Parse reads of the feed. Whatever else it holds is ignored, the
// top-level "name" above all: it only echoes the query.
type body struct {
	skills, activities []bodyRow
}

// bodyRow is a row of either list; a field that is absent, null or below zero is
// unknown.
type bodyRow struct {
	name                   string
	rank, level, xp, score Number
}

// Rows that a list has usually, to make room for them at once.
const (
	usualSkills     = 32
	usualActivities = 128
)

// errForm is matched by the error of a body that has other types than the feed.
var errForm = errors.New("not of the form of the feed")

// readBody reads a body token by token, which takes about half as long as reading
// it into types by reflection: a worker reads little else. What encoding/json forgives is
// forgiven, since the feed is not ours: a key that comes twice, of which the last
// counts, and bytes that are no UTF-8.
func readBody(data []byte) (body, error) {
	r := reader{jsontext.NewDecoder(bytes.NewBuffer(data), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))}
	var b body
	err := r.object(func(key []byte) (err error) {
		switch string(key) {
		case `"skills"`:
			b.skills, err = r.rows(usualSkills)
		case `"activities"`:
			b.activities, err = r.rows(usualActivities)
		default:
			err = r.SkipValue()
		}
		return err
	})
	if err != nil {
		return body{}, err
	}
	if _, err := r.ReadToken(); !errors.Is(err, io.EOF) {
		return body{}, fmt.Errorf("%w: something follows the object", errForm)
	}
	return b, nil
}

// reader reads what the feed consists of.
type reader struct{ *jsontext.Decoder }

// object reads an object and has each value read, by its key in quotes.
func (r reader) object(value func(key []byte) error) error {
	if err := r.begin('{'); err != nil {
		return err
	}
	for r.PeekKind() != '}' {
		key, err := r.ReadValue()
		if err != nil {
			return err
		}
		if err := value(key); err != nil {
			return err
		}
	}
	_, err := r.ReadToken()
	return err
}

// begin reads the first token of an object or a list.
func (r reader) begin(kind jsontext.Kind) error {
	t, err := r.ReadToken()
	if err == nil && t.Kind() != kind {
		err = fmt.Errorf("%w: %s where %s begins", errForm, t.Kind(), kind)
	}
	return err
}

// rows reads a list of rows; null is an empty one.
func (r reader) rows(usual int) ([]bodyRow, error) {
	if r.PeekKind() == 'n' {
		return nil, r.SkipValue()
	}
	if err := r.begin('['); err != nil {
		return nil, err
	}
	rows := make([]bodyRow, 0, usual)
	for r.PeekKind() != ']' {
		row, err := r.row()
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	_, err := r.ReadToken()
	return rows, err
}

// row reads a row; null is one without a name.
func (r reader) row() (row bodyRow, err error) {
	if r.PeekKind() == 'n' {
		return row, r.SkipValue()
	}
	err = r.object(func(key []byte) (err error) {
		switch string(key) {
		case `"name"`:
			row.name, err = r.text()
		case `"rank"`:
			row.rank, err = r.number()
		case `"level"`:
			row.level, err = r.number()
		case `"xp"`:
			row.xp, err = r.number()
		case `"score"`:
			row.score, err = r.number()
		default:
			err = r.SkipValue()
		}
		return err
	})
	return row, err
}

// text reads a string; null is empty.
func (r reader) text() (string, error) {
	t, err := r.ReadToken()
	switch {
	case err != nil:
		return "", err
	case t.Kind() == 'n':
		return "", nil
	case t.Kind() != '"':
		return "", fmt.Errorf("%w: %s where a name is", errForm, t.Kind())
	}
	return t.String(), nil
}

// number reads a whole number. Null is unknown.
func (r reader) number() (Number, error) {
	v, err := r.ReadValue()
	switch {
	case err != nil:
		return Number{}, err
	case v.Kind() == 'n':
		return Number{}, nil
	case v.Kind() != '0':
		return Number{}, fmt.Errorf("%w: %s where a number is", errForm, v.Kind())
	}
	n, err := strconv.ParseInt(string(v), 10, 64)
	if err != nil {
		return Number{}, fmt.Errorf("%w: %w", errForm, err)
	}
	return number(n), nil
}
