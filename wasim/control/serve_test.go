package control

import (
	"encoding/json"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/wasim"
)

// Who follows the network with a long wait does not hold up its end.
func TestWaitsEndWithTheServer(t *testing.T) {
	t.Parallel()
	network, err := wasim.New(wasim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = network.Close() }()
	server, err := Start(Config{Listen: "127.0.0.1:0", Network: network})
	if err != nil {
		t.Fatal(err)
	}
	next := ""
	for _, query := range []string{"", "?wait=30&after="} {
		began := time.Now()
		answer := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "http://127.0.0.1/v1/changes"+query+next, nil)
		r.RemoteAddr = "127.0.0.1:9"
		server.http.Handler.ServeHTTP(answer, r)
		var got changedAnswer
		if err := json.Unmarshal(answer.Body.Bytes(), &got); err != nil {
			t.Fatalf("changes%s: %d %s: %v", query, answer.Code, answer.Body, err)
		}
		if took := time.Since(began); answer.Code != 200 || took > 20*time.Second {
			t.Errorf("changes%s: got %d after %v, want 200 at once", query, answer.Code, took)
		}
		next = got.Next
		server.Close()
	}
}
