package member_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/pingcrm/pingcrm/internal/factor"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/member"
)

// code is what a code app shows now.
func (h *house) code(t testing.TB, secret string) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, time.Now().Add(time.Duration(h.clock.Load())))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// withApp sets up a code app and returns its secret and the recovery codes. The code that confirmed it is used up.
func (h *house) withApp(t testing.TB, p member.Principal) (secret string, recovery []string) {
	t.Helper()
	ctx := context.Background()
	setup, err := h.BeginTOTP(ctx, p, password)
	if err != nil {
		t.Fatal(err)
	}
	if recovery, err = h.ConfirmTOTP(ctx, p, h.code(t, setup.Secret)); err != nil {
		t.Fatal(err)
	}
	return setup.Secret, recovery
}

// later lets a code app show its next code.
func (h *house) later() { h.clock.Add(int64(30 * time.Second)) }

func (h *house) half(t testing.TB, email string) string {
	t.Helper()
	e, err := h.Login(context.Background(), email, password)
	if err != nil || e.Half == "" || e.Token != "" {
		t.Fatalf("signing in: %+v %v, want half a session", e, err)
	}
	return e.Half
}

func TestACodeAppIsWantedAtSignIn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		w := h.workspace(t)
		h.member(t, w, "ani@toko.example", member.Owner)
		_, p := h.login(t, "ani@toko.example")
		if _, err := h.BeginTOTP(ctx, p, "wrong password"); !isFault(err, fault.Invalid, "password") {
			t.Errorf("without the password: got %v", err)
		}
		if _, err := h.ConfirmTOTP(ctx, p, "000000"); !errors.Is(err, factor.ErrNotBegun) {
			t.Errorf("not begun: got %v", err)
		}
		setup, err := h.BeginTOTP(ctx, p, password)
		if err != nil || !strings.HasPrefix(setup.URI, "otpauth://totp/Ping%21:ani@toko.example?") {
			t.Fatalf("%+v %v", setup, err)
		}
		if _, err := h.ConfirmTOTP(ctx, p, "abc"); !isFault(err, fault.Invalid, "code") {
			t.Errorf("a wrong code: got %v", err)
		}
		h.login(t, "ani@toko.example") // what is not confirmed is not wanted
		used := h.code(t, setup.Secret)
		recovery, err := h.ConfirmTOTP(ctx, p, used)
		if err != nil || len(recovery) != 10 {
			t.Fatalf("%v %v", recovery, err)
		}
		half := h.half(t, "ani@toko.example")
		if _, err := h.Authenticate(withCookie(half)); !errors.Is(err, member.ErrSignIn) {
			t.Errorf("half a session as a whole one: got %v", err)
		}
		if _, err := h.FinishLogin(ctx, half, used); !errors.Is(err, factor.ErrCode) {
			t.Errorf("the code that was used: got %v", err)
		}
		h.later()
		next := h.code(t, setup.Secret)
		e, err := h.FinishLogin(ctx, half, next[:3]+" "+next[3:])
		if err != nil || h.caller(t, e.Token).WorkspaceID != w {
			t.Errorf("%+v %v", e, err)
		}
		if _, err := h.FinishLogin(ctx, half, recovery[0]); !errors.Is(err, member.ErrHalf) {
			t.Errorf("the half session again: got %v", err)
		}
		if _, err := h.FinishLogin(ctx, h.half(t, "ani@toko.example"), next); !errors.Is(err, factor.ErrCode) {
			t.Errorf("one code for two sign-ins: got %v", err)
		}
		if _, err := h.FinishLogin(ctx, h.half(t, "ani@toko.example"), strings.ToUpper(strings.ReplaceAll(recovery[3], "-", " "))); err != nil {
			t.Errorf("a recovery code: got %v", err)
		}
		if _, err := h.FinishLogin(ctx, h.half(t, "ani@toko.example"), recovery[3]); !errors.Is(err, factor.ErrCode) {
			t.Errorf("a recovery code again: got %v", err)
		}
		if state, err := h.SecondFactor(ctx, p); err != nil || !state.TOTP || state.RecoveryCodes != 9 {
			t.Errorf("%+v %v", state, err)
		}
		got := h.deeds(t, w)
		for _, want := range []string{"second_factor.added", "second_factor.refused", "recovery_code.used"} {
			if !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, want+" ") }) {
				t.Errorf("the log has no %s: %q", want, got)
			}
		}
	})
}

