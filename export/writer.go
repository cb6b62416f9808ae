package export

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// ErrInvalidFormat is matched by the error of ParseFormat.
var ErrInvalidFormat = errors.New("invalid format")

// Format is how rows are written.
type Format string

const (
	// CSV is comma-separated values (RFC 4180) with a header line.
	CSV Format = "csv"
	// JSONLines is one JSON object a line.
	JSONLines Format = "jsonl"
)

// ParseFormat reads a format as people write it. The error names what there is.
func ParseFormat(text string) (Format, error) {
	switch f := Format(text); f {
	case CSV, JSONLines:
		return f, nil
	}
	return "", fmt.Errorf("%w: format %q: must be %s or %s", ErrInvalidFormat, text, CSV, JSONLines)
}

// MediaType is the format as HTTP names it.
func (f Format) MediaType() string {
	if f == JSONLines {
		return "application/x-ndjson"
	}
	return "text/csv"
}

// Writer writes rows of one kind. Make one with NewWriter.
type Writer struct {
	// OnFlush is called after rows were written out, such as to pass them on to a
	// caller over the network. Nil: nothing is.
	OnFlush func() error

	format  Format
	columns []string
	buffer  *bufio.Writer
	csv     *csv.Writer
	line    []byte
	rows    int
}

// NewWriter returns a Writer to w.
func NewWriter(w io.Writer, f Format) *Writer {
	buffer := bufio.NewWriterSize(w, 64<<10)
	return &Writer{format: f, buffer: buffer, csv: csv.NewWriter(buffer)}
}

// Rows is how many rows were written.
func (w *Writer) Rows() int { return w.rows }

// begin names the columns; in CSV it writes them.
func (w *Writer) begin(columns ...string) error {
	w.columns = columns
	if w.format != CSV {
		return nil
	}
	return w.csv.Write(columns)
}

// row writes one value a column. Nil and the zero time are unknown: empty in CSV,
// null in JSON.
func (w *Writer) row(values ...any) error {
	w.rows++
	if w.format == CSV {
		cells := make([]string, len(values))
		for i, v := range values {
			cells[i] = cell(v)
		}
		return w.csv.Write(cells)
	}
	w.line = append(w.line[:0], '{')
	for i, v := range values {
		if i > 0 {
			w.line = append(w.line, ',')
		}
		w.line = strconv.AppendQuote(w.line, w.columns[i])
		w.line = append(w.line, ':')
		text, err := json.Marshal(jsonValue(v))
		if err != nil {
			return fmt.Errorf("write %s: %w", w.columns[i], err)
		}
		w.line = append(w.line, text...)
	}
	w.line = append(w.line, '}', '\n')
	_, err := w.buffer.Write(w.line)
	return err
}

// flush hands over what was written so far.
func (w *Writer) flush() error {
	w.csv.Flush()
	if err := w.csv.Error(); err != nil {
		return err
	}
	if err := w.buffer.Flush(); err != nil {
		return err
	}
	if w.OnFlush == nil {
		return nil
	}
	return w.OnFlush()
}

func jsonValue(v any) any {
	if t, ok := v.(time.Time); ok {
		if t.IsZero() {
			return nil
		}
		return t.UTC()
	}
	return v
}

func cell(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return v.UTC().Format(time.RFC3339Nano)
	}
	return fmt.Sprint(v)
}
