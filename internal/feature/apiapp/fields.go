package apiapp

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pingcrm/pingcrm/internal/kit/httpx"
)

// maxChars bounds the texts of the contract, in characters: the Cloud API's limit, so that a script works the same
// whichever kind of number it sends through.
const maxChars = 4096

// fields are the values that a call came with, from JSON, a form or the query. JSON values are as decoded with numbers
// kept as written; others are strings.
type fields map[string]any

func queryFields(r *http.Request) fields { return formFields(r.URL.Query()) }

func formFields(v url.Values) fields {
	in := fields{}
	for k := range v {
		in[k] = v.Get(k)
	}
	return in
}

// readFields reads a body: JSON whatever the Content-Type says, else what the Content-Type says.
func readFields(w http.ResponseWriter, r *http.Request) (fields, error) {
	body, err := httpx.ReadBody(w, r)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(body) {
		return nil, errText.Withf("body").WithField("body")
	}
	trimmed := bytes.TrimSpace(body)
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case len(trimmed) > 0 && trimmed[0] == '{':
		return jsonFields(trimmed)
	case kind == "multipart/form-data":
		return multipartFields(body, params["boundary"])
	case kind == "application/x-www-form-urlencoded" && bytes.IndexByte(trimmed, '=') > 0 && trimmed[0] != '[' && trimmed[0] != '"':
		v, err := url.ParseQuery(string(trimmed))
		if err != nil {
			return nil, errUnreadable.WithCause(err)
		}
		return formFields(v), nil
	default:
		return nil, errUnreadable
	}
}

func jsonFields(body []byte) (fields, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var in fields
	if err := d.Decode(&in); err != nil {
		return nil, errUnreadable.WithCause(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errUnreadable
	}
	return in, nil
}

func multipartFields(body []byte, boundary string) (fields, error) {
	form, err := multipart.NewReader(bytes.NewReader(body), boundary).ReadForm(int64(len(body)))
	if err != nil {
		return nil, errUnreadable.WithCause(err)
	}
	defer func() { _ = form.RemoveAll() }()
	return formFields(form.Value), nil
}

// text returns a field as a string; numbers are taken as they are written. Missing and null are "".
func (in fields) text(name string) (string, error) {
	switch v := in[name].(type) {
	case nil:
		return "", nil
	case string:
		if strings.ContainsRune(v, 0) || !utf8.ValidString(v) {
			return "", errText.Withf(name).WithField(name)
		}
		return v, nil
	case json.Number:
		return v.String(), nil
	default:
		return "", errType.Withf(name).WithField(name)
	}
}

// needed is text for a field that must have something in it.
func (in fields) needed(name string) (string, error) {
	v, err := in.text(name)
	if err == nil && strings.TrimSpace(v) == "" {
		return "", errMissing.Withf(name).WithField(name)
	}
	return v, err
}

// message is needed for a text that people read, with its bound.
func (in fields) message(name string) (string, error) {
	v, err := in.needed(name)
	if err == nil && utf8.RuneCountInString(v) > maxChars {
		return "", errTooLong.Withf(name).WithField(name)
	}
	return v, err
}

// flag returns a field as a boolean: true, false, and the words and numbers that forms and queries use for them.
func (in fields) flag(name string) (bool, error) {
	if b, ok := in[name].(bool); ok {
		return b, nil
	}
	v, err := in.text(name)
	if err != nil || v == "" {
		return false, err
	}
	b, err := strconv.ParseBool(strings.ToLower(v))
	if err != nil {
		return false, errType.Withf(name).WithField(name)
	}
	return b, nil
}

// texts returns a field that is an object of texts and numbers; a form gives it as JSON.
func (in fields) texts(name string) (map[string]string, error) {
	wrong := errType.Withf(name).WithField(name)
	raw := in[name]
	if s, ok := raw.(string); ok && s != "" {
		v, err := jsonFields([]byte(s))
		if err != nil {
			return nil, wrong
		}
		raw = map[string]any(v)
	}
	if raw == nil || raw == "" {
		return map[string]string{}, nil
	}
	m, ok := raw.(map[string]any)
	if !ok {
		return nil, wrong
	}
	out := make(map[string]string, len(m))
	for k := range m {
		v, err := fields(m).text(k)
		if err != nil {
			return nil, wrong // names that callers made up don't fill the answer
		}
		out[k] = v
	}
	return out, nil
}

// keyOf finds the api key of a call: field or query, Authorization: Bearer, X-API-Key.
func keyOf(r *http.Request, in fields) (string, error) {
	key, err := in.text("api_key")
	if err != nil {
		return "", err
	}
	if key == "" {
		if scheme, rest, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "Bearer") {
			key = strings.TrimSpace(rest)
		}
	}
	if key == "" {
		key = r.Header.Get("X-API-Key")
	}
	if key == "" {
		key = r.URL.Query().Get("api_key")
	}
	if key == "" || len(key) > 200 {
		return "", errKey
	}
	return key, nil
}
