package control_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"

	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/control"
	"github.com/pingcrm/pingcrm/wasim/wasimtest"
)

// folderVariable makes the test binary a network of its own, to be killed.
const folderVariable = "WASIM_CONTROL_TEST_FOLDER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(folderVariable); dir != "" {
		fmt.Fprintln(os.Stderr, serveFolder(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// serveFolder runs a network on a folder until the process is killed.
func serveFolder(dir string) error {
	network, err := wasim.New(wasim.Options{Dir: dir, FastPairing: true})
	if err != nil {
		return err
	}
	return control.Serve(context.Background(), control.Config{Listen: "127.0.0.1:0", Network: network}, func(s *control.Server) {
		fmt.Println(s.URL())
	})
}

// child is a network in a process of its own.
type child struct {
	*remote
	cmd  *exec.Cmd
	dial string
}

func startChild(t *testing.T, dir string) *child {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), folderVariable+"="+dir)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		_ = cmd.Wait()
		t.Fatalf("the network's process did not start: %v\n%s", err, stderr.String())
	}
	c := &child{remote: &remote{t: t, base: strings.TrimSpace(line)}, cmd: cmd}
	c.dial = do[struct{ Dial string }](c.remote, "GET", "/v1/network", nil).Dial
	return c
}

// kill ends the process the hard way.
func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
}

// awaitMessage polls a phone of another process.
func (c *child) awaitMessage(number, id string) {
	c.t.Helper()
	end := time.Now().Add(wasimtest.Timeout)
	for time.Now().Before(end) {
		for _, m := range do[[]message](c.remote, "GET", "/v1/phones/"+number+"/messages", nil) {
			if m.ID == id {
				return
			}
		}
	}
	c.t.Fatalf("the phone %s has no message %s", number, id)
}

// awaitSaved waits until an id is in the file of a phone.
func awaitSaved(t *testing.T, dir, number, id string) {
	t.Helper()
	path := filepath.Join(dir, "phones", number+".json")
	end := time.Now().Add(wasimtest.Timeout)
	for time.Now().Before(end) {
		if data, err := os.ReadFile(path); err == nil && bytes.Contains(data, []byte(id)) {
			return
		}
	}
	t.Fatalf("message %s was not written to %s within %s", id, path, wasimtest.Timeout)
}

// What was written down before each of several kills is there afterwards, once and in
// order, and both sides go on writing to each other.
func TestKilledNetworkGoesOn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	client := wasimtest.NewClient(t, wasimtest.Network(t, wasim.Options{}))
	inbox := make(chan string, 1000)
	client.AddEventHandler(func(event any) {
		if m, ok := event.(*events.Message); ok && !m.Info.IsFromMe {
			inbox <- m.Message.GetConversation()
		}
	})
	var toko, budi phone
	var sent []string
	for round := range 4 {
		c := startChild(t, dir)
		wasimtest.Point(client.Client, wasimtest.Dial(c.dial))
		if round == 0 {
			toko = do[phone](c.remote, "POST", "/v1/phones", object{"name": "Toko"})
			budi = do[phone](c.remote, "POST", "/v1/phones", object{"name": "Budi"})
			codes, err := client.GetQRChannel(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := client.Connect(); err != nil {
				t.Fatalf("Connect: %v", err)
			}
			do[object](c.remote, "POST", "/v1/phones/"+toko.Number+"/scan", object{"code": (<-codes).Code})
		} else if err := client.Connect(); err != nil {
			t.Fatalf("Connect in round %d: %v", round, err)
		}
		if !client.WaitForConnection(wasimtest.Timeout) {
			t.Fatalf("round %d: the client did not log in", round)
		}
		sent = append(sent, talkOverHTTP(t, c, client, inbox, toko.Number, budi.Number, round)...)
		awaitSaved(t, dir, budi.Number, sent[len(sent)-1])
		client.Disconnect()
		c.kill()
	}
	c := startChild(t, dir)
	defer c.kill()
	var got []string
	for _, m := range do[[]message](c.remote, "GET", "/v1/phones/"+budi.Number+"/messages", nil) {
		got = append(got, m.ID)
	}
	if strings.Join(got, " ") != strings.Join(sent, " ") {
		t.Errorf("Budi's messages after the kills:\n got %v\nwant %v", got, sent)
	}
}

// talkOverHTTP sends a text each way and returns their ids.
func talkOverHTTP(t *testing.T, c *child, client *wasimtest.Client, inbox <-chan string, toko, budi string, round int) []string {
	t.Helper()
	text := fmt.Sprint("round ", round)
	in := do[object](c.remote, "POST", "/v1/phones/"+budi+"/messages", object{"to": toko, "text": text})["id"].(string)
	timeout := time.NewTimer(wasimtest.Timeout)
	defer timeout.Stop()
	for arrived := ""; arrived != text; {
		select {
		case arrived = <-inbox:
		case <-timeout.C:
			t.Fatalf("round %d: the client did not get the text", round)
		}
	}
	to := types.NewJID(budi, types.DefaultUserServer)
	out, err := client.SendMessage(t.Context(), to, &waE2E.Message{Conversation: proto.String("answer " + text)})
	if err != nil {
		t.Fatalf("round %d: SendMessage: %v", round, err)
	}
	c.awaitMessage(budi, out.ID)
	return []string{in, out.ID}
}
