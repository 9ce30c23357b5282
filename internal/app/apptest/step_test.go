package apptest_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
	"github.com/pingcrm/pingcrm/wasim"
)

// stepper is a shop whose program can be struck at any step.
type stepper struct {
	*shop
	hook *hook
	file string // what is struck next

	contract bool // scripts use the contract's endpoint
}

func newStepper(t *testing.T, args ...string) *stepper {
	t.Helper()
	p := &stepper{file: filepath.Join(t.TempDir(), "strike"), hook: newHook(t)}
	p.shop = newShopWith(t, []string{"PING_STRIKE=" + p.file}, args...)
	if err := p.Do(http.MethodPatch, "/api/v1/devices/"+p.device, object{"webhook_url": p.hook.URL}, nil, nil); err != nil {
		t.Fatal(err)
	}
	if err := p.Post("/api/v1/rules", object{
		"name": "Langkah", "when": object{"trigger": "keyword", "match": "starts_with", "words": []string{"langkah"}},
		"then": []object{{"text": "dijawab"}},
	}, nil); err != nil {
		t.Fatal(err)
	}
	return p
}

// arm has the program strike from now on; of is what the transaction must have written, "" is anything.
func (p *stepper) arm(t *testing.T, deed, step string, n int, of string) {
	t.Helper()
	if err := os.WriteFile(p.file, fmt.Appendf(nil, "%s %s %d\n%s", deed, step, n, of), 0o600); err != nil {
		t.Fatal(err)
	}
	p.Await("the program has heard what is to be struck", func() bool {
		if p.Exited() { // what was asked for before came late
			p.Run()
			p.AwaitOnline()
		}
		_ = syscall.Kill(p.PID(), syscall.SIGUSR2)
		_, err := os.Stat(p.file)
		return err != nil
	})
}

// disarm has nothing struck any more, and the program running.
func (p *stepper) disarm(t *testing.T) {
	t.Helper()
	p.arm(t, "kill", "NOTHING", 1, "")
}

// last is what was struck last.
func (p *stepper) last() string {
	all := p.strikes()
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1]
}

// strikes is what was struck so far.
func (p *stepper) strikes() []string {
	data, _ := os.ReadFile(p.file + ".log")
	return strings.FieldsFunc(string(data), func(r rune) bool { return r == '\n' })
}

// flow has a new customer write, which a rule answers and a webhook is told of, and a script send them a message; it
// repeats what gets no answer. The flow ends when all of it is where it belongs.
func (p *stepper) flow(t *testing.T, name string) (customer *wasim.Phone, said, asked string) {
	t.Helper()
	began := time.Now()
	customer = p.net.Phone(name)
	said, asked = "langkah "+name, "diminta "+name
	if _, err := customer.Send(context.Background(), p.number, wasim.Content{Text: said}); err != nil {
		t.Fatal(err)
	}
	header, path := http.Header{"Idempotency-Key": {asked}}, "/api/v1/messages"
	body := object{"device_id": p.device, "phone": customer.Number(), "text": asked}
	if p.contract { // its keys are free at once after a crash
		path = "/api-app/whatsapp/send-message"
		body = object{"api_key": p.Demo.APIKey, "device_key": p.device, "phone": customer.Number(), "method": "text", "text": asked}
	}
	p.Await("the script's message is accepted", func() bool {
		p.revive()
		return p.Do(http.MethodPost, path, body, header, nil) == nil
	})
	var got map[string]int
	var told []bool
	var chat string
	if !apptest.Eventually(2*time.Minute, func() bool {
		p.revive()
		got, told, chat = tokens(customer, ""), p.hook.events(said), p.settled(customer)
		return got["dijawab"] > 0 && got[asked] > 0 && len(told) > 0 && chat == ""
	}) {
		t.Fatalf("after %q: the phone has %v, the webhook heard %v, the chat: %s", p.strikes(), got, told, chat)
	}
	p.disarm(t)
	t.Logf("%s took %v; %q", name, time.Since(began).Round(time.Millisecond), p.last())
	return customer, said, asked
}

// settled says what the chat lacks, nothing when it shows all three as they are.
func (p *stepper) settled(customer *wasim.Phone) string {
	var chats struct {
		Items []struct {
			ID      string
			Contact struct{ Phone string }
		}
	}
	if err := p.Get("/api/v1/chats?limit=20&device_id="+p.device, &chats); err != nil {
		return err.Error()
	}
	id := ""
	for _, c := range chats.Items {
		if c.Contact.Phone == customer.Number() {
			id = c.ID
		}
	}
	var list struct{ Items []messageView }
	if err := p.Get("/api/v1/chats/"+id+"/messages", &list); err != nil || len(list.Items) < 3 {
		return fmt.Sprintf("%+v, %v", list.Items, err)
	}
	for _, m := range list.Items {
		if m.FromMe && m.State != "delivered" {
			return fmt.Sprintf("%+v", m)
		}
	}
	return ""
}

