// Package unfurl owns what a web page says of itself: the title, the words and the picture that are shown beside a link.
package unfurl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"

	"github.com/pingcrm/pingcrm/internal/kit/outbound"
	"github.com/pingcrm/pingcrm/internal/kit/picture"
)

const (
	// patience is how long a page and its picture may take together: somebody waits for their message to be taken.
	patience = 5 * time.Second
	// maxPage is how much of a page is read; what it says of itself stands at its begin.
	maxPage = 512 << 10
	// maxPicture is the largest picture that is fetched.
	maxPicture = 2 << 20
	// side is how wide or high the small picture is at most, in pixels.
	side = 160

	maxTitle       = 300
	maxDescription = 1000
)

// Page is what a page says of itself. All of it is text from outside.
type Page struct {
	URL         string // as it stood in the text
	Title       string
	Description string
	Thumbnail   []byte // a small JPEG; may be nil
}

var errNothing = errors.New("the page says nothing of itself")

// Reader reads pages.
type Reader struct {
	out      *outbound.Outbound
	pictures *picture.Shop
}

// New makes a reader that reaches what out does.
func New(out *outbound.Outbound) *Reader { return &Reader{out: out, pictures: picture.New()} }

// FirstURL is the first http or https address in a text, "" when it has none.
func FirstURL(text string) string {
	for word := range strings.FieldsSeq(text) {
		lower := strings.ToLower(word)
		if !strings.HasPrefix(lower, "http://") && !strings.HasPrefix(lower, "https://") {
			continue
		}
		word = strings.TrimRight(word, `.,;:!?)]}'"`)
		if u, err := url.Parse(word); err == nil && u.Host != "" {
			return word
		}
	}
	return ""
}

// Read fetches a page and finds what it says of itself. It gives up after five seconds.
func (r *Reader) Read(ctx context.Context, address string) (Page, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := r.out.Check(address); err != nil {
		return Page{}, err
	}
	body, base, err := r.get(ctx, address, maxPage, "text/html")
	if err != nil {
		return Page{}, err
	}
	p, image := parse(body)
	if p.URL = address; p.Title == "" {
		return Page{}, errNothing
	}
	if at, err := base.Parse(image); err == nil && image != "" && r.out.Check(at.String()) == nil {
		// Without its picture a page is still worth showing.
		if data, _, err := r.get(ctx, at.String(), maxPicture, "image/"); err == nil {
			p.Thumbnail, _ = r.pictures.Thumbnail(ctx, data, side)
		}
	}
	return p, nil
}

// get reads at most limit bytes of something whose type begins with kind. A page may be longer, a picture may not.
func (r *Reader) get(ctx context.Context, address string, limit int64, kind string) ([]byte, *url.URL, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("Accept", kind+"*/*;q=0.1")
	req.Header.Set("User-Agent", "Ping! link preview")
	resp, err := r.out.Client().Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	told, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if resp.StatusCode != http.StatusOK || !strings.HasPrefix(told, kind) {
		return nil, nil, fmt.Errorf("%s is a %s with status %d", address, told, resp.StatusCode)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, nil, err
	}
	if kind == "text/html" {
		data, err = utf8Of(data, resp.Header.Get("Content-Type"))
		return data, resp.Request.URL, err
	}
	if int64(len(data)) > limit {
		return nil, nil, fmt.Errorf("%s is too large", address)
	}
	return data, resp.Request.URL, nil
}

func utf8Of(page []byte, contentType string) ([]byte, error) {
	r, err := charset.NewReader(strings.NewReader(string(page)), contentType)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// parse reads a page's head. What sites say for such views counts before its title.
func parse(page []byte) (p Page, image string) {
	found := map[string]string{}
	z := html.NewTokenizer(strings.NewReader(string(page)))
	for inTitle := false; ; {
		switch z.Next() {
		case html.ErrorToken:
			return pageOf(found), first(found, "og:image", "twitter:image")
		case html.TextToken:
			if inTitle {
				found["title"] += string(z.Text())
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			inTitle = t.Data == "title"
			if t.Data == "meta" {
				note(found, t.Attr)
			}
		case html.EndTagToken:
			inTitle = false
		}
	}
}

// note keeps what a meta element says, the first of each name.
func note(found map[string]string, attrs []html.Attribute) {
	var name, content string
	for _, a := range attrs {
		switch a.Key {
		case "property", "name":
			name = strings.ToLower(a.Val)
		case "content":
			content = a.Val
		}
	}
	if found[name] == "" && name != "title" {
		found[name] = content
	}
}

func pageOf(found map[string]string) Page {
	return Page{
		Title:       tidy(first(found, "og:title", "twitter:title", "title"), maxTitle),
		Description: tidy(first(found, "og:description", "twitter:description", "description"), maxDescription),
	}
}

func first(found map[string]string, names ...string) string {
	for _, n := range names {
		if v := strings.TrimSpace(found[n]); v != "" {
			return v
		}
	}
	return ""
}

// tidy makes one line of at most n bytes.
func tidy(s string, n int) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")), " ")
	for len(s) > n {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s
}
