package wasim

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

type (
	node  = waBinary.Node
	attrs = waBinary.Attrs
)

func unixString(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

// text reads an attribute as a string, whatever it was written as.
func text(n *node, key string) string {
	switch v := n.Attrs[key].(type) {
	case nil:
		return ""
	case string:
		return v
	case types.JID:
		return v.String()
	default:
		return fmt.Sprint(v)
	}
}

// reread is a stanza as it would come off a wire: all attributes are strings or
// JIDs, and nothing is shared with whoever made it.
func reread(n node) (node, error) {
	data, err := waBinary.Marshal(n)
	if err != nil {
		return node{}, fmt.Errorf("encode <%s>: %w", n.Tag, err)
	}
	out, err := decode(data)
	if err != nil {
		return node{}, fmt.Errorf("read <%s> again: %w", n.Tag, err)
	}
	return *out, nil
}

// decode reads one frame. The library's decoder panics on some bytes that no client
// should send; one that does ends its own connection, not the network.
func decode(frame []byte) (n *node, err error) {
	defer func() {
		if p := recover(); p != nil {
			n, err = nil, fmt.Errorf("decode a stanza: %v", p)
		}
	}()
	data, err := waBinary.Unpack(frame)
	if err != nil {
		return nil, fmt.Errorf("unpack a stanza: %w", err)
	}
	if n, err = waBinary.Unmarshal(data); err != nil {
		return nil, fmt.Errorf("decode a stanza: %w", err)
	}
	return n, nil
}

// number reads a numeric attribute; what isn't one is 0.
func number(n *node, key string) int64 {
	v, _ := strconv.ParseInt(text(n, key), 10, 64)
	return v
}

// address reads a JID attribute; the zero JID stands for a missing one.
func address(n *node, key string) types.JID {
	switch v := n.Attrs[key].(type) {
	case types.JID:
		return v
	case string:
		jid, err := types.ParseJID(v)
		if err == nil {
			return jid
		}
	}
	return types.EmptyJID
}

// content reads a stanza's bytes.
func content(n *node) []byte {
	switch v := n.Content.(type) {
	case []byte:
		return v
	case string:
		return []byte(v)
	default:
		return nil
	}
}

// child is the first child with a tag, down a path; the zero node stands for a missing one.
func child(n *node, path ...string) node { return n.GetChildByTag(path...) }

func hasChild(n *node, path ...string) bool {
	_, ok := n.GetOptionalChildByTag(path...)
	return ok
}

func firstTag(n *node) string {
	children := n.GetChildren()
	if len(children) == 0 {
		return ""
	}
	return children[0].Tag
}

// with is a copy of n with one more attribute; stanzas in the log and in queues are never changed.
func with(n node, key string, value any) node {
	n.Attrs = maps.Clone(n.Attrs)
	n.Attrs[key] = value
	return n
}

func result(iq *node, children ...node) node {
	out := node{Tag: "iq", Attrs: attrs{"type": "result", "id": text(iq, "id"), "from": types.ServerJID}}
	if to := address(iq, "to"); !to.IsEmpty() {
		out.Attrs["from"] = to
	}
	if len(children) > 0 {
		out.Content = children
	}
	return out
}

func refusal(iq *node, code int, why string) node {
	out := result(iq, node{Tag: "error", Attrs: attrs{"code": strconv.Itoa(code), "text": why}})
	out.Attrs["type"] = "error"
	return out
}

func streamError(code int, children ...node) node {
	out := node{Tag: "stream:error", Attrs: attrs{}}
	if code != 0 {
		out.Attrs["code"] = strconv.Itoa(code)
	}
	if len(children) > 0 {
		out.Content = children
	}
	return out
}

func conflict(kind string) node { return node{Tag: "conflict", Attrs: attrs{"type": kind}} }

// deviceHash is how clients compare device lists.
func deviceHash(devices []types.JID) string {
	names := make([]string, len(devices))
	for i, d := range devices {
		names[i] = fmt.Sprintf("%s.0:%d@%s", d.User, d.Device, d.Server)
	}
	slices.Sort(names)
	sum := sha256.Sum256([]byte(strings.Join(names, "")))
	return "2:" + base64.RawStdEncoding.EncodeToString(sum[:6])
}