// revive starts the program again when it has died.
func (p *stepper) revive() {
	if p.Exited() {
		p.Run()
	}
}

// once fails unless everything of a flow is there once.
func (p *stepper) once(t *testing.T, customer *wasim.Phone, said, asked string) {
	t.Helper()
	got := tokens(customer, "")
	if got["dijawab"] != 1 || got[asked] != 1 {
		t.Errorf("%s: the phone has the answer %d times and the script's message %d times, want once", said, got["dijawab"], got[asked])
	}
	if n := len(p.hook.events(said)); n != 1 {
		t.Errorf("%s: the webhook took it %d times, want once", said, n)
	}
	stored := map[string]int{}
	for _, m := range p.history(t, p.device, customer.Number()) {
		stored[m.Content.Text]++
	}
	if stored[said] != 1 || stored["dijawab"] != 1 || stored[asked] != 1 || len(stored) != 3 {
		t.Errorf("%s: the chat has %v, want each once", said, stored)
	}
	if n := customer.Counters().DecryptErrors; n != 0 {
		t.Errorf("%s: the phone could not read %d messages", said, n)
	}
}

// TestKilledAtEachStep kills the program before and after every commit on the way of a message in, its answer, a send
// and a webhook, one after the other: whatever was done and whatever was not, all of it is there once afterwards.
// PING_TEST_STEPS bounds how many commits are tried.
func TestKilledAtEachStep(t *testing.T) {
	t.Parallel()
	for i, e := range engines(t) {
		most := number(t, "PING_TEST_STEPS", []int{30, 6}[i])
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			p := newStepper(t, e.args...)
			p.contract = e.name == "postgres"
			for _, step := range []string{"COMMIT", "COMMITTED"} {
				for n := 1; n <= most; n++ {
					name := fmt.Sprint(step, " ", n)
					before := len(p.strikes())
					p.arm(t, "kill", step, n, "")
					customer, said, asked := p.flow(t, name)
					p.once(t, customer, said, asked)
					if len(p.strikes()) == before { // the way is shorter than that
						break
					}
				}
			}
			for _, line := range p.strikes() {
				t.Log(line)
			}
			if len(p.strikes()) < min(most, 6) {
				t.Errorf("%d steps were struck", len(p.strikes()))
			}
			if most := p.net.Stats().MostSocketsPerDevice; most != 1 {
				t.Errorf("the device had %d sockets at once, want 1", most)
			}
		})
	}
}

// TestEachCallFailsOnce has one call of the database after the other fail on the same way. It tries every fifth, on
// PostgreSQL every twentieth; PING_TEST_CALLS_EVERY=1 tries all.
func TestEachCallFailsOnce(t *testing.T) {
	t.Parallel()
	for i, e := range engines(t) {
		every := number(t, "PING_TEST_CALLS_EVERY", []int{5, 20}[i])
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			p := newStepper(t, e.args...)
			p.contract = e.name == "postgres"
			p.failEach(t, every)
		})
	}
}

// failEach has every so-manieth call fail, until the way is shorter than that.
func (p *stepper) failEach(t *testing.T, every int) {
	for n := 1; n < 1000; n += every {
		before, began := len(p.strikes()), time.Now()
		p.arm(t, "fail", "*", n, "")
		customer, said, asked := p.flow(t, fmt.Sprint("panggilan ", n))
		p.once(t, customer, said, asked)
		if len(p.strikes()) == before {
			break
		}
		if t.Failed() {
			t.Fatalf("after %s", p.last())
		}
		if time.Since(began) > time.Second { // it had to connect again, and would wait for longer each time
			p.Kill()
			p.Run()
			p.AwaitOnline()
		}
	}
	if n := len(p.strikes()); n < 50/every {
		t.Errorf("only %d calls were struck", n)
	}
	p.awaitState(t, p.device, "online")
}

// TestKilledAroundTheWire kills the program when the message is on the wire and the network has not answered.
func TestKilledAroundTheWire(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.talks(t, s.device, s.number, s.sari, "awal")
	for _, kind := range []wasim.FaultKind{wasim.FaultLoseAck, wasim.FaultDropBefore, wasim.FaultDropBeforeAck, wasim.FaultDropAfterAck} {
		text := fmt.Sprint("lewat ", kind)
		id := s.spoil(t, wasim.Fault{Kind: kind, To: s.sari.Number()})
		m := s.tell(t, s.device, s.sari.Number(), text)
		s.Await("the fault strikes", func() bool {
			for _, f := range s.net.Faults() {
				if f.ID == id {
					return f.Fired > 0
				}
			}
			return true
		})
		s.Kill()
		s.net.RemoveFault(id)
		s.Run()
		s.AwaitOnline()
		s.awaitMessage(t, m.ID, "delivered")
		onceEach(t, s.sari, text)
		s.onceStored(t, s.sari, text)
	}
}
