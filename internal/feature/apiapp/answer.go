package apiapp

import (
	_ "embed"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/pingcrm/pingcrm/internal/kit/httpx"
)

// Shape is how calls of the contract are refused.
func Shape() httpx.Shape { return httpx.Shape{Prefix: base, Refuse: refuse} }

// refuse answers with a fault in the contract's shape: the flag as false, a message that says what to do, and a
// stable code.
func refuse(w http.ResponseWriter, r *http.Request, err error) {
	f := httpx.Explain(r.Context(), err)
	body := object{flagOf(r.URL.Path): false, "message": f.Text.ID, "code": f.Code}
	if httpx.English(r.Header.Get("Accept-Language")) {
		body["message"] = f.Text.EN
	}
	if f.Field != "" {
		body["field"] = f.Field
	}
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(f.RetryAfter.Seconds()))))
	}
	httpx.WriteJSON(w, httpx.Status(f), body)
}

// flagOf is the contract's name for whether a call succeeded.
func flagOf(path string) string {
	for _, name := range []string{"download-media/", "get-profile/", "mark-message/", "delete-chat/"} {
		if strings.HasPrefix(path, base+"misc/"+name) {
			return "success"
		}
	}
	return "status"
}

const iconPath = "/assets/img/icons/user.png"

//go:embed user.png
var userPNG []byte

// icon is the picture of who has none.
func icon(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "public, max-age=86400")
	_, _ = w.Write(userPNG)
}

// origin is the server's address as the caller wrote it.
func origin(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

// ago says how long ago t is, in Indonesian, as the contract shows it.
func ago(t, now time.Time) string {
	d := now.Sub(t)
	switch {
	case d < time.Minute:
		return "Baru saja"
	case d < time.Hour:
		return fmt.Sprintf("%d Menit lalu", int(d.Minutes()))
	case d < 24*time.Hour:
		return fmt.Sprintf("%d Jam lalu", int(d.Hours()))
	case d < 30*24*time.Hour:
		return fmt.Sprintf("%d Hari lalu", int(d.Hours()/24))
	case d < 365*24*time.Hour:
		return fmt.Sprintf("%d Bulan lalu", int(d.Hours()/24/30))
	default:
		return fmt.Sprintf("%d Tahun lalu", int(d.Hours()/24/365))
	}
}
