//go:build !strike

package main

import "github.com/pingcrm/pingcrm/internal/kit/db"

// strike is for the binary of the whole-server tests.
func strike() db.Strike { return nil }
