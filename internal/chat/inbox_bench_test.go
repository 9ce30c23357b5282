package chat_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
)

// benchChats is how many chats the benchmarks list; PING_BENCH_CHATS=100000 is the size that is promised.
func benchChats() int {
	if n, err := strconv.Atoi(os.Getenv("PING_BENCH_CHATS")); err == nil {
		return n
	}
	return 5_000
}

// benchShapes are two shops, as the status of their chats in SQL: one resolves what is done, the other never does.
var benchShapes = []struct{ name, status string }{
	{"tidy", `CASE WHEN i % 50 = 0 THEN 'open' WHEN i % 51 = 0 THEN 'snoozed' ELSE 'resolved' END`},
	{"untidy", `'open'`},
}

// numbers is a row for each number up to $1.
const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) `

// uuid is an id as long as real ones are, of a letter and the number of the row.
func uuid(letter string) string {
	return `'0192f0c8-1b5c-7d2a-9` + letter + `3e-' || (100000000000 + i)`
}

// inboxOf fills an inbox: a hundredth of the chats is ani's and unread, a fifth budi's, the rest nobody's. Budi's never wait
// for a person on dev-2, which is what combined filters look for in vain. A fifth has the label common, four have rare.
func inboxOf(b *testing.B, d *db.DB, status string) *world {
	b.Helper()
	w := newWorld(b, d, chat.Config{})
	texts := []string{
		`INSERT INTO contacts (workspace_id, id, name, name_source, phone, is_group, sort_name, search, created_at, updated_at) ` + numbers +
			`SELECT 'ws-1', ` + uuid("c") + `, 'Nama ' || i, 'push', '628' || i, 0, 'nama ' || i, 'nama ' || i, i, i FROM n`,
		`INSERT INTO chats (workspace_id, id, device_id, contact_id, is_group, turn, turn_version, turn_since, unread, last_message_id, last_kind,
			last_preview, last_at, inbound_at, created_at, assignee_id, team_id, status, wake_at, waiting_since, archived, pinned, labels) ` + numbers +
			`SELECT 'ws-1', ` + uuid("d") + `, 'dev-' || (i % 3), ` + uuid("c") + `, CASE WHEN i % 40 = 7 THEN 1 ELSE 0 END,
			CASE WHEN i % 4 = 0 AND NOT (i % 5 = 0 AND i % 3 = 2) THEN 'human' ELSE 'bot' END, 1, 1,
			CASE WHEN i % 100 = 0 THEN 2 ELSE 0 END, ` + uuid("e") + `, 'text', 'Halo, masih ada stok?', 1700000000000 + i * 1000, 1, 1,
			CASE WHEN i % 100 = 0 THEN 'ani' WHEN i % 5 = 0 THEN 'budi' ELSE '' END, CASE WHEN i % 50 = 1 THEN 'gudang' ELSE '' END,
			` + status + `, 1, CASE WHEN i % 10 = 0 THEN i ELSE 0 END, CASE WHEN i % 20 = 3 THEN 1 ELSE 0 END, CASE WHEN i % 1000 = 9 THEN 1 ELSE 0 END,
			CASE WHEN i % 5 = 1 THEN 'common' WHEN i < 5 THEN 'rare' ELSE '' END FROM n`,
		`INSERT INTO chat_labelled (workspace_id, chat_id, message_id, label_id, device_id, at) ` + numbers +
			`SELECT 'ws-1', ` + uuid("d") + `, '', CASE WHEN i % 5 = 1 THEN 'common' ELSE 'rare' END, 'dev-' || (i % 3), 1 FROM n WHERE i % 5 = 1 OR i < 5`,
	}
	for _, text := range texts {
		if _, err := w.db.Exec(b.Context(), text, benchChats()); err != nil {
			b.Fatal(err)
		}
	}
	if d.Postgres() { // as its housekeeping does by itself
		if _, err := w.db.Exec(b.Context(), `VACUUM ANALYZE`); err != nil {
			b.Fatal(err)
		}
	}
	return w
}

// eachInbox runs fn on both engines with both shops.
func eachInbox(b *testing.B, fn func(b *testing.B, w *world)) {
	for _, engine := range []struct {
		name string
		open func(testing.TB) *db.DB
	}{{"sqlite", dbtest.SQLite}, {"postgres", dbtest.Postgres}} {
		for _, shape := range benchShapes {
			b.Run(engine.name+"/"+shape.name, func(b *testing.B) { fn(b, inboxOf(b, engine.open(b), shape.status)) })
		}
	}
}

// BenchmarkInbox lists as the inbox's views do, and counts.
func BenchmarkInbox(b *testing.B) {
	eachInbox(b, func(b *testing.B, w *world) {
		deep, err := w.s.List(b.Context(), ws, chat.Filter{Limit: 200})
		if err != nil {
			b.Fatal(err)
		}
		for _, one := range []struct {
			name string
			f    chat.Filter
		}{
			{"all", chat.Filter{}},
			{"all, on", chat.Filter{After: deep.Next}},
			{"open", chat.Filter{Status: chat.StatusOpen, Archived: chat.WithNone}},
			{"mine", chat.Filter{Assignee: "ani", Status: chat.StatusOpen}},
			{"nobody's", chat.Filter{Assignee: chat.Nobody, Status: chat.StatusOpen, Archived: chat.WithNone}},
			{"unread", chat.Filter{Unread: chat.UnreadOnly}},
			{"waiting longest", chat.Filter{Waiting: chat.WaitingOnly, Status: chat.StatusOpen, Sort: chat.SortWaiting}},
			{"device, turn, assignee, no hit", chat.Filter{DeviceID: "dev-2", Turn: chat.TurnHuman, Assignee: "budi"}},
			{"a rare label", chat.Filter{LabelID: "rare"}},
			{"part of a name", chat.Filter{Search: "nama 4711"}},
			{"no such name", chat.Filter{Search: "siapa"}},
		} {
			b.Run(one.name, func(b *testing.B) {
				cpu := cpuOf(b)
				for b.Loop() {
					if _, err := w.s.List(b.Context(), ws, one.f); err != nil {
						b.Fatal(err)
					}
				}
				cpu()
			})
		}
		b.Run("counts", func(b *testing.B) {
			defer cpuOf(b)()
			for b.Loop() {
				if _, err := w.s.Counts(b.Context(), ws, "ani"); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}

// cpuOf reports, when what it returns is called, the time that this process had a processor for each round: on a machine that
// is busy with others, that is what the work takes. PostgreSQL's own work is not in it.
func cpuOf(b *testing.B) func() {
	before := cpuTime(b)
	return func() { b.ReportMetric(float64((cpuTime(b)-before).Microseconds())/1000/float64(b.N), "cpu-ms/op") }
}

func cpuTime(b *testing.B) time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// everyFilter is each way to combine what the inbox narrows its list by.
func everyFilter() []chat.Filter {
	list := []chat.Filter{{}}
	also := func(changes ...func(*chat.Filter)) {
		for _, f := range list {
			for _, change := range changes {
				g := f
				change(&g)
				list = append(list, g)
			}
		}
	}
	also(func(f *chat.Filter) { f.Status = chat.StatusOpen }, func(f *chat.Filter) { f.Status = chat.StatusSnoozed },
		func(f *chat.Filter) { f.Status = chat.StatusResolved },
		func(f *chat.Filter) {
			f.Status, f.Waiting, f.Sort = chat.StatusOpen, chat.WaitingOnly, chat.SortWaiting
		})
	also(func(f *chat.Filter) { f.DeviceID = "dev-2" })
	also(func(f *chat.Filter) { f.Assignee = "ani" }, func(f *chat.Filter) { f.Assignee = "budi" }, func(f *chat.Filter) { f.Assignee = chat.Nobody })
	also(func(f *chat.Filter) { f.Turn = chat.TurnHuman }, func(f *chat.Filter) { f.Turn = chat.TurnBot })
	also(func(f *chat.Filter) { f.LabelID = "common" }, func(f *chat.Filter) { f.LabelID = "rare" }, func(f *chat.Filter) { f.LabelID = "none" })
	also(func(f *chat.Filter) { f.Unread = chat.UnreadOnly })
	also(func(f *chat.Filter) { f.Archived = chat.WithNone }, func(f *chat.Filter) { f.TeamID = "gudang" },
		func(f *chat.Filter) { f.Kind = contact.FilterGroups })
	return list
}

// BenchmarkInboxEvery lists with every combination of filters, once each: ns/op is the mean of one, ms-worst the slowest.
func BenchmarkInboxEvery(b *testing.B) {
	filters := everyFilter()
	eachInbox(b, func(b *testing.B, w *world) {
		type took struct {
			f      chat.Filter
			t, cpu time.Duration
		}
		var all []took
		defer cpuOf(b)()
		for b.Loop() {
			all = all[:0]
			for _, f := range filters {
				begun, used := time.Now(), cpuTime(b)
				if _, err := w.s.List(b.Context(), ws, f); err != nil {
					b.Fatal(err)
				}
				all = append(all, took{f, time.Since(begun), cpuTime(b) - used})
			}
		}
		worst := slices.MaxFunc(all, func(x, y took) int { return int(x.cpu - y.cpu) })
		slices.SortFunc(all, func(x, y took) int { return int(y.t - x.t) })
		ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
		b.ReportMetric(ms(worst.cpu), "cpu-ms-worst")
		b.ReportMetric(ms(all[0].t), "ms-worst")
		b.ReportMetric(ms(all[len(all)/100].t), "ms-p99")
		b.ReportMetric(ms(all[len(all)/2].t), "ms-p50")
		b.ReportMetric(float64(len(filters)), "filters")
		if os.Getenv("PING_BENCH_SLOWEST") != "" {
			var slow strings.Builder
			for _, one := range append([]took{worst}, all[:min(6, len(all))]...) {
				_, _ = fmt.Fprintf(&slow, "\n%s (%s of CPU) %+v", one.t, one.cpu, one.f)
			}
			b.Log(slow.String())
		}
	})
}
