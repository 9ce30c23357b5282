package wasim_test

import (
	"encoding/json"
	"errors"
	"testing"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types"

	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/wasimtest"
)

// gated makes a phone with a passkey and a client whose code it is scanning; scanned says how that ended.
func gated(t *testing.T, opts wasim.Options) (n *wasim.Network, phone *wasim.Phone, c *wasimtest.Client, items <-chan whatsmeow.QRChannelItem, scanned chan error) {
	t.Helper()
	n = wasimtest.Network(t, opts)
	phone = n.Phone("Toko")
	phone.RequirePasskey()
	c = wasimtest.NewClient(t, n)
	items, err := c.GetQRChannel(deadline(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Connect(); err != nil {
		t.Fatal(err)
	}
	scanned = make(chan error, 1)
	item := <-items
	go func() {
		_, err := phone.Scan(deadline(t), item.Code)
		scanned <- err
	}()
	return n, phone, c, items, scanned
}

// asked waits for the request of the passkey and returns its options.
func asked(t *testing.T, items <-chan whatsmeow.QRChannelItem) []byte {
	t.Helper()
	for item := range items {
		if item.Event == whatsmeow.QRChannelEventPasskeyRequest {
			options, err := json.Marshal(item.PasskeyRequest.PublicKey)
			if err != nil {
				t.Fatal(err)
			}
			return options
		}
	}
	t.Fatal("nobody asked for a passkey")
	return nil
}

func answered(t *testing.T, phone *wasim.Phone, options []byte) *types.WebAuthnResponse {
	t.Helper()
	answer, err := phone.AnswerPasskey(options)
	if err != nil {
		t.Fatalf("AnswerPasskey: %v", err)
	}
	var r types.WebAuthnResponse
	if err := json.Unmarshal(answer, &r); err != nil {
		t.Fatal(err)
	}
	return &r
}

func TestLinkingByPasskey(t *testing.T) {
	t.Parallel()
	_, phone, c, items, scanned := gated(t, wasim.Options{})
	options := asked(t, items)
	wrong := answered(t, phone, options)
	wrong.Response.Signature[10] ^= 1
	if err := c.SendPasskeyResponse(deadline(t), wrong); !errors.Is(err, whatsmeow.ErrIQNotAuthorized) {
		t.Errorf("a wrong answer: got %v, want not-authorized", err)
	}
	if got := phone.Companions(); len(got) != 0 {
		t.Errorf("a wrong answer linked %v", got)
	}
	if err := c.SendPasskeyResponse(deadline(t), answered(t, phone, options)); err != nil {
		t.Fatalf("the right answer: %v", err)
	}
	if err := <-scanned; err != nil {
		t.Fatalf("Scan: %v", err)
	}
	if got := phone.Companions(); len(got) != 1 || phone.LinkingCode() == "" {
		t.Errorf("linked %v with the code %q, want one device and a code", got, phone.LinkingCode())
	}
	if !c.WaitForConnection(wasimtest.Timeout) {
		t.Error("the linked device did not log in")
	}
}

func TestAPasskeyIsOfItsAccount(t *testing.T) {
	t.Parallel()
	n, phone, c, items, scanned := gated(t, wasim.Options{})
	options := asked(t, items)
	other := n.Phone("Lain")
	if _, err := other.AnswerPasskey(options); !errors.Is(err, wasim.ErrNoPasskey) {
		t.Errorf("a phone without a passkey: got %v, want ErrNoPasskey", err)
	}
	other.RequirePasskey()
	if _, err := other.AnswerPasskey(options); err == nil {
		t.Error("another account's passkey answers")
	}
	c.Disconnect()
	if err := <-scanned; !errors.Is(err, wasim.ErrLinking) {
		t.Errorf("the device gave up: got %v, want ErrLinking", err)
	}
	phone.DropPasskey()
	if _, err := phone.AnswerPasskey(options); !errors.Is(err, wasim.ErrNoPasskey) {
		t.Errorf("after it was dropped: got %v, want ErrNoPasskey", err)
	}
}

func TestAPasskeySurvivesARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n := wasimtest.Network(t, wasim.Options{Dir: dir})
	phone := n.Phone("Toko")
	phone.RequirePasskey()
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	again, ok := wasimtest.Network(t, wasim.Options{Dir: dir}).PhoneByNumber(phone.Number())
	if !ok || !again.HasPasskey() {
		t.Errorf("found %v, with a passkey %v, want both", ok, ok && again.HasPasskey())
	}
}
