package control_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/wasim"
)

type changed struct {
	Next   string   `json:"next"`
	All    bool     `json:"all"`
	Phones []string `json:"phones"`
}

type news struct {
	Next     string          `json:"next"`
	All      bool            `json:"all"`
	Messages []wasim.Message `json:"messages"`
	Seen     []wasim.Sight   `json:"seen"`
}

func TestAPhoneIsFollowed(t *testing.T) {
	t.Parallel()
	r := start(t)
	ani, budi := r.network.Phone("Ani"), r.network.Phone("Budi")
	path := "/v1/phones/" + ani.Number() + "/changes"
	empty := do[news](r, "GET", path, nil)
	if !empty.All || empty.Next == "" || empty.Messages == nil || empty.Seen == nil {
		t.Errorf("of a new phone: got %+v, want everything, in lists", empty)
	}
	id := do[object](r, "POST", "/v1/phones/"+budi.Number()+"/messages", object{
		"to": ani.Number(), "location": object{"latitude": -6.2, "longitude": 106.8, "name": "Toko"},
	})["id"].(string)
	came := do[news](r, "GET", path+"?wait=20&after="+empty.Next, nil)
	if len(came.Messages) != 1 || came.Messages[0].ID != id || came.Messages[0].Location == nil || came.All {
		t.Fatalf("what came: got %+v, want the place", came)
	}
	if p := do[struct {
		Unread int   `json:"unread"`
		Newest int64 `json:"newest_ms"`
	}](r, "GET", "/v1/phones/"+ani.Number(), nil); p.Unread != 1 || p.Newest != came.Messages[0].TimestampMS {
		t.Errorf("the phone: got %+v, want one unread of %d", p, came.Messages[0].TimestampMS)
	}
	do[object](r, "POST", "/v1/phones/"+ani.Number()+"/read", object{"chat": budi.Number()})
	do[object](r, "POST", "/v1/phones/"+budi.Number()+"/typing", object{"chat": ani.Number()})
	statuses, typing := []string{}, ""
	for at := came.Next; typing == "" || len(statuses) == 0; {
		n := do[news](r, "GET", path+"?wait=20&limit=1&after="+at, nil)
		for _, m := range n.Messages {
			statuses = append(statuses, m.Status)
		}
		for _, s := range n.Seen {
			typing = s.Who + " " + s.Typing
		}
		at = n.Next
	}
	if !slices.Equal(statuses, []string{"read"}) || typing != budi.Number()+" composing" {
		t.Errorf("then: got statuses %q and %q, want read, and Budi composing", statuses, typing)
	}
	for _, unknown := range []string{"x", "x-5", "zzzzzzzz-3", came.Next + "999999"} {
		if n := do[news](r, "GET", path+"?wait=20&after="+unknown, nil); !n.All || len(n.Messages) != 1 {
			t.Errorf("after %q: got %+v, want everything at once", unknown, n)
		}
	}
}

func TestAllPhonesAreFollowedInOneRequest(t *testing.T) {
	t.Parallel()
	r := start(t)
	ani := do[phone](r, "POST", "/v1/phones", object{"name": "Ani"})
	all := do[changed](r, "GET", "/v1/changes?wait=20", nil)
	if diff := cmp.Diff(changed{Next: all.Next, All: true, Phones: []string{ani.Number}}, all); diff != "" {
		t.Errorf("from the beginning (-want +got):\n%s", diff)
	}
	if none := do[changed](r, "GET", "/v1/changes?after="+all.Next, nil); none.Next != all.Next || none.All || none.Phones == nil || len(none.Phones) != 0 {
		t.Errorf("nothing happened: got %+v, want an empty list", none)
	}
	budi := do[phone](r, "POST", "/v1/phones", object{"name": "Budi"})
	if fresh := do[changed](r, "GET", "/v1/changes?wait=20&after="+all.Next, nil); !slices.Equal(fresh.Phones, []string{budi.Number}) {
		t.Errorf("a new phone: got %+v, want %s", fresh, budi.Number)
	}
	if again := do[changed](r, "GET", "/v1/changes?wait=20&after=another-1", nil); !again.All || len(again.Phones) != 2 {
		t.Errorf("after a point of another run: got %+v, want everything", again)
	}
}

func TestFollowingThatIsRefused(t *testing.T) {
	t.Parallel()
	r := start(t)
	path := "/v1/phones/" + r.network.Phone("Ani").Number() + "/changes"
	for _, query := range []string{"wait=31", "wait=-1", "wait=x", "limit=0", "limit=1001", "limit=x", "wait=1e3"} {
		r.refused("GET", path+"?"+query, "", 422, "invalid_field")
		if query[0] == 'w' {
			r.refused("GET", "/v1/changes?"+query, "", 422, "invalid_field")
		}
	}
	r.refused("GET", "/v1/phones/0811/changes", "", 404, "unknown_phone")
	r.refused("POST", path, "{}", 405, "method_not_allowed")
}

func TestAFileIsGivenInParts(t *testing.T) {
	t.Parallel()
	r := start(t)
	ani, budi := r.network.Phone("Ani"), r.network.Phone("Budi")
	id := do[object](r, "POST", "/v1/phones/"+budi.Number()+"/messages", object{
		"to": ani.Number(), "media": object{"type": "audio", "mime": "audio/mpeg", "data": []byte("0123456789")},
	})["id"].(string)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.base+"/v1/phones/"+budi.Number()+"/messages/"+id+"/media", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Range", "bytes=2-4")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	part := make([]byte, 10)
	n, _ := resp.Body.Read(part)
	if got := string(part[:n]); resp.StatusCode != http.StatusPartialContent || got != "234" || resp.Header.Get("Content-Type") != "audio/mpeg" {
		t.Errorf("bytes 2 to 4: got %d %q as %q, want 206, \"234\" as audio/mpeg", resp.StatusCode, got, resp.Header.Get("Content-Type"))
	}
}
