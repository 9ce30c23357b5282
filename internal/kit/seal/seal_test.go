package seal_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/pingcrm/pingcrm/internal/kit/seal"
)

func load(t testing.TB, folder, secret string) *seal.Box {
	t.Helper()
	b, err := seal.Load(folder, secret)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSealAndOpen(t *testing.T) {
	t.Parallel()
	b := load(t, t.TempDir(), "")
	for _, plain := range []string{"", "x", strings.Repeat("long ", 1000), "\x00\xff"} {
		one, err := b.Seal([]byte(plain))
		if err != nil {
			t.Fatal(err)
		}
		two, err := b.Seal([]byte(plain))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(one, two) {
			t.Errorf("%.10q: sealed twice alike", plain)
		}
		if got, err := b.Open(one); err != nil || string(got) != plain {
			t.Errorf("%.10q: opened as %.10q, %v", plain, got, err)
		}
		for i := range one {
			damaged := bytes.Clone(one)
			damaged[i] ^= 1
			if _, err := b.Open(damaged); err == nil {
				t.Fatalf("%.10q: a change of byte %d went unnoticed", plain, i)
			}
		}
		if _, err := b.Open(one[:len(one)-1]); err == nil {
			t.Errorf("%.10q: a missing byte went unnoticed", plain)
		}
	}
	for _, bad := range [][]byte{nil, {}, {1}, {9, 9}} {
		if _, err := b.Open(bad); err == nil {
			t.Errorf("opened %v", bad)
		}
	}
}

func TestKeyFileIsMadeOncePrivatelyAndKept(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "new")
	boxes := make([]*seal.Box, 8)
	var wg sync.WaitGroup
	for i := range boxes { // processes that start at once
		wg.Go(func() { boxes[i], _ = seal.Load(folder, "") })
	}
	wg.Wait()
	text, err := boxes[0].SealText("rahasia")
	if err != nil {
		t.Fatal(err)
	}
	boxes[0] = load(t, folder, "") // a later start
	for i, b := range boxes {
		if got, err := b.OpenText(text); err != nil || got != "rahasia" {
			t.Errorf("box %d: got %q %v", i, string(got), err)
		}
	}
	files, err := os.ReadDir(folder)
	if err != nil || len(files) != 1 {
		t.Fatalf("the folder holds %v %v, want the key alone", files, err)
	}
	info, err := files[0].Info()
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key file has mode %v %v, want 600", info.Mode(), err)
	}
}

func TestOtherKeyDoesNotOpen(t *testing.T) {
	t.Parallel()
	a, b := load(t, "", "a long enough secret"), load(t, "", "another long secret")
	text, err := a.SealText("rahasia")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.OpenText(text); err == nil {
		t.Error("another key opened it")
	}
	if got, err := load(t, "", "a long enough secret").OpenText(text); err != nil || got != "rahasia" {
		t.Errorf("the same secret: got %q %v", string(got), err)
	}
	if _, err := a.OpenText("%%%"); err == nil {
		t.Error("opened nonsense")
	}
	if text, err := a.SealText(""); err != nil || text != "" {
		t.Errorf("empty sealed as %q %v", text, err)
	}
	if _, err := seal.Load("", "short"); err == nil {
		t.Error("a short secret was taken")
	}
}

func TestDamagedKeyFileIsNotReplaced(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := filepath.Join(folder, "secret.key")
	if err := os.WriteFile(file, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Load(folder, ""); err == nil || !strings.Contains(err.Error(), "backup") {
		t.Errorf("got %v, want an error that says what to do", err)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "half" {
		t.Errorf("the file is %q %v now", text, err)
	}
}

func TestSecretHides(t *testing.T) {
	t.Parallel()
	s := seal.Secret("hunter2")
	v := struct{ Password seal.Secret }{s}
	asJSON, err := json.Marshal(map[string]any{"v": v})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(h).Info("x", "secret", s, "struct", v)
	}
	for how, text := range map[string]string{
		"JSON": string(asJSON), "log": log.String(), "%v": fmt.Sprint(s, v), "%+v %#v %s %q": fmt.Sprintf("%+v %#v %s %q", v, v, s, s),
		"error": fmt.Errorf("with %s", s).Error(),
	} {
		if strings.Contains(text, "hunter2") {
			t.Errorf("%s shows it: %s", how, text)
		}
	}
	if string(s) != "hunter2" || seal.Secret("").String() != "" {
		t.Error("a secret is not its text any more")
	}
}

func FuzzOpen(f *testing.F) {
	b, err := seal.Load("", "a long enough secret")
	if err != nil {
		f.Fatal(err)
	}
	good, _ := b.Seal([]byte("x"))
	f.Add(good)
	f.Fuzz(func(t *testing.T, sealed []byte) {
		if plain, err := b.Open(sealed); err == nil && !bytes.Equal(sealed, good) {
			t.Errorf("%x opened as %q", sealed, plain)
		}
	})
}
