package template_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/fill"
	"github.com/pingcrm/pingcrm/internal/template"
)

var errNoFile = fault.New(fault.NotFound, "file_not_found", fault.Text{ID: "tidak ada", EN: "none"})

// newService knows one file, "f" of workspace "w".
func newService(t testing.TB, d *db.DB) *template.Service {
	t.Helper()
	s := template.New(d, func(_ context.Context, workspaceID, fileID string) error {
		if workspaceID == "w" && fileID == "f" {
			return nil
		}
		return errNoFile
	})
	dbtest.Migrated(t, d, template.Module(s, nil))
	return s
}

func create(t testing.TB, s *template.Service, workspaceID, name, body string) template.Template {
	t.Helper()
	made, err := s.Create(context.Background(), template.Template{WorkspaceID: workspaceID, Name: name, Body: body})
	if err != nil {
		t.Fatalf("Create(%q): %v", name, err)
	}
	return made
}

func TestATemplateIsItsWorkspaces(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, s := t.Context(), newService(t, d)
		made := create(t, s, "w", " Nota ", "Hai {name}")
		got, err := s.Get(ctx, "w", made.ID)
		if err != nil || got != made || got.Name != "Nota" {
			t.Errorf("Get = %+v, %v; want %+v called Nota", got, err, made)
		}
		rename := func(t *template.Template) { t.Name = "Dicuri" }
		if _, err := s.Get(ctx, "v", made.ID); !errors.Is(err, template.ErrNotFound) {
			t.Errorf("a stranger's Get: %v, want ErrNotFound", err)
		}
		if _, err := s.Update(ctx, "v", made.ID, rename); !errors.Is(err, template.ErrNotFound) {
			t.Errorf("a stranger's Update: %v, want ErrNotFound", err)
		}
		if err := s.Delete(ctx, "v", made.ID); !errors.Is(err, template.ErrNotFound) {
			t.Errorf("a stranger's Delete: %v, want ErrNotFound", err)
		}
		if list, err := s.List(ctx, "v", "", 10); err != nil || len(list) != 0 {
			t.Errorf("a stranger's List: %v, %v; want nothing", list, err)
		}
		if again, err := s.Get(ctx, "w", made.ID); err != nil || again != made {
			t.Errorf("after a stranger's calls: %+v, %v; want %+v", again, err, made)
		}
		if err := s.Delete(ctx, "w", made.ID); err != nil {
			t.Errorf("Delete: %v", err)
		}
		if err := s.Delete(ctx, "w", made.ID); !errors.Is(err, template.ErrNotFound) {
			t.Errorf("Delete twice: %v, want ErrNotFound", err)
		}
	})
}

func TestWhatIsWrongIsRefusedAndChangesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, s := t.Context(), newService(t, d)
		create(t, s, "w", "Lain", "x")
		made := create(t, s, "w", "Nota", "Hai")
		for name, c := range map[string]struct {
			edit func(*template.Template)
			want error
		}{
			"no name":         {func(t *template.Template) { t.Name = "" }, template.ErrName},
			"blank name":      {func(t *template.Template) { t.Name = " \t " }, template.ErrName},
			"long name":       {func(t *template.Template) { t.Name = strings.Repeat("é", 101) }, template.ErrName},
			"long category":   {func(t *template.Template) { t.Category = strings.Repeat("é", 51) }, template.ErrCategory},
			"another's name":  {func(t *template.Template) { t.Name = "Lain" }, template.ErrTaken},
			"nothing to say":  {func(t *template.Template) { t.Body = " \n " }, template.ErrEmpty},
			"too long":        {func(t *template.Template) { t.Body = strings.Repeat("x", fill.MaxLength+1) }, fill.ErrTooLong},
			"too deep":        {func(t *template.Template) { t.Body = strings.Repeat("{a|", 9) + strings.Repeat("}", 9) }, fill.ErrTooDeep},
			"unknown file":    {func(t *template.Template) { t.FileID = "g" }, errNoFile},
			"stranger's file": {func(t *template.Template) { t.FileID, t.WorkspaceID = "f", "v" }, errNoFile},
		} {
			if _, err := s.Update(ctx, "w", made.ID, c.edit); !errors.Is(err, c.want) {
				t.Errorf("Update, %s: %v, want %v", name, err, c.want)
			}
			fresh := template.Template{WorkspaceID: "w", Name: "Baru " + name, Body: "x"}
			c.edit(&fresh)
			if _, err := s.Create(ctx, fresh); !errors.Is(err, c.want) {
				t.Errorf("Create, %s: %v, want %v", name, err, c.want)
			}
		}
		if got, err := s.Get(ctx, "w", made.ID); err != nil || got != made {
			t.Errorf("after refusals: %+v, %v; want %+v", got, err, made)
		}
		if list, err := s.List(ctx, "w", "", 10); err != nil || len(list) != 2 {
			t.Errorf("after refusals there are %d templates, %v; want 2", len(list), err)
		}
	})
}

