package apptest_test

import (
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
	"github.com/pingcrm/pingcrm/internal/kit/pgtest"
	"github.com/pingcrm/pingcrm/wasim"
)

// TestAFrozenNodeIsFenced stops a node in the middle of its work for longer than its leases last: another one takes over
// what it ran, and when it goes on it puts nothing on the wire that the other has.
func TestAFrozenNodeIsFenced(t *testing.T) {
	t.Parallel()
	net, url := apptest.Network(t, wasim.Options{})
	database := []string{"--database", pgtest.URL(t), "--secret", "satu untuk semua simpul, cukup panjang"}
	one := apptest.Start(t, url, database...)
	s := &shop{Server: one, net: net, sari: net.Phone("Sari"), device: one.Demo.Devices[0].ID, number: one.Demo.Devices[0].Number}
	s.talks(t, s.device, s.number, s.sari, "awal")
	two := apptest.Prepare(t, url, database...)
	two.Share(one)
	two.Run()
	two.AwaitOnline()
	f := s.traffic(t)
	f.frozen = true
	s.Await("some traffic", func() bool { in, accepted, _, _ := f.counts(); return in > 5 && accepted > 5 })
	if err := syscall.Kill(one.PID(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	frozen := time.Now()
	other := &shop{Server: two, net: net, sari: s.sari, device: s.device, number: s.number}
	var m messageView
	other.Await("the other node takes a message, whatever the frozen one holds in the database", func() bool {
		return other.Do(http.MethodPost, "/api/v1/messages", object{"device_id": s.device, "phone": s.sari.Number(), "text": "dari simpul kedua"},
			http.Header{"Idempotency-Key": {"kedua"}}, &m) == nil
	})
	other.awaitMessage(t, m.ID, "delivered")
	t.Logf("the other node had it after %v", time.Since(frozen).Round(time.Millisecond))
	if took := time.Since(frozen); took > 45*time.Second {
		t.Errorf("it took the other node %v to take over", took)
	}
	if err := syscall.Kill(one.PID(), syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	accepted := func() int { _, n, _, _ := f.counts(); return n }
	before := accepted()
	s.Await("the frozen node works again", func() bool { return accepted() > before+5 })
	f.end(t)
	onceEach(t, s.sari, "dari simpul kedua")
}
