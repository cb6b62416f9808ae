package hiscores

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// usual is a body in miniature as the feed writes it.
const usual = `{"name":"Zezima","skills":[{"id":0,"name":"Overall","rank":1,"level":2277,"xp":4600000000},{"id":1,"name":"Attack","rank":-1,"level":1,"xp":-1}],"activities":[{"id":0,"name":"Kree'arra","rank":-1,"score":0},{"id":9,"name":"Nobody's row","rank":7,"score":70}]}`

func TestScanBodyReadsTheUsual(t *testing.T) {
	for _, data := range []string{
		usual,
		" \n{ \"skills\" : [ { \"name\" : \"Attack\" , \"xp\" : 7 } ] ,\r\n\t\"activities\":[{\"rank\":0}]}\n",
		`{"skills":[{"name":"Attack","name":"Magic","xp":1,"xp":2}],"skills":[{"name":"Prayer"}]}`,
		`{"xp":1,"name":2,"skills":[{"id":"a","score":999999999999999999}]}`,
	} {
		got, ok := scanBody([]byte(data))
		want, err := readBody([]byte(data))
		if !ok || err != nil {
			t.Errorf("%s: read %t, %v", data, ok, err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(body{}, bodyRow{}, Number{})); diff != "" {
			t.Errorf("%s (-readBody +scanBody):\n%s", data, diff)
		}
	}
}

func TestScanBodyLeavesTheUnusual(t *testing.T) {
	for _, data := range []string{
		"", "{", "[]", "null", usual[:len(usual)-1], usual + "x", usual + usual,
		`{}`, `{"skills":null}`, `{"skills":[]}`, `{"skills":[null]}`, `{"skills":[{}]}`, `{"skills":{"name":"Attack"}}`,
		`{"skills":[{"name":null}]}`, `{"skills":[{"name":7}]}`, `{"skills":[{"name":"Attack",}]}`, `{"skills":[{"name":"Attack"},]}`,
		`{"skills":[{"name":"Att\u0061ck"}]}`, `{"skills":[{"name":"Attaçk"}]}`, "{\"skills\":[{\"name\":\"Att\x00ck\"}]}", `{"skills":[{"name":"Attack]}`,
		`{"skills":[{"rank":1.0}]}`, `{"skills":[{"rank":1e3}]}`, `{"skills":[{"rank":01}]}`, `{"skills":[{"rank":-}]}`, `{"skills":[{"rank":"1"}]}`,
		`{"skills":[{"rank":1000000000000000000}]}`, `{"skills":[{"rank":true}]}`, `{"skills":[{"id":[1],"rank":1}]}`, `{"skills" "x"}`, `{"skills":[{"rank" 1}]}`,
	} {
		if got, ok := scanBody([]byte(data)); ok {
			t.Errorf("%s: read as %+v", data, got)
		}
	}
}

// FuzzScanBody wants scanBody to agree with readBody on whatever it reads.
func FuzzScanBody(f *testing.F) {
	f.Add([]byte(usual))
	f.Add([]byte(`{"skills":[{"name":"Attack","rank":-0,"xp":007}],"activities":[]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, ok := scanBody(data)
		if !ok {
			return
		}
		want, err := readBody(data)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(body{}, bodyRow{}, Number{})); err != nil || diff != "" {
			t.Errorf("%q: %v (-readBody +scanBody):\n%s", data, err, diff)
		}
	})
}
