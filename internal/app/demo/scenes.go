package demo

import (
	"bytes"
	"context"
	"hash/fnv"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"net/http"
	"net/url"
)

// act is one thing that a customer does on the phone, beside writing.
type act struct {
	who  int // of customers
	path string
	body map[string]any
}

// scenes are what the customers of the demo's own network show and do, so that there is something of everything to be
// seen: pictures and about texts, files, a place, a poll, a group and a status update. Nobody in it is real.
func scenes(f Facts) []act {
	shop := f.Devices[0].Number
	say := func(who int, content map[string]any) act {
		body := map[string]any{"to": shop}
		for k, v := range content {
			body[k] = v
		}
		return act{who, "/messages", body}
	}
	var acts []act
	for i, who := range customers {
		acts = append(acts, act{i, "/profile", map[string]any{"about": who.about, "picture": portrait(who.name)}})
	}
	return append(
		acts,
		say(0, map[string]any{"media": map[string]any{"type": "image", "mime": "image/jpeg", "data": cake(), "caption": "Yang seperti ini ya kak"}}),
		say(1, map[string]any{"location": map[string]any{"latitude": -6.9175, "longitude": 107.6191, "name": "Alun-Alun Bandung", "address": "Jl. Asia Afrika, Bandung"}}),
		say(2, map[string]any{"poll": map[string]any{"question": "Enaknya pesan rasa apa?", "options": []string{"Cokelat", "Pandan", "Keju"}, "selectable": 1}}),
		say(3, map[string]any{"contact": map[string]any{
			"name":  "Bu Ratna",
			"vcard": "BEGIN:VCARD\nVERSION:3.0\nN:;Bu Ratna;;;\nFN:Bu Ratna\nTEL;type=CELL;waid=6281200000001:+6281200000001\nEND:VCARD",
		}}),
		act{4, "/groups", map[string]any{"name": "Reseller Toko Demo", "description": "Harga khusus reseller", "members": []string{shop, f.Phones[0].Number}}},
		act{0, "/messages", map[string]any{"to": "status@broadcast", "text": "Akhir pekan di kebun teh"}},
	)
}

// play has the customers do all that. What can't be done is logged: the demo goes on without it.
func (c Config) play(ctx context.Context, net *network, f Facts) {
	for _, a := range scenes(f) {
		if a.who >= len(f.Phones) || ctx.Err() != nil {
			continue
		}
		var made struct {
			JID string `json:"jid"`
		}
		path := "/v1/phones/" + url.PathEscape(f.Phones[a.who].Number) + a.path
		err := net.call(ctx, http.MethodPost, path, a.body, &made)
		if err == nil && made.JID != "" {
			err = net.send(ctx, f.Phones[a.who].Number, made.JID, "Halo semua, stok brownies baru datang")
		}
		if err != nil {
			c.Log.WarnContext(ctx, "a demo customer could not do something", "name", f.Phones[a.who].Name, "what", a.path, "error", err)
		}
	}
}

const side = 96 // of the pictures, in pixels

// portrait is a face of circles in colours that a name gives: nobody's.
func portrait(name string) []byte {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	n := h.Sum32()
	ground := color.RGBA{byte(120 + n%120), byte(120 + n/7%120), byte(120 + n/49%120), 255}
	shirt := color.RGBA{byte(40 + n/11%120), byte(40 + n/77%120), byte(40 + n/539%120), 255}
	return drawn(func(x, y float64) color.Color {
		switch {
		case math.Hypot(x, y+0.15) < 0.34:
			return color.RGBA{224, 172, 128, 255}
		case math.Hypot(x, y+0.25) < 0.4:
			return color.RGBA{40, 30, 30, 255}
		case math.Hypot(x*0.8, y-0.95) < 0.62:
			return shirt
		default:
			return ground
		}
	})
}

// cake is a brown square on a plate.
func cake() []byte {
	return drawn(func(x, y float64) color.Color {
		switch {
		case math.Abs(x) < 0.45 && math.Abs(y) < 0.35 && y < -0.2:
			return color.RGBA{92, 51, 23, 255}
		case math.Abs(x) < 0.45 && math.Abs(y) < 0.35:
			return color.RGBA{123, 63, 0, 255}
		case math.Hypot(x*0.8, y) < 0.7:
			return color.RGBA{245, 245, 240, 255}
		default:
			return color.RGBA{200, 220, 210, 255}
		}
	})
}

// drawn makes a small JPEG; at gives the colour at a place, both coordinates from -1 to 1.
func drawn(at func(x, y float64) color.Color) []byte {
	img := image.NewRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			img.Set(x, y, at(2*float64(x)/side-1, 2*float64(y)/side-1))
		}
	}
	var b bytes.Buffer
	_ = jpeg.Encode(&b, img, nil) // into memory; the size is fine
	return b.Bytes()
}
