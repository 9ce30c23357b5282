package search

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// benchMessages is how many messages the benchmark searches; PING_BENCH_MESSAGES=2000000 is the size that is promised.
func benchMessages() int {
	if n, err := strconv.Atoi(os.Getenv("PING_BENCH_MESSAGES")); err == nil {
		return n
	}
	return 20_000
}

// vocabulary draws words as people use them: few often, most rarely.
type vocabulary struct{ z *rand.Zipf }

func newVocabulary() vocabulary {
	return vocabulary{rand.NewZipf(rand.New(rand.NewPCG(1, 2)), 1.1, 4, 60_000)}
}

func (v vocabulary) word(n uint64) string {
	var b strings.Builder
	for i := n + 1; i > 0; i /= 20 {
		b.WriteString([]string{"ba", "ca", "di", "fu", "ga", "ha", "jo", "ka", "li", "ma", "na", "pe", "ra", "sa", "ta", "wu", "ya", "zo", "ngi", "nyu"}[i%20])
	}
	return b.String()
}

func (v vocabulary) text() string {
	words := make([]string, 4+rand.IntN(10))
	for i := range words {
		words[i] = v.word(v.z.Uint64())
	}
	return strings.Join(words, " ")
}

const (
	benchChats    = `INSERT INTO chats (workspace_id, id, device_id, contact_id, is_group, turn, turn_version, turn_since, last_at, created_at) VALUES ('w', $1, 'd', $1, 0, 'bot', 1, 1, 1, 1)`
	benchContacts = `INSERT INTO contacts (workspace_id, id, name, name_source, phone, is_group, sort_name, search, created_at, updated_at) VALUES ('w', $1, $2, 'push', $3, 0, $2, $2, 1, 1)`
	benchMessage  = `INSERT INTO messages (workspace_id, id, chat_id, device_id, sender_id, from_me, network_id, shown, content, at, ordered_at, created_at)
		VALUES ('w', $1, $2, 'd', $2, 0, $1, 1, $3, $4, $4, $4)`
)

// batch is how many messages are put in at once.
const batch = 20_000

