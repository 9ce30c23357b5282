package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// network is the control interface of a simulated network, ours or another's.
type network struct {
	base string
	http *http.Client
}

func newNetwork(base string) *network {
	return &network{base: strings.TrimSuffix(base, "/"), http: &http.Client{
		Timeout: 30 * time.Second, Transport: &http.Transport{Proxy: nil},
	}}
}

// phone is a simulated person's phone.
type phone struct {
	Number string `json:"number"`
	Name   string `json:"name"`
}

// message is one message as a phone shows it.
type message struct {
	ID     string `json:"id"`
	Chat   string `json:"chat"`
	FromMe bool   `json:"from_me"`
	Type   string `json:"type"`
	Text   string `json:"text"`
}

func (n *network) addPhone(ctx context.Context, name string) (p phone, err error) {
	err = n.call(ctx, http.MethodPost, "/v1/phones", map[string]string{"name": name}, &p)
	return p, err
}

func (n *network) scan(ctx context.Context, number, code string) error {
	return n.call(ctx, http.MethodPost, "/v1/phones/"+url.PathEscape(number)+"/scan", map[string]string{"code": code}, nil)
}

func (n *network) send(ctx context.Context, number, to, text string) error {
	return n.call(ctx, http.MethodPost, "/v1/phones/"+url.PathEscape(number)+"/messages", map[string]string{"to": to, "text": text}, nil)
}

func (n *network) read(ctx context.Context, number, chat string) error {
	return n.call(ctx, http.MethodPost, "/v1/phones/"+url.PathEscape(number)+"/read", map[string]string{"chat": chat}, nil)
}

func (n *network) messages(ctx context.Context, number, after string) (list []message, err error) {
	path := "/v1/phones/" + url.PathEscape(number) + "/messages"
	if after != "" {
		path += "?after=" + url.QueryEscape(after)
	}
	return list, n.call(ctx, http.MethodGet, path, nil, &list)
}

// call makes one request; what is not a success is an error with the network's own words.
func (n *network) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, n.base+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := n.http.Do(req)
	if err != nil {
		return fmt.Errorf("ask the simulated network: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	if err != nil {
		return fmt.Errorf("read the simulated network's answer: %w", err)
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("the simulated network refused %s %s: %s: %s", method, path, resp.Status, bytes.TrimSpace(data))
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(data, out)
}
