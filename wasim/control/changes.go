package control

import (
	"cmp"
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pingcrm/pingcrm/wasim"
)

const (
	// maxWait is how long a request may wait for news, in seconds.
	maxWait = 30
	// maxNews bounds the messages of one answer.
	maxNews = 1000
)

// changeRoutes are how somebody follows what happens, without asking for everything again and again.
func (a *api) changeRoutes() []route {
	return []route{
		{"GET", "/v1/changes", smallBody, a.listChanged},
		{"GET", "/v1/phones/{number}/changes", smallBody, a.onPhone(a.phoneChanges)},
	}
}

// newRun names this run of the interface: points of the network's life are not those of another run's.
func newRun() string { return strings.ToLower(rand.Text()[:8]) }

// following is what a request says that follows.
type following struct {
	after uint64 // 0 is from the beginning
	wait  time.Duration
	limit int
}

// follow reads after, wait and limit. An after of another run is as good as none.
func (a *api) follow(r *http.Request) (following, error) {
	query := r.URL.Query()
	wait, err := number(query.Get("wait"), 0, 0, maxWait)
	if err != nil {
		return following{}, errBadField.with("wait has to be from 0 to %d seconds", maxWait)
	}
	limit, err := number(query.Get("limit"), maxNews, 1, maxNews)
	if err != nil {
		return following{}, errBadField.with("limit has to be from 1 to %d messages", maxNews)
	}
	f := following{wait: time.Duration(wait) * time.Second, limit: limit}
	after := query.Get("after")
	if len(after) > maxField {
		return following{}, errBadField.with("after is shorter than %d bytes", maxField)
	}
	if run, point, ok := strings.Cut(after, "-"); ok && run == a.run {
		f.after, _ = strconv.ParseUint(point, 10, 64)
	}
	return f, nil
}

// number reads a number of a query; what is not said is usual.
func number(text string, usual, least, most int) (int, error) {
	n, err := strconv.Atoi(cmp.Or(text, strconv.Itoa(usual)))
	if err == nil && (n < least || n > most) {
		err = strconv.ErrRange
	}
	return n, err
}

// waiting is the ctx of a request that waits: it ends with the caller, after its time, and when the server stops.
func (a *api) waiting(r *http.Request, f following) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(r.Context(), f.wait)
	stop := context.AfterFunc(a.serving, cancel)
	return ctx, func() {
		stop()
		cancel()
	}
}

func (a *api) cursor(at uint64) string { return a.run + "-" + strconv.FormatUint(at, 10) }

type changedAnswer struct {
	Next string `json:"next"`
	// All says that this is from the beginning.
	All    bool     `json:"all"`
	Phones []string `json:"phones"`
}

func (a *api) listChanged(_ http.ResponseWriter, r *http.Request) (any, error) {
	f, err := a.follow(r)
	if err != nil {
		return nil, err
	}
	ctx, cancel := a.waiting(r, f)
	defer cancel()
	at, numbers := a.network.Changes(ctx, f.after)
	slices.Sort(numbers)
	if numbers == nil {
		numbers = []string{}
	}
	return changedAnswer{Next: a.cursor(at), All: f.after == 0 || f.after > at, Phones: numbers}, nil
}

type newsAnswer struct {
	Next     string          `json:"next"`
	All      bool            `json:"all"`
	Messages []wasim.Message `json:"messages"`
	Seen     []wasim.Sight   `json:"seen"`
}

func (a *api) phoneChanges(_ http.ResponseWriter, r *http.Request, p *wasim.Phone) (any, error) {
	f, err := a.follow(r)
	if err != nil {
		return nil, err
	}
	ctx, cancel := a.waiting(r, f)
	defer cancel()
	n := p.News(ctx, f.after, f.limit)
	return newsAnswer{Next: a.cursor(n.At), All: n.All, Messages: n.Messages, Seen: n.Sights}, nil
}
