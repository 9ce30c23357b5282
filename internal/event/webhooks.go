package event

import (
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// Describe adds to the API's document what webhooks are told, a request for each type of events.
func Describe(doc *huma.OpenAPI) {
	if doc.Webhooks == nil {
		doc.Webhooks = map[string]*huma.PathItem{}
	}
	for _, k := range Kinds() {
		doc.Webhooks[string(k.Type)] = &huma.PathItem{Post: told(doc.Components.Schemas, k)}
	}
}

// told is the request by which a webhook hears of an event.
func told(r huma.Registry, k Kind) *huma.Operation {
	return &huma.Operation{
		OperationID: "webhook-" + strings.ReplaceAll(string(k.Type), ".", "-"),
		Method:      http.MethodPost,
		Summary:     k.Summary,
		Tags:        []string{"webhook events"},
		Parameters: []*huma.Param{
			header("webhook-id", "The event's id: the same whenever it is told again"),
			header("webhook-timestamp", "When it is told, in unix seconds"),
			header("webhook-signature", "v1 and the base64 of HMAC-SHA256 over id.timestamp.body with the webhook's secret (Standard Webhooks)"),
		},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: body(r, k)}}},
		Responses: map[string]*huma.Response{
			"2XX": {Description: "It was taken. Anything else, and silence, is tried again later"},
		},
	}
}

func header(name, doc string) *huma.Param {
	return &huma.Param{Name: name, In: "header", Required: true, Description: doc, Schema: &huma.Schema{Type: huma.TypeString}}
}

// body is the shape of an event of one type: View's, with the data that this type has.
func body(r huma.Registry, k Kind) *huma.Schema {
	whole := huma.SchemaFromType(r, reflect.TypeFor[View]())
	out := *whole
	out.Properties = map[string]*huma.Schema{}
	for name, s := range whole.Properties {
		out.Properties[name] = s
	}
	out.Properties["type"] = &huma.Schema{Type: huma.TypeString, Enum: []any{string(k.Type)}}
	out.Properties["data"] = r.Schema(reflect.TypeOf(k.Example), true, "")
	return &out
}
