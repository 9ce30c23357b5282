package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/pingcrm/pingcrm/internal/device/whatsapp"
	"github.com/pingcrm/pingcrm/internal/event"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
)

// Document is the API's OpenAPI document as a server of this version would answer it, indented. It puts the program
// together in a folder that it leaves no trace of; nothing of it runs.
func Document(ctx context.Context, version string) (text []byte, err error) {
	dir, err := os.MkdirTemp("", "pingcrm-openapi-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the document: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	// Nobody answers at that address: even if something ran, it would reach nothing.
	nowhere := &whatsapp.Network{RootKey: [32]byte{1}, Addr: "127.0.0.1:9"}
	a, err := New(ctx, Config{Data: dir, Version: version, Log: slog.New(slog.DiscardHandler), Network: nowhere})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	return json.MarshalIndent(httpx.Whole(a.api.OpenAPI(), event.Describe), "", "  ")
}
