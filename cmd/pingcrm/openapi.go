package main

import (
	"context"
	"fmt"

	"github.com/pingcrm/pingcrm/internal/app"
)

// openAPICmd prints what GET /api/v1/openapi.json answers, without a server.
type openAPICmd struct{}

// Run prints the document.
func (openAPICmd) Run(ctx context.Context) error {
	text, err := app.Document(ctx, version)
	if err != nil {
		return err
	}
	_, err = fmt.Println(string(text))
	return err
}
