package apiapp_test

import (
	"testing"

	"github.com/pingcrm/pingcrm/internal/kit/seal"
)

// signer is an installation of its own.
func signer(t *testing.T) *seal.Box {
	t.Helper()
	box, err := seal.Load(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	return box
}
