package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/pingcrm/pingcrm/wasim"
)

// pingcrm is how the product is talked to: by its API.
type pingcrm struct {
	demo   bool // prepare makes the shop with the demo and then goes on without
	key    string
	device string
}

func (p *pingcrm) args(listen, data, network string) []string {
	args := []string{"serve", "--listen", listen, "--data", data, "--network", network, "--log-level", "warn"}
	if p.demo {
		args = append(args, "--demo")
	}
	return args
}

func (p *pingcrm) authorize(r *http.Request) { r.Header.Set("Authorization", "Bearer "+p.key) }

func (p *pingcrm) send(to, text string) (string, any) {
	return "/api-app/whatsapp/send-message", map[string]string{
		"phone": to, "device_key": p.device, "api_key": p.key, "method": "text", "text": text,
	}
}

// prepare lets the demo make a shop with a linked number, replaces its rules by ours and starts the product again
// without the demo's customers.
func (p *pingcrm) prepare(ctx context.Context, s *subject) error {
	p.demo = true
	if _, err := s.start(ctx); err != nil {
		return err
	}
	number, err := p.recall(ctx, s)
	if err != nil {
		return fmt.Errorf("wait for the demo's shop: %w", err)
	}
	var ok bool
	if s.shop, ok = s.sim.net.PhoneByNumber(number); !ok {
		return fmt.Errorf("%w: no phone %s", errStat, number)
	}
	if err := p.rules(ctx, s); err != nil {
		return err
	}
	if err := s.call(ctx, http.MethodPatch, "/api/v1/devices/"+p.device, map[string]string{"webhook_url": s.sim.hook}, nil); err != nil {
		return err
	}
	s.stop()
	p.demo = false
	if _, err := s.start(ctx); err != nil {
		return err
	}
	s.devices = 1
	return p.online(ctx, s, p.device)
}

// recall waits for demo.json and a linked number.
func (p *pingcrm) recall(ctx context.Context, s *subject) (number string, err error) {
	var demo struct {
		APIKey  string `json:"api_key"`
		Devices []struct{ ID, Number string }
	}
	err = eventually(ctx, time.Minute, 20*time.Millisecond, func() (bool, error) {
		data, err := os.ReadFile(filepath.Join(s.data, "demo.json"))
		if err != nil || json.Unmarshal(data, &demo) != nil || len(demo.Devices) == 0 || demo.Devices[0].Number == "" {
			return false, nil //nolint:nilerr // not written yet
		}
		p.key, p.device = demo.APIKey, demo.Devices[0].ID
		return true, nil
	})
	if err != nil {
		return "", err
	}
	return demo.Devices[0].Number, p.online(ctx, s, p.device)
}

// online waits until a device is connected.
func (*pingcrm) online(ctx context.Context, s *subject, id string) error {
	return eventually(ctx, time.Minute, 10*time.Millisecond, func() (bool, error) {
		var d struct{ State string }
		err := s.call(ctx, http.MethodGet, "/api/v1/devices/"+id, nil, &d)
		return d.State == "online", err
	})
}

// rules leaves one rule: it answers greetings.
func (*pingcrm) rules(ctx context.Context, s *subject) error {
	var list struct{ Items []struct{ ID string } }
	if err := s.call(ctx, http.MethodGet, "/api/v1/rules", nil, &list); err != nil {
		return err
	}
	for _, r := range list.Items {
		if err := s.call(ctx, http.MethodDelete, "/api/v1/rules/"+r.ID, nil, nil); err != nil {
			return err
		}
	}
	return s.call(ctx, http.MethodPost, "/api/v1/rules", map[string]any{
		"name": "Salam",
		"when": map[string]any{"trigger": "keyword", "match": "starts_with", "words": []string{greeting}},
		"then": []any{map[string]any{"text": answer + " {message}"}},
	}, nil)
}

func (p *pingcrm) link(ctx context.Context, s *subject, phone *wasim.Phone) error {
	var made struct{ ID string }
	body := map[string]string{"channel": "whatsapp", "name": phone.Name()}
	if err := s.call(ctx, http.MethodPost, "/api/v1/devices", body, &made); err != nil {
		return err
	}
	path := "/api/v1/devices/" + made.ID + "/link"
	if err := s.call(ctx, http.MethodPost, path, map[string]string{"method": "qr"}, nil); err != nil {
		return err
	}
	scanned := false
	return eventually(ctx, time.Minute, 5*time.Millisecond, func() (bool, error) {
		var step struct{ Step, Code, Reason string }
		if err := s.call(ctx, http.MethodGet, path, nil, &step); err != nil {
			return false, err
		}
		if step.Step == "failed" {
			return false, fmt.Errorf("%w: linking failed: %s", errAnswer, step.Reason)
		}
		if step.Step == "show_code" && !scanned {
			scanned = true
			return false, scan(ctx, phone, step.Code)
		}
		return step.Step == "done", nil
	})
}
