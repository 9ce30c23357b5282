package newsletter

import (
	"context"
	"net/http"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/file"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/module"
	"github.com/pingcrm/pingcrm/internal/member"
)

// Module is the feature as the program lists it.
func Module(s *Service) module.Module {
	return module.Module{Name: "newsletter", Upgrades: upgrades(), API: s.register}
}

// View is a newsletter as the API shows it.
type View struct {
	ID          string `json:"id" doc:"Its address on the network" example:"120363144038483540@newsletter"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Invite      string `json:"invite,omitempty" doc:"The code of its link"`
	Followers   int    `json:"followers"`
	Role        string `json:"role" doc:"owner, admin, subscriber or guest"`
	Muted       bool   `json:"muted"`
	CreatedAt   int64  `json:"created_at,omitempty" doc:"Unix milliseconds"`
}

// PostView is a post as the API shows it.
type PostView struct {
	Number    int            `json:"number" doc:"By which the network counts the posts of a newsletter"`
	NetworkID string         `json:"network_id"`
	Kind      device.Kind    `json:"kind"`
	Text      string         `json:"text,omitempty"`
	Media     *device.Media  `json:"media,omitempty" doc:"What is known of its file, which is fetched by the post's number"`
	At        int64          `json:"at" doc:"Unix milliseconds"`
	Views     int            `json:"views"`
	Reactions map[string]int `json:"reactions" doc:"How many there are of each"`
}

// Said is what somebody wants to post.
type Said struct {
	Text   string      `json:"text,omitempty" maxLength:"16384" doc:"The text, or the caption of a file; up to 4096 characters"`
	FileID string      `json:"file_id,omitempty" maxLength:"64" doc:"An uploaded file"`
	Kind   device.Kind `json:"kind,omitempty" enum:"image,video,audio,voice,document,sticker" doc:"Chosen by the file when left out"`
}

type (
	deviceIn struct {
		ID string `path:"id" maxLength:"64" doc:"The device's id"`
	}
	oneIn struct {
		ID         string `path:"id" maxLength:"64" doc:"The device's id"`
		Newsletter string `path:"newsletter" maxLength:"128" doc:"Its address or the code of its link"`
	}
	createIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The device's id"`
		Body struct {
			Name        string `json:"name" maxLength:"400" doc:"1 to 100 characters"`
			Description string `json:"description,omitempty" maxLength:"4096"`
		}
	}
	followIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The device's id"`
		Body struct {
			Newsletter string `json:"newsletter" minLength:"1" maxLength:"256" doc:"Its address, the code of its link, or the link"`
		}
	}
	postIn struct {
		ID         string `path:"id" maxLength:"64" doc:"The device's id"`
		Newsletter string `path:"newsletter" maxLength:"128" doc:"Its address"`
		Body       Said
	}
	postsIn struct {
		ID         string `path:"id" maxLength:"64" doc:"The device's id"`
		Newsletter string `path:"newsletter" maxLength:"128" doc:"Its address"`
		Limit      int    `query:"limit" minimum:"1" maximum:"100" default:"50" doc:"How many at most"`
		Before     int    `query:"before" minimum:"0" maximum:"2147483647" doc:"Posts with a smaller number than this"`
	}
	reactIn struct {
		ID         string `path:"id" maxLength:"64" doc:"The device's id"`
		Newsletter string `path:"newsletter" maxLength:"128" doc:"Its address"`
		Body       struct {
			Number int    `json:"number" minimum:"1" maximum:"2147483647" doc:"The post's"`
			Emoji  string `json:"emoji" maxLength:"64" doc:"Empty takes the reaction back"`
		}
	}
	numberIn struct {
		ID         string `path:"id" maxLength:"64" doc:"The device's id"`
		Newsletter string `path:"newsletter" maxLength:"128" doc:"Its address"`
		Number     int    `path:"number" minimum:"1" maximum:"2147483646" doc:"The post's"`
	}
	oneOut   struct{ Body View }
	listOut  struct{ Body httpx.List[View] }
	postOut  struct{ Body PostView }
	postsOut struct {
		Body struct {
			Items []PostView `json:"items" doc:"In time order"`
		}
	}
)

func (s *Service) register(h huma.API) {
	const one = "/devices/{id}/newsletters/{newsletter}"
	httpx.Handle(h, "GET /devices/{id}/newsletters", member.ReadDevices, "Show the newsletters that a device's account follows or writes", s.list)
	httpx.Handle(h, "POST /devices/{id}/newsletters", member.WriteDevices, "Make a newsletter", s.create, httpx.Answers(http.StatusCreated))
	httpx.Handle(h, "POST /devices/{id}/newsletters/follow", member.WriteDevices, "Follow a newsletter", s.follow)
	httpx.Handle(h, "GET "+one, member.ReadDevices, "Show a newsletter", s.get)
	httpx.Handle(h, "DELETE "+one, member.WriteDevices, "Stop following a newsletter", s.unfollow)
	httpx.Handle(h, "GET "+one+"/messages", member.ReadDevices, "Show a stretch of a newsletter's posts", s.posts)
	httpx.Handle(h, "POST "+one+"/messages", member.SendMessages, "Post to a newsletter", s.post, httpx.Answers(http.StatusCreated))
	httpx.Handle(h, "GET "+one+"/messages/{number}/media", member.ReadDevices, "Give the file of a newsletter's post", s.media)
	httpx.Handle(h, "PUT "+one+"/mute", member.WriteDevices, "Mute a newsletter", s.mute)
	httpx.Handle(h, "DELETE "+one+"/mute", member.WriteDevices, "Take back that a newsletter is muted", s.unmute)
	httpx.Handle(h, "POST "+one+"/reactions", member.SendMessages, "React to a post", s.react)
}

