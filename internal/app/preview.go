package app

import (
	"context"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/outbound"
	"github.com/pingcrm/pingcrm/internal/kit/unfurl"
)

// maxLinkAnswer is the largest answer of a page or its picture that is taken in, in bytes.
const maxLinkAnswer = 4 << 20

// previewer shows what the page of a text's first address says of itself. A page that does not answer, or says nothing,
// is no reason not to send the text.
func (a *App) previewer() func(context.Context, string) *device.Link {
	reach := outbound.Public
	if a.conf.Network != nil {
		reach = outbound.PublicAndLoopback
	}
	pages := unfurl.New(outbound.New(outbound.Options{
		Reach: reach, Follow: outbound.AnyHost, Timeout: 5 * time.Second, MaxResponse: maxLinkAnswer,
	}))
	return func(ctx context.Context, text string) *device.Link {
		address := unfurl.FirstURL(text)
		if address == "" {
			return nil
		}
		p, err := pages.Read(ctx, address)
		if err != nil {
			a.log.InfoContext(ctx, "a link is sent without a preview", "error", err)
			return nil
		}
		return &device.Link{URL: p.URL, Title: p.Title, Description: p.Description, Thumbnail: p.Thumbnail}
	}
}
