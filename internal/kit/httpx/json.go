package httpx

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// MaxBody is how many bytes the body of a request may have unless its operation says otherwise.
const MaxBody = 1 << 20

// bodyPatience is how long a client may take to send such a body.
const bodyPatience = 10 * time.Second

// WriteJSON answers with v. What can't be encoded is a defect of ours and panics, before anything was written.
func WriteJSON(w http.ResponseWriter, status int, v any) {
	var b bytes.Buffer
	if err := encode(&b, v); err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the client is gone; nobody is left to be told
}

func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// ReadBody reads the body of a request within MaxBody and the time limit; faults 400, 408 and 413.
func ReadBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	c := http.NewResponseController(w)
	bounded := c.SetReadDeadline(time.Now().Add(bodyPatience)) == nil
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxBody+1))
	if bounded && err == nil { // the server reads the rest of a body that failed before it answers, and must not wait for it
		_ = c.SetReadDeadline(time.Time{})
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, errTimeout.WithCause(err)
	case err != nil:
		return nil, errMalformed.WithCause(err)
	case len(body) > MaxBody:
		return nil, errTooLarge
	}
	return body, nil
}

// ReadJSON decodes the body of a request into dst, whatever its Content-Type. Faults: 400 for what is not JSON,
// 413 over MaxBody, 422 with the field's name for a wrong type or a field that dst does not have.
func ReadJSON(w http.ResponseWriter, r *http.Request, dst any) error {
	body, err := ReadBody(w, r)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return errBodyMissing
	}
	if err := checkText(body); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(dst); err != nil {
		return explainJSON(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errMalformed
	}
	return nil
}

func explainJSON(err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		if wrong.Field == "" {
			return errWrongType.Withf("object").WithField("body")
		}
		return errWrongType.Withf(jsonType(wrong.Type.Kind().String())).WithField(shorten(wrong.Field))
	}
	if name, ok := strings.CutPrefix(err.Error(), `json: unknown field `); ok {
		return errUnknownField.WithField(shorten(strings.Trim(name, `"`)))
	}
	return errMalformed.WithCause(err)
}

func jsonType(kind string) string {
	switch {
	case strings.HasPrefix(kind, "int"), strings.HasPrefix(kind, "uint"):
		return "integer"
	case strings.HasPrefix(kind, "float"):
		return "number"
	case kind == "bool":
		return "boolean"
	case kind == "slice", kind == "array":
		return "array"
	case kind == "struct", kind == "map":
		return "object"
	}
	return "string"
}

// shorten keeps names that callers made up from filling the answer.
func shorten(name string) string {
	if len(name) <= 100 {
		return name
	}
	return strings.ToValidUTF8(name[:100], "") + "…"
}

// checkText refuses JSON whose texts no database can hold: encoding/json would silently change them.
func checkText(body []byte) error {
	if !utf8.Valid(body) || bytes.IndexByte(body, 0) >= 0 || escapesNUL(body) {
		return errBodyText
	}
	return nil
}

// escapesNUL looks for \u0000 with an odd number of backslashes in front, that is, one that is not itself escaped.
func escapesNUL(body []byte) bool {
	for at := 0; ; {
		i := bytes.Index(body[at:], []byte(`\u0000`))
		if i < 0 {
			return false
		}
		at += i
		before := at
		for before > 0 && body[before-1] == '\\' {
			before--
		}
		if (at-before)%2 == 0 {
			return true
		}
		at++
	}
}

// strictJSON is the API's format: encoding/json without the silent changes.
func strictJSON() huma.Format {
	return huma.Format{
		Marshal: encode,
		Unmarshal: func(data []byte, v any) error {
			if err := checkText(data); err != nil {
				return err
			}
			return json.Unmarshal(data, v)
		},
	}
}
