package apiapp

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/pingcrm/pingcrm/internal/file"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
)

// fetchPatience bounds what a call of the contract waits for the network.
const fetchPatience = time.Minute

// isName says that a link may end in the name: letters, digits, and - and _ after the first. None leads out of a folder.
func isName(name string) bool {
	return name != "" && len(name) <= 128 && isPlain(name[:1], "") && isPlain(name[1:], "-_")
}

// isEnding says the same of what stands behind the name's dot.
func isEnding(ending string) bool { return ending != "" && len(ending) <= 10 && isPlain(ending, "") }

func isPlain(s, besides string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
		return !letter && !strings.ContainsRune(besides, r)
	})
}

// asks makes the handler of a POST that asks the network for something. That can't be undone and waits for others, so it
// is done before the transaction in which an Idempotency-Key and its answer are kept.
func (s *Service) asks(need httpx.Need, fn func(context.Context, caller) (object, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		in, err := readFields(w, r)
		if err != nil {
			refuse(w, r, err)
			return
		}
		answer, err := s.asCaller(r, need, in, func(ctx context.Context, c caller) (object, error) {
			ctx, cancel := context.WithTimeout(ctx, fetchPatience)
			defer cancel()
			answer, err := fn(ctx, c)
			if err != nil {
				return nil, err
			}
			return s.once.do(ctx, c.workspace.ID, r, in, func(context.Context) (object, error) { return answer, nil })
		})
		reply(w, r, answer, err)
	})
}

// downloadMedia is endpoint 10: fetches the file of a message that the caller hands over, and gives an address under which
// it opens for a while.
func (s *Service) downloadMedia(ctx context.Context, c caller) (object, error) {
	d, err := s.deviceOf(ctx, c)
	if err != nil {
		return nil, err
	}
	name, err := mediaFileName(c.in)
	if err != nil {
		return nil, err
	}
	if _, err := addressField(c.in, "chatid", false); err != nil {
		return nil, err
	}
	message, err := c.in.object("message")
	if err != nil {
		return nil, err
	}
	media, err := s.Devices.MediaOf(d, message)
	if err != nil {
		return nil, err
	}
	if media.Size > file.MaxSize {
		return nil, file.ErrTooLarge
	}
	if !d.Linked {
		return nil, errNotConnected
	}
	data, err := s.Devices.Download(ctx, d, media)
	if err != nil {
		return nil, err
	}
	f, err := s.Stored.Add(ctx, c.workspace.ID, name, data)
	if err != nil {
		return nil, err
	}
	return object{"success": true, "message": "Berhasil mengunduh media", "data": object{"downloadPath": s.link(c, name, f.ID)}}, nil
}

// mediaFileName is the name that the caller wants to see the file under.
func mediaFileName(in fields) (string, error) {
	name, err := in.needed("medianame")
	if err != nil {
		return "", err
	}
	kind, err := in.needed("type")
	switch {
	case err != nil:
		return "", err
	case !isName(name):
		return "", errName.Withf("medianame").WithField("medianame")
	case !isEnding(kind):
		return "", errName.Withf("type").WithField("type")
	}
	return name + "." + kind, nil
}

// object returns a field that must be an object; a form gives it as JSON.
func (in fields) object(name string) (json.RawMessage, error) {
	switch v := in[name].(type) {
	case nil:
		return nil, errMissing.Withf(name).WithField(name)
	case string:
		if _, err := jsonFields([]byte(v)); err == nil {
			return json.RawMessage(v), nil
		}
	case map[string]any:
		return json.Marshal(v)
	}
	return nil, errType.Withf(name).WithField(name)
}
