// Package web owns the built pages that the binary carries.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Dist is what the build of the pages left, each file with its .br and .gz beside it where they are smaller. Without a
// build there is no index.html in it.
func Dist() (fs.FS, error) { return fs.Sub(dist, "dist") }
