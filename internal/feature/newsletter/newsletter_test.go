package newsletter_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/feature/newsletter"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
)

// heard is a post as a device tells of it.
func heard(workspaceID, deviceID, letter string, number int) device.PostHeard {
	return device.PostHeard{
		Device: device.Device{WorkspaceID: workspaceID, ID: deviceID}, Newsletter: letter, Post: device.NewsletterPost{Number: number, Text: fmt.Sprint(number)},
	}
}

// A post is told once, whatever comes again; each device and each newsletter counts for itself.
func TestANewPostIsToldOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newsletter.New(d, nil, nil, nil)
		dbtest.Migrated(t, d, newsletter.Module(s))
		var told []string
		s.Posted.Add("test", func(_ context.Context, h device.PostHeard) error {
			told = append(told, h.Device.ID+h.Newsletter+h.Post.Text)
			return nil
		})
		for _, h := range []device.PostHeard{
			heard("w", "d", "a", 100), heard("w", "d", "a", 100), heard("w", "d", "a", 102), heard("w", "d", "a", 101),
			heard("w", "d", "b", 100), heard("w", "e", "a", 100), heard("w2", "d", "a", 100), heard("w", "d", "a", 103),
		} {
			if err := s.Heard(t.Context(), h); err != nil {
				t.Fatal(err)
			}
		}
		if got, want := fmt.Sprint(told), "[da100 da102 db100 ea100 da100 da103]"; got != want {
			t.Errorf("told %s, want %s", got, want)
		}
		if err := s.Forget(t.Context(), device.Device{WorkspaceID: "w", ID: "d"}); err != nil {
			t.Fatal(err)
		}
		if err := s.Heard(t.Context(), heard("w", "d", "a", 1)); err != nil || len(told) != 7 {
			t.Errorf("a device that is new under its id: told %v, %v", told, err)
		}
	})
}

// What nobody could be told of is not noted as told.
func TestAVetoKeepsThePostNew(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newsletter.New(d, nil, nil, nil)
		dbtest.Migrated(t, d, newsletter.Module(s))
		errNo, told := errors.New("no"), 0
		s.Posted.Add("test", func(context.Context, device.PostHeard) error {
			if told++; told == 1 {
				return errNo
			}
			return nil
		})
		hear := func() error {
			return d.Tx(t.Context(), func(ctx context.Context) error { return s.Heard(ctx, heard("w", "d", "a", 100)) })
		}
		if err := hear(); !errors.Is(err, errNo) {
			t.Errorf("the first time: %v, want the veto", err)
		}
		if err := hear(); err != nil || told != 2 {
			t.Errorf("the second time: %v, told %d times; want it told again", err, told)
		}
	})
}
