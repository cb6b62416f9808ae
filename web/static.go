package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"time"
)

//go:embed static templates
var files embed.FS

// staticFile is an embedded file and the tag by which browsers know that theirs
// is still the same.
type staticFile struct {
	body []byte
	etag string
}

// statics serves the embedded files below /static/.
type statics map[string]staticFile

func newStatics() (statics, error) {
	entries, err := fs.ReadDir(files, "static")
	if err != nil {
		return nil, fmt.Errorf("read the static files: %w", err)
	}
	all := make(statics, len(entries))
	for _, e := range entries {
		body, err := fs.ReadFile(files, "static/"+e.Name())
		if err != nil {
			return nil, fmt.Errorf("read the static files: %w", err)
		}
		sum := sha256.Sum256(body)
		all[e.Name()] = staticFile{body: body, etag: `"` + hex.EncodeToString(sum[:8]) + `"`}
	}
	return all, nil
}

// ServeHTTP answers GET /static/{file}. Browsers keep a file and ask each time
// whether it is still the same, so that an update shows at once.
func (s statics) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.serve(w, r, r.PathValue("file"))
}

func (s statics) serve(w http.ResponseWriter, r *http.Request, name string) {
	f, ok := s[name]
	if !ok {
		refuse(w, r, http.StatusNotFound, fmt.Sprintf("there is no file %q", name))
		return
	}
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Etag", f.etag)
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(f.body))
}
