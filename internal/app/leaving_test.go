package app

import (
	"log/slog"
	"slices"
	"testing"

	"github.com/pingcrm/pingcrm/internal/device/whatsapp"
	"github.com/pingcrm/pingcrm/internal/feature/takeout"
)

// Every table of a workspace is taken out, or it is said why not; a name or a key that is wrong would lose rows.
func TestNoTableIsForgottenInATakeout(t *testing.T) {
	t.Parallel()
	network := &whatsapp.Network{RootKey: [32]byte{1}, Addr: "127.0.0.1:9"}
	a, err := New(t.Context(), Config{Data: t.TempDir(), Version: "1", Log: slog.New(slog.DiscardHandler), Network: network})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	tables, err := a.db.TablesWith(t.Context(), "workspace_id")
	if err != nil || len(tables) < 50 {
		t.Fatalf("got %d tables, %v", len(tables), err)
	}
	said := takenOut()
	for _, table := range tables {
		i := slices.IndexFunc(said, func(s takeout.Table) bool { return s.Name == table.Name })
		if i < 0 {
			t.Errorf("takenOut in leaving.go says nothing of the table %s: add its line", table.Name)
			continue
		}
		s := said[i]
		said = slices.Delete(said, i, i+1)
		if s.Why != "" {
			continue
		}
		for _, name := range slices.Concat(s.Key, s.JSON, s.Omit) {
			if !table.Has(name) {
				t.Errorf("takenOut: %s has no column %s", table.Name, name)
			}
		}
		if !uniqueBy(t, a, table.Name, s.Key) {
			t.Errorf("takenOut: the key %v does not tell the rows of %s apart", s.Key, table.Name)
		}
	}
	for _, s := range said {
		t.Errorf("takenOut says something of %s, which is no table", s.Name)
	}
}

// uniqueBy reports whether the database itself holds that a workspace's rows differ in the key.
func uniqueBy(t *testing.T, a *App, table string, key []string) bool {
	t.Helper()
	rows, err := a.db.Query(t.Context(), `SELECT l.name, c.name FROM pragma_index_list($1) l, pragma_index_info(l.name) c WHERE l."unique" = 1 AND l.partial = 0`, table)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	indexes := map[string][]string{}
	for rows.Next() {
		var index, column string
		if err := rows.Scan(&index, &column); err != nil {
			t.Fatal(err)
		}
		indexes[index] = append(indexes[index], column)
	}
	want := append([]string{"workspace_id"}, key...)
	slices.Sort(want)
	for _, columns := range indexes {
		slices.Sort(columns)
		if slices.Equal(columns, want) {
			return true
		}
	}
	return false
}
