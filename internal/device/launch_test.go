package device_test

import (
	"testing"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/device/devicetest"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
)

// A device that turns out not to be linked, once its lease is taken, is given free again at once.
func TestADeviceThatIsNotToRunIsGivenFree(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		devicetest.Serve(t, h.Service)
		dev, err := h.Create(wait(t), "w", "loopback", "Kasir", device.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		h.Adopt(wait(t), dev)
		devicetest.Eventually(t, func() bool {
			var expires int64
			err := d.QueryRow(wait(t), `SELECT expires_at FROM device_leases WHERE workspace_id = $1 AND device_id = $2`, "w", dev.ID).Scan(&expires)
			return err == nil && expires == 0
		}, func() string { return "its lease is not taken and given free" })
	})
}

// What a process left behind that was killed while its device was connected is not shown as connected by the next.
func TestADeviceOfAnEarlierLifeIsOnItsWay(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	h := newHouse(t, d)
	dev, err := h.Create(wait(t), "w", "loopback", "Kasir", device.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Exec(wait(t), `UPDATE devices SET state = 'online', linked = 1 WHERE workspace_id = $1 AND id = $2`, "w", dev.ID); err != nil {
		t.Fatal(err)
	}
	s := served(t, h.Service)
	for _, path := range []string{"/devices", "/devices/" + dev.ID} {
		status, got := call(t, s, "w", "GET", path, "")
		if items, ok := got["items"].([]any); ok && len(items) == 1 {
			got, _ = items[0].(map[string]any)
		}
		if status != 200 || got["state"] != "connecting" {
			t.Errorf("%s: %d %v, want connecting", path, status, got)
		}
	}
}
