//go:build !strike

package main

import "time"

// wall is the machine's clock; nil is time.Now. The binary of the whole-server tests has one that can be set.
func wall() func() time.Time { return nil }