func TestAFileMayStandAlone(t *testing.T) {
	t.Parallel()
	s := newService(t, dbtest.SQLite(t))
	made, err := s.Create(t.Context(), template.Template{WorkspaceID: "w", Name: "Katalog", FileID: "f"})
	if err != nil || made.FileID != "f" {
		t.Fatalf("Create = %+v, %v", made, err)
	}
	if _, err := s.Update(t.Context(), "w", made.ID, func(t *template.Template) { t.FileID = "" }); !errors.Is(err, template.ErrEmpty) {
		t.Errorf("taking away all there is: %v, want ErrEmpty", err)
	}
}

func TestNamesAreTakenOnceAlsoByManyAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newService(t, d)
		var wg sync.WaitGroup
		var mu sync.Mutex
		won := 0
		race := func(try func(i int) error) {
			won = 0
			for i := range 8 {
				wg.Go(func() {
					err := try(i)
					mu.Lock()
					defer mu.Unlock()
					if err == nil {
						won++
					} else if !errors.Is(err, template.ErrTaken) {
						t.Errorf("got %v, want ErrTaken", err)
					}
				})
			}
			wg.Wait()
			if won != 1 {
				t.Errorf("%d got the name, want 1", won)
			}
		}
		race(func(int) error {
			_, err := s.Create(context.Background(), template.Template{WorkspaceID: "w", Name: "Sama", Body: "x"})
			return err
		})
		var ids []string
		for i := range 8 {
			ids = append(ids, create(t, s, "w", fmt.Sprint("N", i), "x").ID)
		}
		race(func(i int) error {
			_, err := s.Update(context.Background(), "w", ids[i], func(t *template.Template) { t.Name = "Juga sama" })
			return err
		})
		create(t, s, "v", "Sama", "another workspace has names of its own")
	})
}

func TestChangesAtOnceAreBothKept(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newService(t, d)
		made := create(t, s, "w", "Nota", "x")
		var wg sync.WaitGroup
		for _, mark := range []string{"a", "b", "c", "d", "e", "f"} {
			wg.Go(func() {
				if _, err := s.Update(context.Background(), "w", made.ID, func(t *template.Template) { t.Body += mark }); err != nil {
					t.Errorf("Update: %v", err)
				}
			})
		}
		wg.Wait()
		got, err := s.Get(t.Context(), "w", made.ID)
		if letters := []byte(got.Body); err != nil || len(letters) != 7 {
			t.Errorf("after six changes the body is %q, %v; want six letters more", got.Body, err)
		}
	})
}

func TestListPagesByKey(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newService(t, d)
		var want, got []string
		for i := range 5 {
			want = append(want, create(t, s, "w", fmt.Sprint(i), "x").ID)
		}
		for after := ""; ; {
			page, err := s.List(t.Context(), "w", after, 2)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, one := range page {
				got = append(got, one.ID)
			}
			after = page[len(page)-1].ID
		}
		if slices.Sort(want); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

func TestRender(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		body string
		vars map[string]string
		want string
		miss string
	}{
		{"Hai {name}", map[string]string{"{name}": "Sari"}, "Hai Sari", ""},
		{"Hai {name}", map[string]string{"name": "Sari"}, "Hai Sari", ""},
		{"Hai {name}", nil, "", "{name}"},
		{"Hai {name=Kak}", nil, "Hai Kak", ""},
		{"Hai {name=Kak}", map[string]string{"{name}": ""}, "Hai Kak", ""},
		{"{a}{b}", map[string]string{"a": "1"}, "", "{b}"},
		{"{a}", map[string]string{"a": "{b}|{c|d}"}, "{b}|{c|d}", ""},
		{"{a}", map[string]string{"a": "x\x00y"}, "xy", ""},
		{"{Halo|Halo} {name}", map[string]string{"name": "x", "lebih": "y"}, "Halo x", ""},
		{"tanpa", map[string]string{"": "x", "{}": "y"}, "tanpa", ""},
	} {
		got, err := template.Template{Body: c.body}.Render(c.vars)
		f, _ := fault.From(err)
		switch {
		case c.miss != "" && (!errors.Is(err, fill.ErrMissing) || f.Field != c.miss):
			t.Errorf("%q with %v: %v, want %s missing", c.body, c.vars, err, c.miss)
		case c.miss == "" && (err != nil || got != c.want):
			t.Errorf("%q with %v = %q, %v; want %q", c.body, c.vars, got, err, c.want)
		}
	}
	want := []string{"a", "name"}
	if got := (template.Template{Body: "{name} {a=1} {x|{name}}"}).Vars(); !cmp.Equal(got, want) {
		t.Errorf("Vars = %v, want %v", got, want)
	}
}

// Whatever a body is, one that is stored can be filled in once each variable that it names has a value.
func TestWhatVarsNamesIsEnough(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.StringOfN(rapid.RuneFrom([]rune("{}|=\\ab é_")), 0, 80, -1).Draw(t, "body")
		one := template.Template{Body: body}
		vars := map[string]string{}
		for _, name := range one.Vars() {
			vars["{"+name+"}"] = "nilai"
		}
		if _, err := one.Render(vars); err != nil && !errors.Is(err, fill.ErrTooDeep) {
			t.Fatalf("%q with %v: %v", body, vars, err)
		}
	})
}
