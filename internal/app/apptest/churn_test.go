package apptest_test

import (
	"database/sql"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
	"github.com/pingcrm/pingcrm/internal/kit/pgtest"
	"github.com/pingcrm/pingcrm/wasim"
)

// twoNodes are two programs on one database, each with a shop's view of it.
func twoNodes(t *testing.T) (one, two *shop, database string) {
	t.Helper()
	net, url := apptest.Network(t, wasim.Options{})
	database = pgtest.URL(t)
	args := []string{"--database", database, "--secret", "satu untuk semua simpul, cukup panjang"}
	first := apptest.Start(t, url, args...)
	d := first.Demo.Devices[0]
	one = &shop{Server: first, net: net, sari: net.Phone("Sari"), device: d.ID, number: d.Number}
	one.talks(t, one.device, one.number, one.sari, "awal")
	second := apptest.Prepare(t, url, args...)
	second.Share(first)
	second.Run()
	second.AwaitOnline()
	two = &shop{Server: second, net: net, sari: one.sari, device: one.device, number: one.number}
	return one, two, database
}

// holder is the node that runs a device, the other one, and how many devices the first one runs.
func holder(t *testing.T, database string, a, b *shop) (has, hasNot *shop, devices int64) {
	t.Helper()
	d, err := sql.Open("pgx", database)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var node string
	if err := d.QueryRowContext(t.Context(), `SELECT node_id, (SELECT COUNT(*) FROM device_leases o WHERE o.node_id = l.node_id) FROM device_leases l
		WHERE device_id = $1`, a.device).Scan(&node, &devices); err != nil {
		t.Fatal(err)
	}
	if len(node) > len(b.URL) && node[len(node)-len(b.URL)+len("http://"):] == b.URL[len("http://"):] {
		return b, a, devices
	}
	return a, b, devices
}

