package profile_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/profile"
)

// drawn is a picture of one point.
func drawn(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSmallPicturesComeByAndBy(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ctx := t.Context()
		r.Portrait = func(_ context.Context, data []byte, side int) ([]byte, error) {
			if side > 128 {
				t.Errorf("a picture of %d pixels was made for a list", side)
			}
			if !bytes.HasPrefix(data, []byte("\x89PNG")) {
				return nil, errors.New("can't be drawn")
			}
			return append(data, "small"...), nil
		}
		changes := 0
		r.PictureChanged.Add("test", func(context.Context, profile.PictureChange) error { changes++; return nil })
		r.net.show("6281290641112", device.Picture{ID: "1", Data: drawn(t)})
		r.net.show("6281290641113", device.Picture{ID: "1", Data: []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;")})
		var ids []string
		for _, phone := range []string{"6281290641112", "6281290641113", "6281290641114"} {
			c, err := r.contacts.Resolve(ctx, "w1", r.device.Channel, device.Peer{Addresses: []device.Address{{Kind: device.AddressPhone, Value: phone}}})
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, c.ID)
		}
		smalls := func() []profile.Small {
			t.Helper()
			list, err := r.Smalls(ctx, "w1", append(ids, "nobody"))
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		looked := func() (n int) {
			t.Helper()
			for {
				more, err := r.Look(ctx)
				if err != nil {
					t.Fatal(err)
				}
				if !more {
					return n
				}
				n++
			}
		}
		if list := smalls(); len(list) != 0 {
			t.Errorf("before anybody was asked: got %v, want none", list)
		}
		smalls()
		if n := looked(); n != 4 {
			t.Errorf("asked twice for four at once: looked %d times, want 4", n)
		}
		list := smalls()
		if len(list) != 1 || list[0].ContactID != ids[0] {
			t.Fatalf("got %v, want the one picture that can be drawn", list)
		}
		if data, err := r.Files.Get(ctx, "w1", list[0].FileID); err != nil || !bytes.HasSuffix(data, []byte("small")) {
			t.Errorf("got %q and %v, want the small picture", data, err)
		}
		if n := looked(); n != 0 {
			t.Errorf("looked again %d times, want what is known to do for a while", n)
		}
		r.pass(8 * 24 * time.Hour)
		before := changes
		smalls()
		if n := looked(); n != 4 || changes != before {
			t.Errorf("after a week: looked %d times, told of %d changes, want 4 and none", n, changes-before)
		}
		if list, err := r.Smalls(ctx, "w2", ids); err != nil || len(list) != 0 {
			t.Errorf("another workspace got %v and %v, want nothing", list, err)
		}
	})
}
