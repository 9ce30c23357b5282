package apiapp

import (
	"maps"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

const formType = "application/x-www-form-urlencoded"

// read gives a body to readFields and returns the texts of all fields, or the fault's code.
func read(contentType, body string) (map[string]string, string) {
	r := httptest.NewRequest("POST", "/", strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	in, err := readFields(httptest.NewRecorder(), r)
	if err == nil {
		out := map[string]string{}
		for k := range maps.Keys(in) {
			if out[k], err = in.text(k); err != nil {
				break
			}
		}
		if err == nil {
			return out, ""
		}
	}
	f, _ := fault.From(err)
	if f == nil {
		return nil, err.Error()
	}
	return nil, f.Code
}

func TestBodiesAreReadForWhatTheyAre(t *testing.T) {
	t.Parallel()
	multi := "--x\r\nContent-Disposition: form-data; name=\"phone\"\r\n\r\n0812\r\n--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nHalo & apa?\r\n--x--\r\n"
	want := map[string]string{"phone": "0812", "text": "Halo & apa?"}
	for name, c := range map[string]struct {
		kind, body, code string
	}{
		"JSON":                       {"application/json", `{"phone":"0812","text":"Halo & apa?"}`, ""},
		"JSON as curl sends it":      {formType, `{"phone":"0812","text":"Halo & apa?"}`, ""},
		"JSON as text":               {"text/plain", "\n {\"phone\":\"0812\",\"text\":\"Halo & apa?\"} \n", ""},
		"JSON without a type":        {"", `{"phone":"0812","text":"Halo & apa?"}`, ""},
		"JSON with a nonsense type":  {";;;", `{"phone":"0812","text":"Halo & apa?"}`, ""},
		"JSON with a multipart type": {"multipart/form-data; boundary=x", `{"phone":"0812","text":"Halo & apa?"}`, ""},
		"a form":                     {formType, "phone=0812&text=Halo+%26+apa%3F", ""},
		"a form with a charset":      {formType + "; charset=UTF-8", "phone=0812&text=Halo+%26+apa%3F", ""},
		"multipart":                  {"multipart/form-data; boundary=x", multi, ""},
		"nothing":                    {"", "", "body_unreadable"},
		"blanks":                     {formType, "  \n", "body_unreadable"},
		"an array":                   {"application/json", `[{"phone":"0812"}]`, "body_unreadable"},
		"a string":                   {formType, `"phone=0812"`, "body_unreadable"},
		"null":                       {"application/json", "null", "body_unreadable"},
		"torn JSON":                  {formType, `{"phone":"0812"`, "body_unreadable"},
		"two objects":                {formType, `{"phone":"0812"}{}`, "body_unreadable"},
		"a bad escape in a form":     {formType, "phone=%zz", "body_unreadable"},
		"multipart, no boundary":     {"multipart/form-data", multi, "body_unreadable"},
		"multipart, torn":            {"multipart/form-data; boundary=x", multi[:60], "body_unreadable"},
		"a form without its type":    {"", "phone=0812", "body_unreadable"},
		"bad UTF-8":                  {"application/json", "{\"phone\":\"\xff\"}", "field_text"},
		"bad UTF-8 in a form":        {formType, "phone=%ff", "field_text"},
		"NUL in JSON":                {"application/json", `{"phone":"a\u0000"}`, "field_text"},
		"NUL in a form":              {formType, "phone=a%00", "field_text"},
		"too much":                   {"application/json", `{"phone":"` + strings.Repeat("1", 1<<20) + `"}`, "body_too_large"},
		"too deep":                   {"application/json", strings.Repeat(`{"a":`, 20000), "body_unreadable"},
		"an object for a text":       {"application/json", `{"phone":{}}`, "field_type"},
	} {
		got, code := read(c.kind, c.body)
		if code != c.code || (code == "" && !cmp.Equal(got, want)) {
			t.Errorf("%s: got %v, %q; want %v, %q", name, got, code, want, c.code)
		}
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{}`: "false", `{"f":null}`: "false", `{"f":""}`: "false", `{"f":true}`: "true", `{"f":false}`: "false", `{"f":"true"}`: "true",
		`{"f":"TRUE"}`: "true", `{"f":1}`: "true", `{"f":"0"}`: "false", `{"f":2}`: "field_type", `{"f":"ya"}`: "field_type", `{"f":[]}`: "field_type",
	} {
		in, err := jsonFields([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		b, err := in.flag("f")
		got := map[bool]string{true: "true", false: "false"}[b]
		if f, ok := fault.From(err); ok {
			got = f.Code
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", body, got, want)
		}
	}
}

func TestTexts(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]map[string]string{
		`{}`:                            {},
		`{"v":null}`:                    {},
		`{"v":""}`:                      {},
		`{"v":{"{name}":"Sari","n":5}}`: {"{name}": "Sari", "n": "5"},
		`{"v":"{\"{name}\":\"Sari\"}"}`: {"{name}": "Sari"},
		`{"v":{"a":null}}`:              {"a": ""},
		`{"v":[1]}`:                     nil,
		`{"v":5}`:                       nil,
		`{"v":"bukan JSON"}`:            nil,
		`{"v":{"a":{}}}`:                nil,
		`{"v":{"a":"x\u0000"}}`:         nil,
		`{"v":{"a":true}}`:              nil,
	} {
		in, err := jsonFields([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		got, err := in.texts("v")
		f, _ := fault.From(err)
		if (want == nil) != (err != nil) || !cmp.Equal(got, want) || (err != nil && f.Field != "v") {
			t.Errorf("%s: got %v, %v; want %v", body, got, err, want)
		}
	}
}

func TestKeysOfACall(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		query, field, bearer, header, want string
	}{
		"the field":          {"q", "f", "Bearer b", "h", "f"},
		"Authorization":      {"", "", "Bearer b", "h", "b"},
		"in any letters":     {"", "", "bearer  b ", "", "b"},
		"another scheme":     {"", "", "Basic b", "h", "h"},
		"X-API-Key":          {"", "", "", "h", "h"},
		"a POST's query":     {"q", "", "", "", "q"},
		"none":               {"", "", "", "", ""},
		"one that is no key": {"", strings.Repeat("x", 201), "", "", ""},
	} {
		r := httptest.NewRequest("POST", "/?api_key="+c.query, nil)
		r.Header.Set("Authorization", c.bearer)
		r.Header.Set("X-Api-Key", c.header)
		got, err := keyOf(r, fields{"api_key": c.field})
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: got %q, %v; want %q", name, got, err, c.want)
		}
	}
}

func FuzzReadFields(f *testing.F) {
	for _, s := range []string{`{"a":"b"}`, "a=b&c=%00", "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--x--", "{{{", "\xff"} {
		for _, kind := range []string{"", formType, "multipart/form-data; boundary=x"} {
			f.Add(kind, s)
		}
	}
	f.Fuzz(func(t *testing.T, kind, body string) {
		got, code := read(kind, body)
		if strings.ContainsAny(code, " ") {
			t.Fatalf("%q as %q is refused with an error that is no fault: %s", body, kind, code)
		}
		for k, v := range got {
			if strings.ContainsRune(v, 0) {
				t.Fatalf("%q as %q has a NUL in %q", body, kind, k)
			}
		}
	})
}