// freeze stops a node's process for d, from the moment at which it has renewed its leases, and says how long it was
// from that moment until the process may go on.
func freeze(t *testing.T, database string, s *shop, d time.Duration) time.Duration {
	t.Helper()
	db, err := sql.Open("pgx", database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	leaseEnd := func() (end int64) {
		if err := db.QueryRowContext(t.Context(), `SELECT expires_at FROM device_leases WHERE device_id = $1`, s.device).Scan(&end); err != nil {
			t.Error(err)
		}
		return end
	}
	before := leaseEnd()
	s.Await("the lease is renewed", func() bool { return leaseEnd() != before })
	began := time.Now()
	if err := syscall.Kill(s.PID(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	<-time.After(d)
	if err := syscall.Kill(s.PID(), syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	return time.Since(began)
}

// TestAShortFreezeLosesNothing stops the node that runs the number for less long than its lease lasts, again and again, as
// a machine that has no time for it does: it keeps the number, the other node leaves it alone, and nothing is lost or
// doubled.
func TestAShortFreezeLosesNothing(t *testing.T) {
	t.Parallel()
	one, two, database := twoNodes(t)
	f := two.traffic(t) // scripts ask the node that goes on
	two.Await("some traffic", func() bool { in, accepted, _, _ := f.counts(); return in > 5 && accepted > 5 })
	logins := two.net.Stats().Logins
	for range 2 {
		if has, _, _ := holder(t, database, one, two); has == two { // whoever runs it is the one that is stopped
			t.Fatal("the number is with the node that came second")
		}
		// Of 15; the database ends a transaction that is silent for 10, and the device's connection with it.
		if took := freeze(t, database, one, 7*time.Second); took > 9*time.Second {
			t.Fatalf("this machine is too busy: the node stood still for %v", took)
		}
		_, before, _, _ := f.counts()
		two.Await("some traffic", func() bool { _, accepted, _, _ := f.counts(); return accepted > before+10 })
	}
	f.end(t)
	if n := two.net.Stats().Logins; n != logins {
		t.Errorf("the number logged in %d times more, want it to stay where it is", n-logins)
	}
}

// TestNodesDieOneAfterTheOther kills whichever node runs the number, every few seconds, and starts it again: each time one of
// the two has the number soon, never both, and nothing that was accepted or came is lost or doubled. PING_TEST_CHURN says
// how often, PING_TEST_CHURN_DEVICES how many numbers there are.
func TestNodesDieOneAfterTheOther(t *testing.T) {
	t.Parallel()
	one, two, database := twoNodes(t)
	devices, numbers := one.linkMany(t, number(t, "PING_TEST_CHURN_DEVICES", 4))
	f := one.traffic(t)
	f.frozen = true // the network may see the end of a killed node's socket after the other node's login
	var slowest time.Duration
	for range number(t, "PING_TEST_CHURN", 3) {
		has, other, running := holder(t, database, one, two)
		logins := one.net.Stats().Logins
		began := time.Now()
		has.Kill()
		has.Run()
		other.Await("all its numbers are back", func() bool { return one.net.Stats().Logins >= logins+running })
		slowest = max(slowest, time.Since(began))
		_, before, _, _ := f.counts()
		other.Await("some traffic", func() bool { _, accepted, _, _ := f.counts(); return accepted > before+5 })
		has.AwaitOnline()
	}
	f.end(t)
	t.Logf("the slowest return took %v", slowest.Round(time.Millisecond))
	if slowest > 30*time.Second {
		t.Errorf("a number was away for %v, want no more than a lease and a login", slowest)
	}
	for i, d := range devices {
		one.awaitState(t, d, "online")
		one.talks(t, d, numbers[i], one.sari, "akhir")
	}
	if n := one.net.Stats().Phones.DecryptErrors; n != 0 {
		t.Errorf("phones could not read %d messages: two have used one session", n)
	}
}

// TestNodesAreReplacedWhileTheOthersWork goes from one version to the next and back, node by node, under traffic: the newer
// one's tables have a column more, which the older one neither sees nor minds; nodes that are asked to stop hand over
// at once; and an older node refuses to start on tables that it could not use, without a word to those that run.
func TestNodesAreReplacedWhileTheOthersWork(t *testing.T) {
	t.Parallel()
	one, two, database := twoNodes(t)
	db, err := sql.Open("pgx", database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	exec := func(texts ...string) {
		t.Helper()
		for _, text := range texts {
			if _, err := db.ExecContext(t.Context(), text); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
		}
	}
	f := two.traffic(t)
	goesOn := func() {
		t.Helper()
		in, accepted, _, _ := f.counts()
		two.Await("some traffic", func() bool { i, a, _, _ := f.counts(); return i > in+10 && a > accepted+10 })
	}
	goesOn()
	for _, table := range []string{"devices", "contacts", "chats", "messages", "sends", "events"} { // as an upgrade does
		exec(`ALTER TABLE ` + table + ` ADD COLUMN of_a_newer_version BIGINT NOT NULL DEFAULT 0`)
	}
	modules := []string{"device", "contact", "chat", "outbox"}
	for _, m := range modules {
		exec(`UPDATE ` + m + `_version SET version = version + 1`)
	}
	goesOn()
	for _, s := range []*shop{one, two, one} {
		s.Stop()
		if s == one {
			goesOn() // the other one has the number
		}
		s.Run()
		s.AwaitOnline()
		goesOn()
	}
	exec(`UPDATE outbox_version SET compat = version`)
	one.Stop()
	one.Run()
	select {
	case <-one.Ended():
	case <-time.After(time.Minute):
		t.Fatal("the node runs on tables of a version that it does not know")
	}
	if words := one.Words(); !slices.ContainsFunc([]string{"newer version", "versi Ping! yang lebih baru"}, func(w string) bool { return strings.Contains(words, w) }) {
		t.Errorf("it does not say why it does not start:\n%s", words)
	}
	goesOn()
	f.end(t)
	if n := two.health(t); n != http.StatusOK {
		t.Errorf("/healthz of the other says %d", n)
	}
}
