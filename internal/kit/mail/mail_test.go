package mail_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"mime/quotedprintable"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/kit/mail"
	"github.com/pingcrm/pingcrm/internal/kit/mail/mailtest"
	"github.com/pingcrm/pingcrm/internal/kit/seal"
)

type post struct {
	*mail.Service
	db     *db.DB
	server *mailtest.Server
	clock  atomic.Int64
}

func newPost(t *testing.T, d *db.DB) *post {
	t.Helper()
	p := &post{db: d, server: mailtest.New(t)}
	box, err := seal.Load("", "a secret for tests only")
	if err != nil {
		t.Fatal(err)
	}
	p.Service, err = mail.New(mail.Config{
		DB: d, Log: slog.New(slog.DiscardHandler), Seal: box, URL: p.server.URL, From: "Ping! <ping@toko.example>",
		Now: func() time.Time { return time.Now().Add(time.Duration(p.clock.Load())) },
	})
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Migrated(t, d, mail.Module(p.Service))
	return p
}

// run sends what waits until the test ends.
func (p *post) run(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = p.Run(ctx) })
	t.Cleanup(func() {
		stop()
		running.Wait()
	})
}

func letter(to string) mail.Message {
	return mail.Message{To: to, Subject: "Halo é", Text: "Tautan: https://x.example/?a=b\n.titik\n", ExpiresAt: time.Now().Add(24 * time.Hour).UnixMilli()}
}

func TestMailGoesOutAfterTheCommit(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPost(t, d)
		ctx := context.Background()
		errUndone := errors.New("undone")
		if err := d.Tx(ctx, func(ctx context.Context) error {
			return errors.Join(p.Send(ctx, letter("undone@toko.example")), errUndone)
		}); !errors.Is(err, errUndone) {
			t.Fatal(err)
		}
		if err := p.Send(ctx, letter("waits@toko.example")); err != nil { // from before the start
			t.Fatal(err)
		}
		var sealed string
		if err := d.QueryRow(ctx, `SELECT sealed FROM mails`).Scan(&sealed); err != nil || strings.Contains(sealed, "x.example") {
			t.Errorf("what waits reads %q %v", sealed, err)
		}
		p.run(t)
		got := p.server.Next(t)
		body, err := io.ReadAll(quotedprintable.NewReader(got.Body))
		if err != nil || !strings.Contains(string(body), "https://x.example/?a=b") || !strings.Contains(string(body), "\n.titik") {
			t.Errorf("the text: %q %v", body, err)
		}
		if to, from := got.Header.Get("To"), got.Header.Get("From"); to != "<waits@toko.example>" || !strings.Contains(from, "<ping@toko.example>") {
			t.Errorf("to %q from %q", to, from)
		}
		if err := p.Send(ctx, letter("later@toko.example")); err != nil {
			t.Fatal(err)
		}
		if got := p.server.Next(t).Header.Get("To"); got != "<later@toko.example>" {
			t.Errorf("then to %q", got)
		}
	})
}

func TestMailIsTriedAgain(t *testing.T) {
	t.Parallel()
	p := newPost(t, dbtest.SQLite(t))
	p.server.Refuse(1)
	if err := p.Send(context.Background(), letter("again@toko.example")); err != nil {
		t.Fatal(err)
	}
	p.run(t)
	deadline := time.Now().Add(20 * time.Second)
	for tries := 0; tries == 0; { // until the first attempt is written down
		if err := p.db.QueryRow(context.Background(), `SELECT tries FROM mails`).Scan(&tries); err != nil || time.Now().After(deadline) {
			t.Fatal("it was not tried: ", err)
		}
	}
	p.clock.Store(int64(2 * time.Minute))
	if err := p.Send(context.Background(), letter("other@toko.example")); err != nil { // wakes the worker
		t.Fatal(err)
	}
	got := []string{p.server.Next(t).Header.Get("To"), p.server.Next(t).Header.Get("To")}
	if !strings.Contains(strings.Join(got, " "), "again@") {
		t.Errorf("got mail to %v", got)
	}
}

func TestMailThatIsWorthNothingIsNotSent(t *testing.T) {
	t.Parallel()
	p := newPost(t, dbtest.SQLite(t))
	old := letter("old@toko.example")
	old.ExpiresAt = time.Now().UnixMilli() - 1
	for _, m := range []mail.Message{old, letter("new@toko.example")} {
		if err := p.Send(context.Background(), m); err != nil {
			t.Fatal(err)
		}
	}
	p.run(t)
	if got := p.server.Next(t).Header.Get("To"); got != "<new@toko.example>" || p.server.Waiting() != 0 {
		t.Errorf("got mail to %q and %d more", got, p.server.Waiting())
	}
}

func TestAddressesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for _, c := range []mail.Config{
		{URL: "mail.example", From: "a@b.example"},
		{URL: "http://mail.example", From: "a@b.example"},
		{URL: "smtp://", From: "a@b.example"},
		{URL: "smtp://u:rahasia@mail.example:x", From: "a@b.example"},
		{URL: "smtp://mail.example", From: "nobody"},
	} {
		if _, err := mail.New(c); err == nil || strings.Contains(err.Error(), "rahasia") {
			t.Errorf("%s from %s: got %v", c.URL, c.From, err)
		}
	}
}
