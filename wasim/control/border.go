package control

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"
)

// Fault is a refusal as it is written to the caller.
type Fault struct {
	// Status is the HTTP status, always 4xx except for a fault of this package itself.
	Status int `json:"-"`
	// Code is stable; programs may compare it.
	Code string `json:"code"`
	// Message says what was wrong and what to do about it.
	Message string `json:"message"`
}

func (f *Fault) Error() string { return f.Code + ": " + f.Message }

// Every refusal of the interface; those with a %s are completed by with.
var (
	errNotLoopback    = &Fault{403, "loopback_only", "this interface answers only callers on the same machine; call it as http://127.0.0.1:<port>"}
	errForeignPage    = &Fault{403, "foreign_page", "a page of another address may not steer the network; call it from a program"}
	errUnreadable     = &Fault{400, "unreadable_body", "the body is not one JSON object in UTF-8: %s"}
	errTooLarge       = &Fault{413, "body_too_large", "the body is larger than %s bytes; send less"}
	errNoPath         = &Fault{404, "no_such_path", "there is nothing at %s; the paths are listed in wasim/README.md"}
	errNoMethod       = &Fault{405, "method_not_allowed", "use %s here"}
	errNoPhone        = &Fault{404, "unknown_phone", "no phone of this network has the number %s; GET /v1/phones lists them"}
	errNoMessage      = &Fault{404, "unknown_message", "this phone has no message with the id %s; GET …/messages lists them"}
	errNoFault        = &Fault{404, "unknown_fault", "no fault in force has the id %s; GET /v1/faults lists them"}
	errNoCompanion    = &Fault{404, "unknown_device", "no linked device of this phone has the JID %s; GET /v1/phones/{number} lists them"}
	errBadField       = &Fault{422, "invalid_field", "%s"}
	errBadNumber      = &Fault{422, "invalid_number", "the phone could not be made: %s"}
	errNumberTaken    = &Fault{409, "number_taken", "another phone has the number %s; leave number out to get a free one"}
	errBadCode        = &Fault{422, "bad_code", "the device was not linked: %s"}
	errNotLinked      = &Fault{422, "not_linked", "the code was right, but linking failed: %s; let the device show a new code"}
	errLinkTimeout    = &Fault{422, "link_timeout", "the device that showed the code did not log in within %s; let it show a new code"}
	errNotSent        = &Fault{422, "not_sent", "the message was not sent: %s"}
	errNoRecipient    = &Fault{422, "unknown_recipient", "nobody on this network has the number %s; GET /v1/phones lists the phones"}
	errNotDone        = &Fault{422, "not_done", "the phone could not do that: %s"}
	errBadFault       = &Fault{422, "invalid_fault", "%s"}
	errNoFile         = &Fault{422, "no_file", "the message carries no file"}
	errFileGone       = &Fault{410, "file_gone", "the message's file could not be fetched: %s"}
	errInternal       = &Fault{500, "internal", "this is a fault of the simulated network; its log says more"}
	statusClientGone  = 499
	errCallerWentAway = &Fault{statusClientGone, "caller_gone", "the caller went away"}
)

// with completes a refusal's message.
func (f *Fault) with(format string, args ...any) *Fault {
	detail := fmt.Sprintf(format, args...)
	return &Fault{f.Status, f.Code, strings.ReplaceAll(f.Message, "%s", strings.ToValidUTF8(detail, "\uFFFD"))}
}

// border bounds the body, runs a route and turns what it returns into an answer. It is the only
// place where a fault is written or logged.
func (a *api) border(route route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if route.limit > 0 {
			r.Body = http.MaxBytesReader(w, r.Body, route.limit)
		}
		answer, err := route.serve(w, r)
		if err == nil {
			if answer != nil {
				writeJSON(w, http.StatusOK, answer)
			}
			return
		}
		fault := errInternal
		switch {
		case errors.As(err, &fault):
		case r.Context().Err() != nil:
			fault = errCallerWentAway
		default:
			a.log.Error("control request failed", "method", r.Method, "path", r.URL.Path, "error", err)
		}
		writeFault(w, fault)
	})
}

func refusePath(_ http.ResponseWriter, r *http.Request) (any, error) {
	return nil, errNoPath.with("%s", r.URL.Path)
}

func refuseMethod(allowed []string) func(http.ResponseWriter, *http.Request) (any, error) {
	list := strings.Join(allowed, ", ")
	return func(w http.ResponseWriter, _ *http.Request) (any, error) {
		w.Header().Set("Allow", list)
		return nil, errNoMethod.with("%s", list)
	}
}

func writeFault(w http.ResponseWriter, fault *Fault) {
	writeJSON(w, fault.Status, map[string]*Fault{"error": fault})
}

func writeJSON(w http.ResponseWriter, status int, answer any) {
	body := new(bytes.Buffer)
	encoder := json.NewEncoder(body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(answer); err != nil {
		status = http.StatusInternalServerError
		body.Reset()
		body.WriteString(`{"error":{"code":"internal","message":"the answer could not be written as JSON"}}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // The caller is gone; nothing can be told to it.
}

// strictness says what happens to fields that nobody knows.
type strictness int

const (
	// lenient ignores them, so that a caller may send more than this version reads.
	lenient strictness = iota
	// strict refuses them: a misspelt fault would otherwise silently do something else.
	strict
)

// decode reads the body, which must be exactly one JSON object in UTF-8, into target.
// Content-Type is not looked at, so that a bare curl -d works.
func decode(r *http.Request, target any, how strictness) error {
	body, err := io.ReadAll(r.Body)
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return errTooLarge.with("%d", tooLarge.Limit)
	}
	if err != nil {
		return errUnreadable.with("it broke off after %d bytes", len(body))
	}
	if !utf8.Valid(body) {
		return errUnreadable.with("it is not valid UTF-8")
	}
	if trimmed := bytes.TrimSpace(body); len(trimmed) == 0 || trimmed[0] != '{' {
		return errUnreadable.with("it has to begin with {")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	if how == strict {
		decoder.DisallowUnknownFields()
	}
	if err := decoder.Decode(target); err != nil {
		return explainJSON(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errUnreadable.with("something follows the object")
	}
	return nil
}

// explainJSON tells what is wrong with a field apart from a body that is no JSON.
func explainJSON(err error) error {
	wrong, noBase64 := new(json.UnmarshalTypeError), base64.CorruptInputError(0)
	switch {
	case errors.As(err, &wrong) && wrong.Field != "":
		return errBadField.with("%s cannot be a %s", wrong.Field, wrong.Value)
	case errors.As(err, &noBase64):
		return errBadField.with("a file's data has to be base64: it goes wrong at byte %d", int64(noBase64))
	case strings.HasPrefix(err.Error(), "json: unknown field "):
		return errBadField.with("there is no field %s", strings.TrimPrefix(err.Error(), "json: unknown field "))
	}
	return errUnreadable.with("%s", strings.TrimPrefix(err.Error(), "json: "))
}
