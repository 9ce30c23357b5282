package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/wasim"
)

func TestEndOf(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		event any
		want  *device.EndError
		is    error
	}{
		"removed":        {event: &events.LoggedOut{Reason: 401}, want: &device.EndError{State: device.StateLoggedOut, Why: "device_removed"}},
		"401":            {event: &events.LoggedOut{OnConnect: true, Reason: 401}, want: &device.EndError{State: device.StateLoggedOut, Why: "401"}},
		"403":            {event: &events.LoggedOut{OnConnect: true, Reason: 403}, want: &device.EndError{State: device.StateLoggedOut, Why: "403"}},
		"406":            {event: &events.LoggedOut{OnConnect: true, Reason: 406}, want: &device.EndError{State: device.StateLoggedOut, Why: "406"}},
		"ban":            {event: &events.TemporaryBan{Code: 101, Expire: time.Hour}, want: &device.EndError{State: device.StateBanned, Why: "101", Until: now.Add(time.Hour)}},
		"ban, no end":    {event: &events.TemporaryBan{Code: 102}, want: &device.EndError{State: device.StateBanned, Why: "102"}},
		"outdated":       {event: &events.ClientOutdated{}, want: &device.EndError{State: device.StateOffline, Why: "client_outdated"}},
		"replaced":       {event: &events.StreamReplaced{}, want: &device.EndError{State: device.StateOffline, Why: "replaced"}},
		"connect 400":    {event: &events.ConnectFailure{Reason: 400}, want: &device.EndError{State: device.StateOffline, Why: "400"}},
		"closed":         {event: &events.Disconnected{}, is: errDisconnected},
		"stream error":   {event: &events.StreamError{Code: "500"}, is: errDisconnected},
		"silent":         {event: &events.KeepAliveTimeout{ErrorCount: 2}, is: errSilent},
		"one ping lost":  {event: &events.KeepAliveTimeout{ErrorCount: 1}},
		"an old message": {event: &events.Message{}},
	} {
		err := endOf(c.event, now)
		var end *device.EndError
		errors.As(err, &end)
		if diff := cmp.Diff(c.want, end); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%s: got %v, want %v", name, err, c.is)
		}
		if c.want == nil && c.is == nil && err != nil {
			t.Errorf("%s: got %v, want no end", name, err)
		}
	}
}

func TestSilenceIsFoundInAMinute(t *testing.T) {
	t.Parallel()
	if worst := lostAfter * (pingMax + pingDeadline); worst > time.Minute {
		t.Errorf("a silent network is given up after %s, want a minute at most", worst)
	}
}

func TestOutcome(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
	refused := func(n int) error {
		return fmt.Errorf("send: %w", fmt.Errorf("%w %d", whatsmeow.ErrServerReturnedError, n))
	}
	for name, c := range map[string]struct {
		err    error
		o      outcome
		class  device.SendClass
		code   string
		until  time.Time
		unsent bool
	}{
		"463 first":        {err: refused(463), class: device.SendRetry, code: "463"},
		"463 again":        {err: refused(463), o: outcome{again: true}, class: device.SendHoldCold, code: "463"},
		"463 locked":       {err: refused(463), o: outcome{lockedUntil: now.Add(time.Hour)}, class: device.SendHoldCold, code: "463", until: now.Add(time.Hour)},
		"463 lock is over": {err: refused(463), o: outcome{lockedUntil: now.Add(-time.Hour)}, class: device.SendRetry, code: "463"},
		"475":              {err: refused(475), class: device.SendHoldCold, code: "475", until: now.Add(24 * time.Hour)},
		"479":              {err: refused(479), class: device.SendGiveUp, code: "479"},
		"429":              {err: refused(429), class: device.SendHold, code: "429", until: now.Add(time.Minute)},
		"421":              {err: refused(421), class: device.SendRetry, code: "421"},
		"404":              {err: refused(404), class: device.SendGiveUp, code: "404"},
		"500":              {err: refused(500), class: device.SendRetry, code: "500"},
		"999":              {err: refused(999), class: device.SendRetry, code: "999"},
		"no lid":           {err: errors.New("no LID found for 62@s.whatsapp.net from server"), class: device.SendGiveUp, code: "not_on_whatsapp"},
		"timeout":          {err: whatsmeow.ErrMessageTimedOut, class: device.SendRetry, code: "timeout"},
		"question timeout": {err: fmt.Errorf("x: %w", whatsmeow.ErrIQTimedOut), class: device.SendRetry, code: "timeout"},
		"deadline":         {err: context.DeadlineExceeded, class: device.SendRetry, code: "timeout"},
		"cut":              {err: &whatsmeow.DisconnectedError{Action: "message send"}, class: device.SendRetry, code: "disconnected"},
		"not connected":    {err: whatsmeow.ErrNotConnected, class: device.SendRetry, code: "not_connected"},
		"offline":          {err: errOffline, class: device.SendRetry, code: "not_connected", unsent: true},
		"logged out":       {err: whatsmeow.ErrNotLoggedIn, class: device.SendHold, code: "logged_out", unsent: true},
		"keys gone":        {err: errKeysGone, class: device.SendHold, code: "logged_out", unsent: true},
		"not in group":     {err: fmt.Errorf("x: %w", whatsmeow.ErrNotInGroup), class: device.SendGiveUp, code: "not_in_group"},
		"no session":       {err: fmt.Errorf("x: %w", errNoRecipient), class: device.SendRetry, code: "no_session"},
		"too large":        {err: errTooLarge, class: device.SendGiveUp, code: "media_too_large"},
		"anything":         {err: errors.New("kaboom"), class: device.SendRetry, code: "unknown"},
	} {
		c.o.now = now
		got := c.o.of(c.err)
		until := int64(0)
		if !c.until.IsZero() {
			until = c.until.UnixMilli()
		}
		if got.Class != c.class || got.Code != c.code || got.Until != until || got.Unsent != c.unsent || !errors.Is(got, c.err) {
			t.Errorf("%s: got %+v, want %s %s until %d", name, got, c.class, c.code, until)
		}
	}
}