func (s *Service) list(ctx context.Context, in *deviceIn) (*listOut, error) {
	out := &listOut{Body: httpx.List[View]{Items: []View{}}}
	err := ask(ctx, s, in.ID, patience, func(ctx context.Context, _ device.Device, l device.NewsletterLister) error {
		list, err := l.Newsletters(ctx)
		for _, n := range list {
			out.Body.Items = append(out.Body.Items, View(n))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (s *Service) create(ctx context.Context, in *createIn) (*oneOut, error) {
	name := strings.TrimSpace(db.Text(in.Body.Name))
	if n := utf8.RuneCountInString(name); n < 1 || n > 100 {
		return nil, errName
	}
	out := &oneOut{}
	err := ask(ctx, s, in.ID, patience, func(ctx context.Context, _ device.Device, m device.NewsletterMaker) error {
		n, err := m.CreateNewsletter(ctx, name, db.Text(in.Body.Description))
		out.Body = View(n)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// find looks a newsletter up by whatever names it.
func (s *Service) find(ctx context.Context, deviceID, ref string) (n device.Newsletter, err error) {
	err = ask(ctx, s, deviceID, patience, func(ctx context.Context, _ device.Device, f device.NewsletterFinder) error {
		n, err = f.Newsletter(ctx, ref)
		return err
	})
	return n, err
}

func (s *Service) get(ctx context.Context, in *oneIn) (*oneOut, error) {
	n, err := s.find(ctx, in.ID, in.Newsletter)
	if err != nil {
		return nil, err
	}
	return &oneOut{View(n)}, nil
}

func (s *Service) follow(ctx context.Context, in *followIn) (*oneOut, error) {
	n, err := s.find(ctx, in.ID, in.Body.Newsletter)
	if err != nil {
		return nil, err
	}
	if err := s.setFollowing(ctx, in.ID, n.ID, device.Follow); err != nil {
		return nil, err
	}
	return s.get(ctx, &oneIn{in.ID, n.ID})
}

func (s *Service) unfollow(ctx context.Context, in *oneIn) (*struct{}, error) {
	return nil, s.setFollowing(ctx, in.ID, in.Newsletter, device.Unfollow)
}

func (s *Service) setFollowing(ctx context.Context, deviceID, id string, action device.FollowAction) error {
	return ask(ctx, s, deviceID, patience, func(ctx context.Context, _ device.Device, f device.NewsletterFollower) error {
		return f.FollowNewsletter(ctx, id, action)
	})
}

func (s *Service) posts(ctx context.Context, in *postsIn) (*postsOut, error) {
	out := &postsOut{}
	out.Body.Items = []PostView{}
	err := ask(ctx, s, in.ID, patience, func(ctx context.Context, _ device.Device, r device.NewsletterReader) error {
		list, err := r.NewsletterPosts(ctx, in.Newsletter, in.Before, in.Limit)
		for _, p := range list {
			out.Body.Items = append(out.Body.Items, postView(p))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (s *Service) post(ctx context.Context, in *postIn) (*postOut, error) {
	c, err := s.content(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, postPatience)
	defer cancel()
	out, networkID := &postOut{}, "" // under one id it is one post, however often it is sent
	err = device.AskUntilKnown(ctx, s.devices, s.caller(ctx), in.ID, func(ctx context.Context, d device.Device, w device.NewsletterWriter) error {
		if networkID == "" {
			networkID = s.devices.NewNetworkID(d)
		}
		p, err := w.PostNewsletter(ctx, in.Newsletter, networkID, c)
		out.Body = postView(p)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (s *Service) react(ctx context.Context, in *reactIn) (*struct{}, error) {
	return nil, ask(ctx, s, in.ID, patience, func(ctx context.Context, _ device.Device, r device.NewsletterReacter) error {
		return r.ReactNewsletter(ctx, in.Newsletter, in.Body.Number, in.Body.Emoji)
	})
}

// postView shows a post, without what is only the driver's.
func postView(p device.NewsletterPost) PostView {
	if p.Media != nil {
		m := *p.Media
		m.Remote = nil
		p.Media = &m
	}
	if p.Reactions == nil {
		p.Reactions = map[string]int{}
	}
	return PostView(p)
}

// media asks for the post anew: where its file lies is kept nowhere.
func (s *Service) media(ctx context.Context, in *numberIn) (*file.Served, error) {
	var m *device.Media
	var of device.Device
	err := ask(ctx, s, in.ID, patience, func(ctx context.Context, d device.Device, r device.NewsletterReader) error {
		list, err := r.NewsletterPosts(ctx, in.Newsletter, in.Number+1, 1)
		if of = d; err == nil && (len(list) == 0 || list[0].Number != in.Number) {
			return errPost
		}
		if err == nil {
			m = list[0].Media
		}
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case m == nil:
		return nil, errNoMedia
	case len(m.Remote) == 0:
		return nil, device.ErrMediaGone
	}
	ctx, cancel := context.WithTimeout(ctx, postPatience)
	defer cancel()
	return file.Passing(m.MIME, m.Filename, func(to *os.File) error { return s.devices.DownloadTo(ctx, of, *m, to) })
}

func (s *Service) mute(ctx context.Context, in *oneIn) (*struct{}, error) {
	return nil, s.setMuted(ctx, in, device.Mute)
}

func (s *Service) unmute(ctx context.Context, in *oneIn) (*struct{}, error) {
	return nil, s.setMuted(ctx, in, device.Unmute)
}

func (s *Service) setMuted(ctx context.Context, in *oneIn, action device.MuteAction) error {
	return ask(ctx, s, in.ID, patience, func(ctx context.Context, _ device.Device, m device.NewsletterMuter) error {
		return m.MuteNewsletter(ctx, in.Newsletter, action)
	})
}
