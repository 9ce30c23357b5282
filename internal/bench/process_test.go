package main

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestKernelAccounts(t *testing.T) {
	t.Parallel()
	stat := "12 (a ) b) S 1 12 12 0 -1 4194560 1000 0 0 0 150 25 0 0 20 0 9 0 123 1 1\n"
	if got, err := parseStat([]byte(stat)); err != nil || got != 1750*time.Millisecond {
		t.Errorf("got %v, %v, want 1.75 s", got, err)
	}
	for _, bad := range []string{"", "12 (a) S 1", "12 (a) S 1 2 3 4 5 6 7 8 9 10 x y 1 2"} {
		if _, err := parseStat([]byte(bad)); !errors.Is(err, errStat) {
			t.Errorf("parseStat(%q): got %v, want %v", bad, err, errStat)
		}
	}
	status := "Name:\tpingcrm\nVmHWM:\t  9000 kB\nVmRSS:\t  8500 kB\n"
	if got, err := parseAccount([]byte(status), "VmRSS:"); err != nil || got != 8500 {
		t.Errorf("got %v, %v, want 8500", got, err)
	}
	if _, err := parseAccount([]byte(status), "Pss:"); !errors.Is(err, errStat) {
		t.Errorf("got %v, want %v", err, errStat)
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"halo #bare-1.0-7":                   "bare-1.0-7",
		"Selamat datang! halo #product-2":    "product-2",
		"Nomor #3 sudah siap. #product-1-44": "product-1-44",
		"tanpa tanda":                        "",
	} {
		if got := tokenIn(text); got != want {
			t.Errorf("tokenIn(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestPacedKeepsThePaceAndEndsWithAnError(t *testing.T) {
	t.Parallel()
	began, calls := time.Now(), make(chan int, 20)
	err := paced(t.Context(), 20, 200, func(_ context.Context, i int) error { calls <- i; return nil })
	if took := time.Since(began); err != nil || len(calls) != 20 || took < 95*time.Millisecond {
		t.Errorf("got %d calls in %v, %v; want 20 in no less than 95 ms", len(calls), took, err)
	}
	boom := errors.New("boom")
	err = paced(t.Context(), 1000, 50, func(_ context.Context, i int) error {
		if i == 1 {
			return boom
		}
		return nil
	})
	if !errors.Is(err, boom) {
		t.Errorf("got %v, want %v", err, boom)
	}
}
