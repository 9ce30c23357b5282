// Package demo owns the demo: a small shop with a linked number, and customers who behave a little.
package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/pingcrm/pingcrm/internal/app"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/member"
)

// Config says where the demo lives.
type Config struct {
	App        *app.App
	Log        *slog.Logger
	Data       string // folder of demo.json
	URL        string // of the server, without a slash at the end
	NetworkURL string // control interface of the simulated network
	// Own says that the network is the demo's own: its people then show and do a little of everything. On a network of
	// somebody else they only write.
	Own bool
}

// Facts is demo.json: everything that somebody needs to try the demo.
type Facts struct {
	URL         string   `json:"url"`
	Email       string   `json:"email"`
	Password    string   `json:"password"`
	APIKey      string   `json:"api_key"`
	WorkspaceID string   `json:"workspace_id"`
	Devices     []Number `json:"devices"`
	NetworkURL  string   `json:"network_url"`
	Phones      []Person `json:"phones"`
}

// Number is a device of the demo with the phone number that it is linked to.
type Number struct {
	ID     string `json:"id"`
	Number string `json:"number"`
}

// Person is a simulated customer.
type Person struct {
	Number string `json:"number"`
	Name   string `json:"name"`
}

// linkPatience is how long linking the demo's number may take.
const linkPatience = 60 * time.Second

// Prepare makes the demo's shop, phones and link where they are not there yet, and writes demo.json, for its owner's
// eyes only. Called again on the same folder it goes on where it was. The app must be running.
func Prepare(ctx context.Context, c Config) (Facts, error) {
	net := newNetwork(c.NetworkURL)
	f, err := c.recall(ctx)
	if err != nil {
		return Facts{}, err
	}
	fresh := f.APIKey == ""
	if fresh {
		if f, err = c.seed(ctx); err != nil {
			return Facts{}, fmt.Errorf("make the demo's shop: %w", err)
		}
	}
	f.URL, f.NetworkURL = c.URL, c.NetworkURL
	if err := c.people(ctx, net, &f); err != nil {
		return Facts{}, err
	}
	if err := c.link(ctx, net, &f); err != nil {
		return Facts{}, err
	}
	if err := c.write(f); err != nil {
		return Facts{}, err
	}
	if fresh {
		c.open(ctx, net, f)
		if c.Own {
			c.play(ctx, net, f)
		}
	}
	return f, nil
}

func (c Config) file() string { return filepath.Join(c.Data, "demo.json") }

// recall reads demo.json; empty when there is none, or when its key opens nothing (any more).
func (c Config) recall(ctx context.Context) (f Facts, err error) {
	data, err := os.ReadFile(c.file())
	if errors.Is(err, fs.ErrNotExist) {
		return Facts{}, nil
	}
	if err != nil {
		return Facts{}, fmt.Errorf("read demo.json: %w", err)
	}
	if err := json.Unmarshal(data, &f); err != nil {
		return Facts{}, nil //nolint:nilerr // a torn file is as good as none: the demo is made anew
	}
	_, err = c.App.Members.ByAPIKey(ctx, f.APIKey)
	if errors.Is(err, member.ErrKey) || len(f.Devices) == 0 {
		return Facts{}, nil
	}
	return f, err
}

// write puts demo.json in its place in one step.
func (c Config) write(f Facts) error {
	data, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	tmp := c.file() + ".tmp"
	if err := os.WriteFile(tmp, append(data, '\n'), 0o600); err != nil {
		return fmt.Errorf("write demo.json: %w", err)
	}
	if err := os.Rename(tmp, c.file()); err != nil {
		return fmt.Errorf("put demo.json in its place: %w", err)
	}
	return nil
}

// people makes the phones that are not there yet: the shop's own and the customers'. The network may have forgotten
// them (another one is used, or it was told to keep nothing).
func (c Config) people(ctx context.Context, net *network, f *Facts) error {
	var known []phone
	if err := net.call(ctx, "GET", "/v1/phones", nil, &known); err != nil {
		return err
	}
	has := map[string]bool{}
	for _, p := range known {
		has[p.Number] = true
	}
	if len(f.Phones) == 0 || !has[f.Phones[0].Number] {
		f.Phones = nil
		for _, who := range customers {
			p, err := net.addPhone(ctx, who.name)
			if err != nil {
				return err
			}
			f.Phones = append(f.Phones, Person{Number: p.Number, Name: who.name})
		}
	}
	if !has[f.Devices[0].Number] {
		p, err := net.addPhone(ctx, shopName)
		if err != nil {
			return err
		}
		f.Devices[0].Number = p.Number
	}
	return c.write(*f)
}

// link links the shop's number by scanning the code on its simulated phone, unless it is linked.
func (c Config) link(ctx context.Context, net *network, f *Facts) error {
	ctx, cancel := context.WithTimeout(ctx, linkPatience)
	defer cancel()
	number := &f.Devices[0]
	d, err := c.App.Devices.Get(ctx, f.WorkspaceID, number.ID)
	if err != nil {
		return fmt.Errorf("the demo's device: %w", err)
	}
	if d.Linked && d.Account.Number == number.Number {
		return nil
	}
	if d.Linked { // to a phone of another network
		if _, err := c.App.Devices.Unlink(ctx, f.WorkspaceID, number.ID); err != nil {
			return fmt.Errorf("unlink the demo's device: %w", err)
		}
	}
	step, err := c.App.Devices.StartLink(ctx, f.WorkspaceID, number.ID, device.LinkRequest{Method: device.LinkQR})
	scanned := ""
	for err == nil && step.Code != device.StepDone {
		if step.Code == device.StepFailed {
			return fmt.Errorf("linking the demo's number failed: %s", step.Reason)
		}
		if step.Code == device.StepShowCode && step.Show != scanned {
			scanned = step.Show
			if err := net.scan(ctx, number.Number, step.Show); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return errors.New("linking the demo's number took too long")
		case <-time.After(20 * time.Millisecond):
		}
		step, err = c.App.Devices.LinkStep(ctx, f.WorkspaceID, number.ID)
	}
	if err != nil {
		return fmt.Errorf("link the demo's number: %w", err)
	}
	return nil
}
