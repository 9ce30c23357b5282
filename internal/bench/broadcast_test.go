package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
	"github.com/pingcrm/pingcrm/internal/kit/pgtest"
	"github.com/pingcrm/pingcrm/wasim"
)

// Small broadcasts that are paused, cancelled and sent by a program that is killed reach everybody once.
func TestABroadcastReachesEverybodyOnce(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{onSQLite, onPostgres} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			c := campaign{
				binary: apptest.Binary(t), recipients: 1200, reached: 400, devices: 3, kills: 2, planKills: 1, pauses: 1,
				patience: 2 * time.Minute, dir: t.TempDir(),
			}
			if engine == onPostgres {
				c.postgres = pgtest.URL(t)
			}
			found, err := c.on(t.Context(), engine)
			if err != nil {
				t.Fatal(err)
			}
			exact := 0
			for _, f := range found {
				if f.aim != "≤ 0" { // times and memory are for an idle machine
					continue
				}
				exact++
				if f.missed {
					t.Errorf("%s: got %s, want %s", f.name, f.text, f.aim)
				}
			}
			if want := 9; exact != want {
				t.Errorf("%d counts were compared, want %d", exact, want)
			}
		})
	}
}

// A short measurement of answers beside a broadcast has figures of both.
func TestAnswersBesideABroadcast(t *testing.T) {
	t.Parallel()
	c := campaign{
		binary: apptest.Binary(t), recipients: 3000, reached: 3000, devices: 2, patience: 2 * time.Minute, beside: true, seconds: 1, rounds: 1,
		dir: t.TempDir(),
	}
	found, err := c.on(t.Context(), onSQLite)
	if err != nil {
		t.Fatal(err)
	}
	last := found[len(found)-1]
	if !last.judged || !strings.HasPrefix(last.name, "p95") {
		t.Errorf("the last finding is %q, want p95 with a broadcast to that without", last.name)
	}
}

// The account of the phones sees what is missing, doubled and for somebody else.
func TestTheAccountOfTheCrowd(t *testing.T) {
	t.Parallel()
	sim, err := newSimulator(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer sim.stop()
	c, err := newCrowd(t.Context(), sim, 4)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []struct{ to, token int }{{0, 0}, {1, 1}, {1, 1}, {2, 0}} {
		text := "Promo " + mark + tokenOf("a", c.phones[m.token].Number())
		if _, err := sim.people[0].Send(t.Context(), c.phones[m.to].Number(), wasim.Content{Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.upTo(t.Context(), 4, time.Minute); err != nil {
		t.Fatal(err)
	}
	if got, want := c.account("a"), (account{reached: 2, missing: 2, doubled: 1, strays: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got, want := c.account("b"), (account{missing: 4}); got != want {
		t.Errorf("another series: got %+v, want %+v", got, want)
	}
}

// A campaign fails for whatever is beyond its aim, and its table says so.
func TestFindings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value  float64
		missed bool
	}{{0, false}, {1, false}, {1.01, true}} {
		r := &sending{}
		r.add("rate", "10")
		r.judge("pause", c.value, "s", 1)
		var all findings
		all.add(onSQLite, r.found)
		all.add(onPostgres, nil)
		if all.missed() != c.missed {
			t.Errorf("%v: missed is %v, want %v", c.value, all.missed(), c.missed)
		}
		var out bytes.Buffer
		all.print(&out, []string{onSQLite, onPostgres})
		if got := strings.Contains(out.String(), "(missed)"); got != c.missed || !strings.Contains(out.String(), "≤ 1 s") {
			t.Errorf("%v: the table says\n%s", c.value, out.String())
		}
	}
}

// Every recipient of a file has a number of their own, and those with phones come first.
func TestTheFileOfRecipients(t *testing.T) {
	t.Parallel()
	sim, err := newSimulator(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer sim.stop()
	c, err := newCrowd(t.Context(), sim, 2)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := c.table(&out, 3); err != nil {
		t.Fatal(err)
	}
	want := "nomor,kode\n"
	for _, n := range []string{c.phones[0].Number(), c.phones[1].Number(), withoutPhone(2)} {
		want += fmt.Sprintf("%s,%s\n", n, n)
	}
	if got := out.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
