package member_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/mail"
	"github.com/pingcrm/pingcrm/internal/member"
)

// box keeps the mail that a house sends.
type box struct {
	mu  sync.Mutex
	all []mail.Message
}

func (b *box) Send(_ context.Context, m mail.Message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all = append(b.all, m)
	return nil
}

// tokenIn is what a letter's link ends with.
func tokenIn(t testing.TB, m mail.Message, path string) string {
	t.Helper()
	_, rest, ok := strings.Cut(m.Text, publicURL+path)
	token, _, _ := strings.Cut(rest, "\n")
	if !ok || token == "" {
		t.Fatalf("the letter has no link to %s: %s", path, m.Text)
	}
	return token
}

func TestAForgottenPassword(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		w := h.workspace(t)
		h.member(t, w, "ani@toko.example", member.Owner)
		_, p := h.login(t, "ani@toko.example")
		for _, email := range []string{"nobody@toko.example", "ANI@toko.example"} {
			if err := h.ForgotPassword(ctx, email); err != nil {
				t.Fatal(err)
			}
		}
		if len(h.mail.all) != 1 || h.mail.all[0].To != "ani@toko.example" || h.mail.all[0].Subject != "Kata sandi baru untuk Ping!" {
			t.Fatalf("sent %+v", h.mail.all)
		}
		token := tokenIn(t, h.mail.all[0], "/password-resets/")
		if err := h.ResetPassword(ctx, token, "short"); !isFault(err, fault.Invalid, "password") {
			t.Errorf("a weak one: got %v", err)
		}
		if err := h.ForgotPassword(ctx, "ani@toko.example"); err != nil { // a second link
			t.Fatal(err)
		}
		other := tokenIn(t, h.mail.all[1], "/password-resets/")
		if err := h.ResetPassword(ctx, token, "a new secret"); err != nil {
			t.Fatal(err)
		}
		if all, err := h.Sessions(ctx, p); err != nil || len(all) != 0 {
			t.Errorf("sessions go on: %+v %v", all, err)
		}
		if _, err := h.Login(ctx, "ani@toko.example", "a new secret"); err != nil {
			t.Errorf("the new password: %v", err)
		}
		for what, token := range map[string]string{"the link again": token, "the other link": other} {
			if err := h.ResetPassword(ctx, token, "another secret"); !errors.Is(err, member.ErrResetOver) {
				t.Errorf("%s: got %v", what, err)
			}
		}
		if err := h.ResetPassword(ctx, "nothing", "another secret"); !errors.Is(err, member.ErrReset) {
			t.Errorf("no link at all: got %v", err)
		}
	})
}

func TestOwnersMakeResetLinks(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		w := h.workspace(t)
		m, _ := h.member(t, w, "ani@toko.example", member.Agent)
		for role, want := range map[member.Role]error{member.Admin: member.ErrOwnerNeeded, member.Owner: nil} {
			if _, _, err := h.ResetLink(ctx, member.Principal{WorkspaceID: w, Role: role}, m.ID); !errors.Is(err, want) {
				t.Errorf("%s: got %v, want %v", role, err, want)
			}
		}
		token, expires, err := h.ResetLink(ctx, member.Principal{WorkspaceID: w, Role: member.Owner}, m.ID)
		if err != nil || expires < time.Now().Add(23*time.Hour).UnixMilli() {
			t.Fatal(expires, err)
		}
		h.clock.Store(int64(25 * time.Hour))
		if err := h.ResetPassword(ctx, token, "a new secret"); !errors.Is(err, member.ErrResetOver) {
			t.Errorf("a day later: got %v", err)
		}
		other := h.workspace(t)
		there, _ := h.guestTo(t, other, "ani@toko.example", member.Agent)
		if _, _, err := h.ResetLink(ctx, member.Principal{WorkspaceID: other, Role: member.Owner}, there.ID); !errors.Is(err, member.ErrElsewhere) {
			t.Errorf("for who works elsewhere too: got %v", err)
		}
	})
}

func TestAsksForAPasswordAreLimited(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		h.member(t, h.workspace(t), "ani@toko.example", member.Owner)
		var err error
		for range 6 {
			err = h.ForgotPassword(ctx, "ani@toko.example")
		}
		if !isFault(err, fault.Limited, "") || len(h.mail.all) != 5 {
			t.Errorf("got %v after %d letters, want a Limited fault after five", err, len(h.mail.all))
		}
	})
}

func TestInvitationsAreMailed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		w := h.workspace(t)
		h.invite(t, w, "", member.Agent)
		_, token := h.invite(t, w, "budi@toko.example", member.Agent)
		if len(h.mail.all) != 1 || h.mail.all[0].To != "budi@toko.example" || tokenIn(t, h.mail.all[0], "/invitations/") != token {
			t.Errorf("sent %+v", h.mail.all)
		}
	})
}
