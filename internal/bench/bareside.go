package main

import (
	"context"
	"net/http"

	"github.com/pingcrm/pingcrm/wasim"
)

// bareCommand is the first argument with which this program is the bare client.
const bareCommand = "bare"

// bareSpeech is how the bare client is talked to.
type bareSpeech struct{}

func (bareSpeech) args(listen, data, network string) []string {
	return []string{bareCommand, listen, data, network}
}

func (bareSpeech) authorize(*http.Request) {}

func (bareSpeech) send(to, text string) (string, any) { return "/send", bareSend{To: to, Text: text} }

func (b bareSpeech) prepare(ctx context.Context, s *subject) error {
	if _, err := s.start(ctx); err != nil {
		return err
	}
	if err := s.call(ctx, http.MethodPost, "/hook", bareHook{URL: s.sim.hook}, nil); err != nil {
		return err
	}
	s.shop = s.sim.net.Phone("Toko Telanjang")
	return b.link(ctx, s, s.shop)
}

func (bareSpeech) link(ctx context.Context, s *subject, phone *wasim.Phone) error {
	var shown bareCode
	if err := s.call(ctx, http.MethodPost, "/link", nil, &shown); err != nil {
		return err
	}
	return scan(ctx, phone, shown.Code)
}
