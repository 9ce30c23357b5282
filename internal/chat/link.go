package chat

import (
	"strings"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// ErrLink means that a preview is of no address in the text.
var ErrLink = fault.New(fault.Invalid, "link_not_in_text", fault.Text{
	ID: "Pratinjau harus untuk alamat http atau https yang ada di teks.", EN: "A preview must be of an http or https address that is in the text.",
}).WithField("link")

// LinkOut is a link preview with words of one's own.
type LinkOut struct {
	URL         string `json:"url" minLength:"1" maxLength:"2048" doc:"An address that is in the text, word by word"`
	Title       string `json:"title" minLength:"1" maxLength:"200"`
	Description string `json:"description,omitempty" maxLength:"1000"`
}

// link is the preview that was asked for; nil when there is none.
func (s Said) link() (*device.Link, error) {
	l := s.Link
	if l == nil {
		return nil, nil
	}
	if !strings.HasPrefix(l.URL, "http://") && !strings.HasPrefix(l.URL, "https://") || !strings.Contains(s.Text, l.URL) {
		return nil, ErrLink
	}
	return &device.Link{URL: l.URL, Title: l.Title, Description: l.Description}, nil
}
