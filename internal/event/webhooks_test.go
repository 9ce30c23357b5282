package event_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/pingcrm/pingcrm/internal/event"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
)

// The API's document has what webhooks are told: each type with the shape of its own data.
func TestTheDocumentHasTheWebhooks(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	event.Module(event.New(event.Config{})).API(httpx.NewAPI(mux, httpx.Info{Title: "x", Version: "1", Later: event.Describe}))
	rec := httptest.NewRecorder()
	mux.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, httpx.Prefix+"/openapi.json", nil))
	type schema struct {
		Ref        string            `json:"$ref"`
		Enum       []string          `json:"enum"`
		Properties map[string]schema `json:"properties"`
		Required   []string          `json:"required"`
	}
	var doc struct {
		OpenAPI  string `json:"openapi"`
		Webhooks map[string]struct {
			Post struct {
				Summary     string
				RequestBody struct {
					Content map[string]struct{ Schema schema }
				}
			}
		}
		Components struct{ Schemas map[string]schema }
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Webhooks) != len(event.Kinds()) {
		t.Errorf("%d webhooks of %s, want the %d types", len(doc.Webhooks), doc.OpenAPI, len(event.Kinds()))
	}
	for _, k := range event.Kinds() {
		w := doc.Webhooks[string(k.Type)].Post
		s := w.RequestBody.Content["application/json"].Schema
		if w.Summary != k.Summary || len(s.Properties["type"].Enum) != 1 || s.Properties["type"].Enum[0] != string(k.Type) || len(s.Required) < 5 {
			t.Errorf("%s: %q, %+v", k.Type, w.Summary, s)
		}
		const refs = "#/components/schemas/"
		if ref := s.Properties["data"].Ref; len(ref) <= len(refs) || len(doc.Components.Schemas[ref[len(refs):]].Properties) == 0 {
			t.Errorf("%s: the data's shape %q is not in the document", k.Type, ref)
		}
	}
}
