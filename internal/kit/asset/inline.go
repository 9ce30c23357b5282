package asset

import (
	"crypto/sha256"
	"encoding/base64"
	"io/fs"
	"strings"
)

// Inline are the scripts and styles that stand in the first page itself, each as a source of a Content-Security-Policy
// ('sha256-…'): a page may run these and nothing else that somebody got into it.
type Inline struct{ Scripts, Styles []string }

// Inline is what the first page has in itself; nothing without a build.
func (s *Site) Inline() (Inline, error) {
	if !s.Built() {
		return Inline{}, nil
	}
	page, err := fs.ReadFile(s.files, indexName)
	if err != nil {
		return Inline{}, err
	}
	return Inline{Scripts: hashes(string(page), "script"), Styles: hashes(string(page), "style")}, nil
}

// hashes are those of a page's elements that have no attributes, which is how the build writes what is inline.
func hashes(page, element string) []string {
	var all []string
	for {
		_, rest, found := strings.Cut(page, "<"+element+">")
		text, after, ended := strings.Cut(rest, "</"+element+">")
		if !found || !ended {
			return all
		}
		sum := sha256.Sum256([]byte(text))
		all = append(all, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
		page = after
	}
}
