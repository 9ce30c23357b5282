package device_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/device/devicetest"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
)

func TestWhatIsKeptAsideIsListedInPages(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		h.Received.Add("broken", func(context.Context, device.Arrival) error { return errors.New("a defect") })
		s := served(t, h.Service)
		devicetest.Serve(t, h.Service)
		dev := h.net.Connect(t, h.Service, "w", "62811")
		for i := range 3 {
			from := device.Peer{Addresses: []device.Address{{Kind: device.AddressPhone, Value: fmt.Sprint("6281", i)}}}
			h.net.Write(dev.ID, device.Inbound{
				NetworkID: fmt.Sprint("N", i), Chat: from, Sender: from, At: int64(i + 1), Content: device.Content{
					Kind: device.KindImage, Text: "foto", Media: &device.Media{Remote: []byte("keys"), MIME: "image/png"},
				},
			})
		}
		if err := h.net.Settle(wait(t), dev.ID); err != nil {
			t.Fatal(err)
		}
		path, next, seen := "/devices/"+dev.ID+"/quarantine?limit=2", "", map[any]bool{}
		for pages := 0; ; pages++ {
			status, got := call(t, s, "w", "GET", path+"&after="+next, "")
			list, _ := got["items"].([]any)
			if status != http.StatusOK || pages > 2 {
				t.Fatalf("page %d: %d %v", pages, status, got)
			}
			for _, m := range list {
				one, _ := m.(map[string]any)
				content, _ := one["content"].(map[string]any)
				media, _ := content["media"].(map[string]any)
				if one["reason"] == "" || content["text"] != "foto" || media["mime"] != "image/png" || media["remote"] != nil {
					t.Errorf("it is shown as %v", one)
				}
				seen[one["network_id"]] = true
			}
			if next, _ = got["next"].(string); next == "" {
				break
			}
		}
		if len(seen) != 3 || !seen["N0"] || !seen["N2"] {
			t.Errorf("saw %v, want all three", seen)
		}
		if status, got := call(t, s, "x", "GET", path, ""); status != http.StatusNotFound {
			t.Errorf("a stranger: %d %v", status, got)
		}
	})
}