// stock puts n messages in a chat for each twenty of them.
func stock(b *testing.B, s *Service, n int) {
	b.Helper()
	v := newVocabulary()
	put := stockSQLite
	if s.db.Postgres() {
		put = stockPostgres
	}
	for from := 0; from < n; from += batch {
		err := s.db.Tx(b.Context(), func(ctx context.Context) error {
			var list []stored
			for i := from; i < min(from+batch, n); i++ {
				chatID := fmt.Sprintf("c%08d", i%(n/20))
				if i < n/20 {
					exec(ctx, b, s, benchContacts, chatID, "Nama "+v.word(uint64(i)), fmt.Sprint("628", i))
					exec(ctx, b, s, benchChats, chatID)
				}
				list = append(list, stored{fmt.Sprintf("m%09d", i), chatID, v.text(), int64(1_700_000_000_000 + i*1000)})
			}
			return put(ctx, b, s, list)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	if s.db.Postgres() { // as its housekeeping does by itself
		exec(b.Context(), b, s, `VACUUM ANALYZE`)
	}
}

type stored struct {
	id, chatID, text string
	at               int64
}

func exec(ctx context.Context, b *testing.B, s *Service, text string, args ...any) {
	b.Helper()
	if _, err := s.db.Exec(ctx, text, args...); err != nil {
		b.Fatal(err)
	}
}

func contentOf(text string) string { return `{"kind":"text","text":"` + text + `"}` }

func stockSQLite(ctx context.Context, b *testing.B, s *Service, list []stored) error {
	for _, m := range list {
		exec(ctx, b, s, benchMessage, m.id, m.chatID, contentOf(m.text), m.at)
		if err := s.store.insert(ctx, entry{"w", m.id, m.at, codes(m.text)}); err != nil {
			return err
		}
	}
	return nil
}

// lines are the columns of stored messages, a line for each.
//
//sql:postgres
const lines = `(SELECT unnest(string_to_array($1, chr(10))) AS id, unnest(string_to_array($2, chr(10))) AS chat_id, unnest(string_to_array($3, chr(10))) AS text,
	CAST(unnest(string_to_array($4, chr(10))) AS BIGINT) AS at) x`

func stockPostgres(ctx context.Context, b *testing.B, s *Service, list []stored) error {
	var ids, chats, contents, times, numbers, words []string
	for _, m := range list {
		ids, chats = append(ids, m.id), append(chats, m.chatID)
		contents, times = append(contents, contentOf(m.text)), append(times, fmt.Sprint(m.at))
		numbers, words = append(numbers, fmt.Sprint(numberAt(m.at))), append(words, strings.Join(codes(m.text), " "))
	}
	join := func(list []string) string { return strings.Join(list, "\n") }
	exec(ctx, b, s, `INSERT INTO messages (workspace_id, id, chat_id, device_id, sender_id, from_me, network_id, shown, content, at, ordered_at, created_at)
		SELECT 'w', x.id, x.chat_id, 'd', x.chat_id, 0, x.id, 1, x.text, x.at, x.at, x.at FROM `+lines, join(ids), join(chats), join(contents), join(times))
	exec(ctx, b, s, `INSERT INTO message_index (workspace_id, message_id, num, words)
		SELECT 'w', x.id, x.at, array_to_tsvector(string_to_array(x.text, ' ')) FROM `+lines, join(ids), join(chats), join(words), join(numbers))
	return nil
}

type noDevices struct{}

func (noDevices) Get(context.Context, string, string) (device.Device, error) {
	return device.Device{}, nil
}

func benchService(b testing.TB, d *db.DB) *Service {
	contacts := contact.New(d, contact.Config{})
	sends := outbox.New(d, outbox.Config{})
	chats := chat.New(d, contacts, sends, chat.Config{Devices: noDevices{}})
	s := New(Config{DB: d, Contacts: contacts, Chats: chats})
	dbtest.Migrated(b, d, contact.Module(contacts), device.Module(device.New(device.Config{DB: d})), outbox.Module(sends), chat.Module(chats), Module(s))
	return s
}

// BenchmarkFind looks for words from the commonest to the rarest, whole and begun.
func BenchmarkFind(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchFind(b, dbtest.SQLite(b)) })
	b.Run("postgres", func(b *testing.B) { benchFind(b, dbtest.Postgres(b)) })
}

func benchFind(b *testing.B, d *db.DB) {
	s := benchService(b, d)
	begun := time.Now()
	stock(b, s, benchMessages())
	b.Logf("%d messages in %s", benchMessages(), time.Since(begun))
	v := newVocabulary()
	common := make([]string, 10)
	for i := range common {
		common[i] = v.word(uint64(i))
	}
	for _, one := range []struct{ name, text string }{
		{"commonest word", v.word(0) + " "},
		{"common word", v.word(30) + " "},
		{"rare word", v.word(40_000) + " "},
		{"two common words", v.word(3) + " " + v.word(7) + " "},
		{"a common and a rare word", v.word(0) + " " + v.word(30_000) + " "},
		{"two rare words", v.word(20_001) + " " + v.word(30_003) + " "},
		{"two letters", "ba"},
		{"three letters", "bac"},
		{"four letters", "baca"},
		{"five letters", "bacad"},
		{"common and begun", v.word(1) + " kali"},
		{"begun and not there", v.word(1) + " xy"},
		{"no such", "tidakada"},
		{"five common words", strings.Join(common[:5], " ") + " "},
		{"ten common words", strings.Join(common, " ")},
	} {
		b.Run(one.name, func(b *testing.B) {
			cpu := cpuOf(b)
			for b.Loop() {
				if _, err := s.Find(b.Context(), "w", Query{Text: one.text, Limit: 20}); err != nil {
					b.Fatal(err)
				}
			}
			cpu()
		})
	}
}

// cpuOf reports, when what it returns is called, the time that this process had a processor for each round. PostgreSQL's own
// work is not in it.
func cpuOf(b *testing.B) func() {
	used := func() time.Duration {
		var r syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
			b.Fatal(err)
		}
		return time.Duration(r.Utime.Nano() + r.Stime.Nano())
	}
	before := used()
	return func() { b.ReportMetric(float64((used()-before).Microseconds())/1000/float64(b.N), "cpu-ms/op") }
}
