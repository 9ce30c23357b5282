package passkey

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
)

func key(t *testing.T, seed byte) *Key {
	t.Helper()
	k, err := New(rand.NewChaCha8([32]byte{seed}))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestAnAnswerHoldsForItsOwnQuestionOnly(t *testing.T) {
	t.Parallel()
	k, challenge := key(t, 1), []byte("a challenge of the network's")
	options, err := k.Request(challenge)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := k.Answer(options)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Check(answer, challenge); err != nil {
		t.Errorf("the right answer: %v", err)
	}
	if err := key(t, 1).Check(answer, challenge); err != nil {
		t.Errorf("the key made again of the same bytes: %v", err)
	}
	for name, err := range map[string]error{
		"another challenge": k.Check(answer, []byte("another")),
		"another key":       key(t, 2).Check(answer, challenge),
		"no JSON":           k.Check([]byte("{"), challenge),
		"empty":             k.Check([]byte("{}"), challenge),
		"another type":      k.Check(bytes.Replace(answer, []byte(`"clientDataJSON":"`), []byte(`"clientDataJSON":"AAAA`), 1), challenge),
		"another signature": k.Check(bytes.Replace(answer, []byte(`"signature":"M`), []byte(`"signature":"N`), 1), challenge),
	} {
		if !errors.Is(err, ErrAssertion) {
			t.Errorf("%s: got %v, want ErrAssertion", name, err)
		}
	}
}

func TestAKeyAnswersOnlyWhatIsItsOwn(t *testing.T) {
	t.Parallel()
	k := key(t, 1)
	options, err := k.Request([]byte("challenge"))
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"another page": strings.Replace(string(options), RelyingParty, "example.com", 1),
		"another key":  strings.Replace(string(options), text(k.id), text([]byte("somebody else's")), 1),
		"no JSON":      "null and void",
		"nothing":      "{}",
	} {
		if _, err := k.Answer([]byte(bad)); !errors.Is(err, ErrOptions) {
			t.Errorf("%s: got %v, want ErrOptions", name, err)
		}
	}
}

func FuzzCheck(f *testing.F) {
	k, err := New(rand.NewChaCha8([32]byte{3}))
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"rawId":"AA","response":{"clientDataJSON":"e30","authenticatorData":"AA","signature":"AA"}}`))
	f.Fuzz(func(t *testing.T, answer []byte) {
		if k.Check(answer, []byte("never asked")) == nil {
			t.Errorf("%q holds for a question that nobody has answered", answer)
		}
	})
}
