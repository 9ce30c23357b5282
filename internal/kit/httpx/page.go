package httpx

import (
	"encoding/base64"
	"encoding/json"
)

// Page is the part of a list's input that says which piece of it is wanted; embed it in the input of an operation.
// Lists page by key: Next of an answer is After of the following request.
type Page struct {
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many at most"`
	After string `query:"after" maxLength:"512" doc:"The next value of the page before; empty for the first page"`
}

// Cursor writes the key of a page's last row, any JSON-able value, as an opaque text.
func Cursor(key any) string {
	b, err := json.Marshal(key)
	if err != nil {
		panic(err) // a defect: keys are plain values
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// Key reads After into key, a pointer to the type that Cursor got. It reports whether there is one: false means
// the first page. What was not made by Cursor is a fault.
func (p Page) Key(key any) (bool, error) {
	if p.After == "" {
		return false, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(p.After)
	if err != nil {
		return false, errCursor.WithCause(err)
	}
	if checkText(b) != nil {
		return false, errCursor
	}
	if err := json.Unmarshal(b, key); err != nil {
		return false, errCursor.WithCause(err)
	}
	return true, nil
}

// List is the answer of every operation that lists something.
type List[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"After of the next page; missing on the last"`
}
