package whatsapp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Bounds of what is shown of a message's raw form, which is as large as whoever wrote it wanted it to be: 16 MiB at most.
const (
	maxRawList  = 1024      // the members of a group
	maxRawBytes = 256 << 10 // a preview
	maxRawJSON  = 1 << 20
)

// RawJSON turns the raw form of a message (device.Inbound.Raw, device.Sent.Raw) into the JSON that JavaScript
// clients of WhatsApp show it in: lower camel case names (fileSha256, stanzaId, url), bytes in base64, enums by
// name, 64-bit numbers as strings. Endless texts, lists and previews are cut; null is for what is too large all the same.
func RawJSON(raw []byte) (json.RawMessage, error) {
	var m waE2E.Message
	if err := proto.Unmarshal(raw, &m); err != nil {
		return nil, fmt.Errorf("read the raw message: %w", err)
	}
	mend(m.ProtoReflect())
	b, err := protojson.Marshal(&m)
	if err != nil {
		return nil, fmt.Errorf("write the raw message as JSON: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, fmt.Errorf("read the message's JSON: %w", err)
	}
	out, err := json.Marshal(renamed(v))
	if len(out) > maxRawJSON {
		return nil, err
	}
	return out, err
}

// mend makes every string of m one that JSON and the database take (this format lets any bytes through), and cuts what is
// larger than anything that an app writes.
func mend(m protoreflect.Message) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsMap(): // no map of a message holds text from a person
		case f.IsList():
			v.List().Truncate(min(v.List().Len(), maxRawList))
			for i := range v.List().Len() {
				if e := v.List().Get(i); f.Message() != nil {
					mend(e.Message())
				} else if f.Kind() == protoreflect.StringKind {
					v.List().Set(i, protoreflect.ValueOfString(text(e.String(), maxText)))
				}
			}
		case f.Message() != nil:
			mend(v.Message())
		case f.Kind() == protoreflect.StringKind:
			m.Set(f, protoreflect.ValueOfString(text(v.String(), maxText)))
		case f.Kind() == protoreflect.BytesKind && len(v.Bytes()) > maxRawBytes:
			m.Clear(f)
		}
		return true
	})
}

func renamed(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[camel(k)] = renamed(e)
		}
		return out
	case []any:
		for i := range v {
			v[i] = renamed(v[i])
		}
		return v
	default:
		return v
	}
}

// camel writes runs of capitals as words: fileSHA256 → fileSha256, JPEGThumbnail → jpegThumbnail, URL → url.
func camel(name string) string {
	r := []rune(name)
	var b strings.Builder
	for i, c := range r {
		lower := i == 0 || (unicode.IsUpper(r[i-1]) && (i+1 == len(r) || !unicode.IsLower(r[i+1])))
		if lower {
			c = unicode.ToLower(c)
		}
		b.WriteRune(c)
	}
	return b.String()
}
