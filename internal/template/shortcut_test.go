package template_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/template"
)

func TestCannedReplies(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newService(t, d)
		add := func(workspaceID, name, shortcut string) error {
			_, err := s.Create(t.Context(), template.Template{WorkspaceID: workspaceID, Name: name, Body: "x", Shortcut: shortcut})
			return err
		}
		for _, err := range []error{add("w", "a", "/Ongkir"), add("w", "b", "ong_kos"), add("w", "c", "bayar"), add("w", "d", ""), add("w", "e", ""), add("v", "f", "ongkir")} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := add("w", "g", "ongkir"); !errors.Is(err, template.ErrShortcutTaken) {
			t.Errorf("twice: got %v, want ErrShortcutTaken", err)
		}
		for _, bad := range []string{"a b", "é", strings.Repeat("a", 33), "a/b"} {
			if err := add("w", "h", bad); !errors.Is(err, template.ErrShortcut) {
				t.Errorf("%q: got %v, want ErrShortcut", bad, err)
			}
		}
		for begun, want := range map[string]string{"/": "bayar ong_kos ongkir", "ong": "ong_kos ongkir", "ONGK": "ongkir", "ong_": "ong_kos", "%": "", "x": ""} {
			list, err := s.Canned(t.Context(), "w", begun)
			var got []string
			for _, c := range list {
				got = append(got, c.Shortcut)
			}
			if err != nil || strings.Join(got, " ") != want {
				t.Errorf("%q: got %v, %v; want %s", begun, got, err, want)
			}
		}
		list, err := s.Canned(t.Context(), "w", "bayar")
		if err != nil || len(list) != 1 {
			t.Fatalf("got %v, %v", list, err)
		}
		_, err = s.Update(t.Context(), "w", list[0].ID, func(c *template.Template) { c.Shortcut = "ongkir" })
		if !errors.Is(err, template.ErrShortcutTaken) {
			t.Errorf("changed to another's: got %v, want ErrShortcutTaken", err)
		}
		_, err = s.Update(t.Context(), "w", list[0].ID, func(c *template.Template) { c.Name = "a" })
		if !errors.Is(err, template.ErrTaken) {
			t.Errorf("renamed to another's: got %v, want ErrTaken", err)
		}
	})
}