// What the network does to a connection, and how Run says so.
func TestRunEnds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault wasim.Fault
		state device.StateCode
		why   string
	}{
		"403":      {wasim.Fault{Kind: wasim.FaultConnect, Code: 403}, device.StateLoggedOut, "403"},
		"401":      {wasim.Fault{Kind: wasim.FaultConnect, Code: 401}, device.StateLoggedOut, "401"},
		"405":      {wasim.Fault{Kind: wasim.FaultConnect, Code: 405}, device.StateOffline, "client_outdated"},
		"503":      {wasim.Fault{Kind: wasim.FaultConnect, Code: 503}, "", ""},
		"500":      {wasim.Fault{Kind: wasim.FaultConnect, Code: 500}, "", ""},
		"ban":      {wasim.Fault{Kind: wasim.FaultBan, ExpiresS: 3600}, device.StateBanned, "101"},
		"replaced": {wasim.Fault{Kind: wasim.FaultReplaced}, device.StateOffline, "replaced"},
		"removed":  {wasim.Fault{Kind: wasim.FaultRemoved}, device.StateLoggedOut, "device_removed|401"}, // told on the old socket, or at the next login
		"stream":   {wasim.Fault{Kind: wasim.FaultStream, Code: 503}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := sqlite(t, wasim.Options{}).link(t)
			if err := r.stop(); err != nil {
				t.Fatalf("stop: %v", err)
			}
			err := r.endedBy(t, c.fault)
			for range 5 { // the client may drop a reason when its socket closes right behind it; the next login hears it again
				if c.state == "" || !errors.Is(err, errDisconnected) {
					break
				}
				err = r.endedBy(t, c.fault)
			}
			var end *device.EndError
			if errors.As(err, &end) != (c.state != "") || (end != nil && (end.State != c.state || !slices.Contains(strings.Split(c.why, "|"), end.Why))) || err == nil {
				t.Fatalf("Run = %v, want state %q why %q", err, c.state, c.why)
			}
			if c.state == device.StateBanned && time.Until(end.Until) < 50*time.Minute {
				t.Errorf("banned until %s, want in an hour", end.Until)
			}
			if _, err := r.driver.Open(ctxOf(t), r.device, r.sink); errors.Is(err, device.ErrNotLinked) != (c.state == device.StateLoggedOut) {
				t.Errorf("Open afterwards = %v", err)
			}
			if c.state == "" || c.why == "replaced" {
				r.net.ClearFaults()
				r.run(t)
			}
		})
	}
}

// endedBy opens the device under a fault and says what Run ended with. The network has to be done with the
// connection before, or that one would use the fault up.
func (r *rig) endedBy(t *testing.T, f wasim.Fault) error {
	t.Helper()
	poll(t, "the end of the old connection", func() bool { return r.net.Stats().Live == 0 })
	r.net.ClearFaults()
	if _, err := r.net.AddFault(f); err != nil {
		t.Fatal(err)
	}
	return r.ended(t, r.open(t))
}

// 515 asks for another login; nobody outside notices.
func TestLoginAgain(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	before := r.net.Stats().Logins
	if _, err := r.net.AddFault(wasim.Fault{Kind: wasim.FaultStream, Code: 515}); err != nil {
		t.Fatal(err)
	}
	r.sink.wait(t, "another login", func() bool { return r.net.Stats().Logins > before })
	budi := r.net.Phone("Budi")
	write(t, budi, r.phone.Number(), wasim.Content{Text: "masih ada?"})
	r.sink.message(t, "masih ada?")
}

