package device_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/device/devicetest"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/kit/seal"
)

// sealing gives a service what it needs for proxies; bad.example is an address that may not be called.
func sealing(t *testing.T) func(*device.Config) {
	t.Helper()
	box, err := seal.Load("", "a long enough secret")
	if err != nil {
		t.Fatal(err)
	}
	return func(c *device.Config) {
		c.Seal = box
		c.CheckURL = func(address string) error {
			if strings.Contains(address, "bad.example") {
				return errors.New("may not be called")
			}
			return nil
		}
	}
}

// TestAProxyIsKeptSecret sets a proxy: what is shown and stored of it holds no password, and the device connects anew.
func TestAProxyIsKeptSecret(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, sealing(t))
		devicetest.Serve(t, h.Service)
		dev := h.net.Connect(t, h.Service, "w", "62811")
		s := served(t, h.Service)
		before, _ := h.Live(dev.ID)
		status, got := call(t, s, "w", "PATCH", "/devices/"+dev.ID, `{"proxy":"SOCKS5://toko:rahasia@proxy.example:1080/"}`)
		if status != 200 || got["proxy"] != "socks5://proxy.example:1080" {
			t.Fatalf("set: %d %v, want it shown without a password", status, got)
		}
		var stored string
		if err := d.QueryRow(wait(t), `SELECT settings FROM devices WHERE workspace_id = $1 AND id = $2`, "w", dev.ID).Scan(&stored); err != nil {
			t.Fatal(err)
		}
		if all, _ := json.Marshal(got); strings.Contains(stored+string(all), "rahasia") {
			t.Errorf("the password is readable in %s or %s", stored, all)
		}
		devicetest.Eventually(t, func() bool {
			now, online := h.Live(dev.ID)
			return online && now.Epoch != before.Epoch
		}, func() string { return "the device did not connect anew" })
		if _, got = call(t, s, "w", "PATCH", "/devices/"+dev.ID, `{"name":"Lain"}`); got["proxy"] != "socks5://proxy.example:1080" {
			t.Errorf("after another change the proxy is %v", got["proxy"])
		}
		if _, got = call(t, s, "w", "PATCH", "/devices/"+dev.ID, `{"proxy":""}`); got["proxy"] != nil {
			t.Errorf("after it was taken away the proxy is %v", got["proxy"])
		}
	})
}

// TestBadProxiesChangeNothing refuses what is no proxy without repeating it.
func TestBadProxiesChangeNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.SQLite(t), sealing(t))
	s := served(t, h.Service)
	dev, err := h.Create(wait(t), "w", devicetest.LoopbackChannel, "Kasir", device.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		"proxy.example:1080", "ftp://proxy.example:21", "socks5://proxy.example", "socks5://:1080", "http://proxy.example:0", "http://proxy.example:70000",
		"http://proxy.example:3128/path", "http://proxy.example:3128?x=1", "http://proxy.example:3128#x", "http://u:sandiku@%zz:1", "file:///etc/passwd",
		"http://" + strings.Repeat("a", 300) + ":sandiku@proxy.example:1", "http://bad.example:3128",
	} {
		body, _ := json.Marshal(map[string]string{"proxy": bad, "name": "Ganti"})
		status, got := call(t, s, "w", "PATCH", "/devices/"+dev.ID, string(body))
		said, _ := got["error"].(map[string]any)
		if status != 422 || said["code"] != "proxy_invalid" || strings.Contains(fmt.Sprint(got), "sandiku") {
			t.Errorf("%.40q: %d %v, want 422 proxy_invalid without the password", bad, status, got)
		}
	}
	if now, err := h.Get(wait(t), "w", dev.ID); err != nil || now != dev {
		t.Errorf("the device is %+v, %v; want %+v", now, err, dev)
	}
}