func TestSecondFactorsAreTakenAway(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		w := h.workspace(t)
		m, _ := h.member(t, w, "ani@toko.example", member.Agent)
		h.member(t, w, "budi@toko.example", member.Owner)
		h.member(t, w, "cici@toko.example", member.Admin)
		_, p := h.login(t, "ani@toko.example")
		_, owner := h.login(t, "budi@toko.example")
		_, admin := h.login(t, "cici@toko.example")
		_, first := h.withApp(t, p)
		if _, err := h.BeginTOTP(ctx, p, password); !errors.Is(err, factor.ErrAlready) {
			t.Errorf("a second app: got %v", err)
		}
		second, err := h.NewRecoveryCodes(ctx, p, password)
		if err != nil || len(second) != 10 {
			t.Fatal(second, err)
		}
		if _, err := h.FinishLogin(ctx, h.half(t, "ani@toko.example"), first[0]); !errors.Is(err, factor.ErrCode) {
			t.Errorf("a replaced recovery code: got %v", err)
		}
		if err := h.RemoveTOTP(ctx, p, "wrong password"); !isFault(err, fault.Invalid, "password") {
			t.Errorf("without the password: got %v", err)
		}
		if err := h.RemoveTOTP(ctx, p, password); err != nil {
			t.Fatal(err)
		}
		if state, err := h.SecondFactor(ctx, p); err != nil || state.RecoveryCodes != 0 || state.Any() {
			t.Errorf("after the last one: %+v %v", state, err)
		}
		h.later()
		_, p = h.login(t, "ani@toko.example")
		h.withApp(t, p)
		half := h.half(t, "ani@toko.example")
		if err := h.ResetSecondFactor(ctx, admin, m.ID); !errors.Is(err, member.ErrOwnerNeeded) {
			t.Errorf("by an admin: got %v", err)
		}
		if err := h.ResetSecondFactor(ctx, owner, m.ID); err != nil {
			t.Fatal(err)
		}
		h.login(t, "ani@toko.example")
		if !slices.Contains(h.deeds(t, w), "second_factor.reset system ") {
			t.Errorf("the log: %q", h.deeds(t, w))
		}
		if err := h.ChangePassword(ctx, p, password, "a new secret"); err != nil {
			t.Fatal(err)
		}
		if _, err := h.FinishLogin(ctx, half, "000000"); !errors.Is(err, member.ErrHalf) {
			t.Errorf("half a session of the old password: got %v", err)
		}
	})
}

func TestCodesAreNotGuessed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		h.member(t, h.workspace(t), "ani@toko.example", member.Owner)
		_, p := h.login(t, "ani@toko.example")
		secret, _ := h.withApp(t, p)
		h.later()
		one := h.half(t, "ani@toko.example")
		for range 8 {
			if _, err := h.FinishLogin(ctx, one, "abcdef"); !errors.Is(err, factor.ErrCode) {
				t.Fatalf("got %v", err)
			}
		}
		if _, err := h.FinishLogin(ctx, one, h.code(t, secret)); !errors.Is(err, member.ErrHalf) {
			t.Errorf("after eight tries: got %v", err)
		}
		two := h.half(t, "ani@toko.example")
		var err error
		for range 3 {
			_, err = h.FinishLogin(ctx, two, "abcdef")
		}
		if !isFault(err, fault.Limited, "") {
			t.Errorf("with a new half session: got %v, want a Limited fault", err)
		}
		h.clock.Add(int64(6 * time.Minute))
		if _, err := h.FinishLogin(ctx, two, h.code(t, secret)); !errors.Is(err, member.ErrHalf) {
			t.Errorf("after six minutes: got %v", err)
		}
	})
}

// What a browser does, from the password to the session.
func TestTheSecondStepOverHTTP(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	secret, _ := s.withApp(t, s.caller(t, s.keys["agent"]))
	s.later()
	status, body, header := s.do(t, "guest", "POST", "/login", `{"email":"agent@toko.example","password":"`+password+`"}`)
	var answer member.LoginAnswer
	if err := json.Unmarshal([]byte(body), &answer); err != nil || status != 200 || answer.SecondFactor == nil || answer.Member != nil || answer.Workspace != nil {
		t.Fatalf("got %d %s", status, body)
	}
	cookies := (&http.Response{Header: header}).Cookies()
	if len(cookies) != 1 || cookies[0].Name != "ping_half" || cookies[0].Path != "/api/v1/login" || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteStrictMode {
		t.Fatalf("got cookies %v", cookies)
	}
	half := "ping_half=" + cookies[0].Value
	if status, body, _ := s.do(t, "guest", "GET", "/me", "", "Cookie", half+"; ping_session="+cookies[0].Value); status != 401 {
		t.Errorf("half a session reads who it is: %d %s", status, body)
	}
	status, body, header = s.do(t, "guest", "POST", "/login/second-factor", `{"code":"`+s.code(t, secret)+`"}`, "Cookie", half)
	if err := json.Unmarshal([]byte(body), &answer); err != nil || status != 200 || answer.Member == nil || answer.Workspace.ID != s.home {
		t.Fatalf("got %d %s", status, body)
	}
	cookies = (&http.Response{Header: header}).Cookies()
	if len(cookies) != 2 || cookies[0].Name != "ping_session" || cookies[1].Name != "ping_half" || cookies[1].MaxAge >= 0 {
		t.Fatalf("got cookies %v", cookies)
	}
	if status, body, _ := s.do(t, "guest", "GET", "/members", "", "Cookie", "ping_session="+cookies[0].Value); status != 200 || strings.Count(body, `"second_factor":true`) != 1 {
		t.Errorf("got %d %s", status, body)
	}
}
