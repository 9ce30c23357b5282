package control

import (
	"context"
	"errors"
	"net/http"

	"github.com/pingcrm/pingcrm/wasim"
)

var errNoNewsletter = &Fault{404, "unknown_newsletter", "there is no newsletter %s; GET …/newsletters lists those that the phone follows"}

// newsletterRoutes are the newsletters that a phone writes and follows.
func (a *api) newsletterRoutes() []route {
	const phone = "/v1/phones/{number}"
	return []route{
		{"GET", phone + "/newsletters", smallBody, a.onPhone(listNewsletters)},
		{"POST", phone + "/newsletters", smallBody, a.onPhone(makeNewsletter)},
		{"POST", phone + "/newsletters/{id}/follow", smallBody, a.onPhone(followNewsletter)},
		{"GET", phone + "/newsletters/{id}/messages", smallBody, a.onPhone(listPosts)},
		{"POST", phone + "/newsletters/{id}/messages", smallBody, a.onPhone(makePost)},
	}
}

func listNewsletters(_ http.ResponseWriter, _ *http.Request, p *wasim.Phone) (any, error) {
	return p.Newsletters(), nil
}

func makeNewsletter(_ http.ResponseWriter, r *http.Request, p *wasim.Phone) (any, error) {
	var req struct{ Name, Description string }
	if err := decode(r, &req, strict); err != nil {
		return nil, err
	}
	id, err := p.CreateNewsletter(r.Context(), req.Name, req.Description)
	if err != nil {
		return nil, refusedBy(r, errNotDone, err)
	}
	return sendAnswer{ID: id}, nil
}

func followNewsletter(_ http.ResponseWriter, r *http.Request, p *wasim.Phone) (any, error) {
	err := p.FollowNewsletter(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, errNoNewsletter.with("%.60q", r.PathValue("id"))
	}
	return struct{}{}, nil
}

func listPosts(_ http.ResponseWriter, r *http.Request, p *wasim.Phone) (any, error) {
	posts, err := p.NewsletterPosts(r.PathValue("id"))
	if err != nil {
		return nil, errNoNewsletter.with("%.60q", r.PathValue("id"))
	}
	return posts, nil
}

func makePost(_ http.ResponseWriter, r *http.Request, p *wasim.Phone) (any, error) {
	var req struct{ Text string }
	if err := decode(r, &req, strict); err != nil {
		return nil, err
	}
	if req.Text == "" {
		return nil, errBadField.with("text is missing")
	}
	return done(r, func(ctx context.Context) error {
		_, err := p.PostNewsletter(ctx, r.PathValue("id"), req.Text)
		if errors.Is(err, wasim.ErrNewsletter) {
			return errNoNewsletter.with("%.60q", r.PathValue("id"))
		}
		return err
	})
}