func TestTimelock(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	until := time.Now().Add(time.Hour).Unix()
	for _, f := range []wasim.Fault{
		{Kind: wasim.FaultTimelock, Until: until},
		{Kind: wasim.FaultAck, Code: 463, NewChatsOnly: true},
	} {
		if _, err := r.net.AddFault(f); err != nil {
			t.Fatal(err)
		}
	}
	r.sink.wait(t, "restricted", func() bool {
		last := r.sink.states[len(r.sink.states)-1]
		return last.Code == device.StateRestricted && last.Until == until*1000
	})
	budi := r.net.Phone("Budi")
	out := device.Outgoing{NetworkID: "3EB0463", To: person1(budi), Content: device.Content{Kind: device.KindText, Text: "promo"}}
	_, err := r.session.Send(ctxOf(t), out)
	if got := device.AsSendError(err); got.Class != device.SendHoldCold || got.Code != "463" || got.Until != until*1000 {
		t.Errorf("Send = %+v, want hold_cold 463 until %d", got, until*1000)
	}
	if _, err := r.net.AddFault(wasim.Fault{Kind: wasim.FaultTimelock}); err != nil {
		t.Fatal(err)
	}
	r.sink.wait(t, "lifted", func() bool {
		last := r.sink.states[len(r.sink.states)-1]
		return last.Code == device.StateOnline && last.Why == device.WhyLifted
	})
}

func TestNetworkGuards(t *testing.T) {
	t.Parallel()
	ctx := ctxOf(t)
	if err := trust(ctx, nil); !errors.Is(err, errRealInTest) {
		t.Errorf("the real network in a test: %v", err)
	}
	for _, addr := range []string{"10.0.0.1:80", "8.8.8.8:443", "0.0.0.0:1", "nonsense", ""} {
		if err := trust(ctx, &Network{RootKey: [32]byte{1}, Addr: addr}); !errors.Is(err, errNotLoopback) {
			t.Errorf("trust(%q) = %v, want errNotLoopback", addr, err)
		}
	}
	sqlite(t, wasim.Options{}) // has set the key
	if err := trust(ctx, &Network{RootKey: [32]byte{9}, Addr: "127.0.0.1:1"}); !errors.Is(err, errOtherRoot) {
		t.Errorf("a second network: %v, want errOtherRoot", err)
	}
	if err := trust(ctx, &Network{Addr: "127.0.0.1:1"}); !errors.Is(err, errNoRootKey) {
		t.Errorf("no key: %v, want errNoRootKey", err)
	}
}

func TestFetchNetwork(t *testing.T) {
	t.Parallel()
	const key = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
	for name, c := range map[string]struct {
		status int
		body   string
		want   error
	}{
		"good":         {200, `{"root_key":"` + key + `","dial":"127.0.0.1:8011"}`, nil},
		"not here":     {200, `{"root_key":"` + key + `","dial":"93.184.216.34:443"}`, errNotLoopback},
		"short key":    {200, `{"root_key":"AQEB","dial":"127.0.0.1:8011"}`, errNoRootKey},
		"no json":      {200, `hello`, errNetworkReply},
		"other server": {404, `{}`, errNetworkReply},
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if req.URL.Path != "/v1/network" {
				t.Errorf("asked %s", req.URL.Path)
			}
			w.WriteHeader(c.status)
			_, _ = w.Write([]byte(c.body))
		}))
		n, err := FetchNetwork(ctxOf(t), srv.URL+"/")
		srv.Close()
		if !errors.Is(err, c.want) || (c.want == nil && (n.Addr != "127.0.0.1:8011" || n.RootKey[31] != 1)) {
			t.Errorf("%s: got %+v, %v, want %v", name, n, err, c.want)
		}
	}
	for _, base := range []string{"https://127.0.0.1:1", "ftp://x", "http://10.1.2.3:80", "::"} {
		if _, err := FetchNetwork(ctxOf(t), base); err == nil {
			t.Errorf("FetchNetwork(%q) went there", base)
		}
	}
}

// Downloads are bounded, whatever the server says of their length.
func TestLimitedBody(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(strings.Repeat("x", 100)))
	})}
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close() })
	res, err := http.Get("http://" + l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	b := &limitedBody{ReadCloser: res.Body, left: 60}
	defer b.Close()
	buf := make([]byte, 40)
	total := 0
	for {
		n, err := b.Read(buf)
		total += n
		if err != nil {
			if !errors.Is(err, errTooLarge) {
				t.Errorf("Read = %v, want errTooLarge", err)
			}
			break
		}
	}
	if total != 60 {
		t.Errorf("read %d bytes, want 60", total)
	}
}
