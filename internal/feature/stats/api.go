package stats

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/module"
	"github.com/pingcrm/pingcrm/internal/member"
)

// Module is the feature as the program lists it.
func Module(s *Service) module.Module {
	return module.Module{Name: "stats", Upgrades: upgrades(), API: api{s}.register, Run: s.run}
}

// Span is the part of an input that says which days are meant.
type Span struct {
	From     string `query:"from" maxLength:"10" doc:"The first day, as 2026-01-31; empty: six days before the last"`
	To       string `query:"to" maxLength:"10" doc:"The last day; empty: today"`
	DeviceID string `query:"device_id" maxLength:"64" doc:"Of one device only"`
}

type (
	showIn  struct{ Span }
	showOut struct{ Body Report }
	saveIn  struct {
		Span
		Table string `query:"table" enum:"days,hours,members,devices" default:"days" doc:"Which table of the report"`
	}
	saveOut struct {
		Type        string `header:"Content-Type"`
		Disposition string `header:"Content-Disposition"`
		Body        []byte
	}
)

// api is the figures' part of the HTTP API.
type api struct{ s *Service }

func (a api) register(h huma.API) {
	httpx.Handle(h, "GET /stats", member.ReadStats, "Show figures: what was written and how soon it was answered", a.show,
		httpx.Describe("Days are those of the workspace's time zone; at most 366. Figures follow what happens within seconds and are kept for two years."))
	httpx.Handle(h, "GET /stats/csv", member.ReadStats, "Download a table of the figures as CSV", a.save)
}

func (a api) show(ctx context.Context, in *showIn) (*showOut, error) {
	r, err := a.s.Report(ctx, member.Caller(ctx).WorkspaceID, Asked{in.From, in.To, in.DeviceID})
	if err != nil {
		return nil, err
	}
	return &showOut{Body: r}, nil
}

func (a api) save(ctx context.Context, in *saveIn) (*saveOut, error) {
	workspaceID := member.Caller(ctx).WorkspaceID
	r, err := a.s.Report(ctx, workspaceID, Asked{in.From, in.To, in.DeviceID})
	if err != nil {
		return nil, err
	}
	names, err := a.s.conf.Names(ctx, workspaceID)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString("\ufeff") // so that spreadsheets take it for UTF-8
	w := csv.NewWriter(&b)
	if err := w.WriteAll(r.table(in.Table, names)); err != nil {
		return nil, fmt.Errorf("write the table: %w", err)
	}
	return &saveOut{
		Type: "text/csv; charset=utf-8", Body: b.Bytes(),
		Disposition: fmt.Sprintf("attachment; filename=%q", fmt.Sprintf("ping-%s-%s-%s.csv", in.Table, r.From, r.To)),
	}, nil
}

// table is one of the report's tables in lines; names are of members and devices by their id.
func (r Report) table(name string, names map[string]string) (lines [][]string) {
	switch name {
	case "days":
		lines = append(lines, append([]string{"date"}, headOfFigures()...))
		for _, d := range r.Days {
			lines = append(lines, append([]string{d.Date}, d.cells()...))
		}
	case "hours":
		lines = append(lines, []string{"weekday", "hour", "received", "sent"})
		for _, h := range r.Hours {
			lines = append(lines, []string{num(h.Weekday), num(h.Hour), num(h.Received), num(h.Sent)})
		}
	case "members":
		lines = append(lines, append([]string{"by", "id", "name", "sent"}, headOfReplies("replies")...))
		for _, m := range r.Members {
			lines = append(lines, append([]string{string(m.By), m.ByID, plain(names[m.ByID]), num(m.Sent)}, m.Replies.cells()...))
		}
	default:
		lines = append(lines, append([]string{"id", "name", "received", "sent"}, headOfReplies("replies")...))
		for _, d := range r.Devices {
			lines = append(lines, append([]string{d.DeviceID, plain(names[d.DeviceID]), num(d.Received), num(d.Sent)}, d.Replies.cells()...))
		}
	}
	return lines
}

func headOfFigures() []string {
	head := append([]string{"received", "sent_by_people", "sent_by_machines"}, headOfReplies("replies")...)
	return append(head, headOfReplies("automatic_replies")...)
}

func headOfReplies(of string) []string {
	return []string{of, of + "_median_s", of + "_p90_s", of + "_mean_s"}
}

func (f Figures) cells() []string {
	out := append([]string{num(f.Received), num(f.People), num(f.Machines)}, f.Replies.cells()...)
	return append(out, f.Answers.cells()...)
}

func (r Replies) cells() []string {
	s := func(ms int64) string { return strconv.FormatFloat(float64(ms)/1000, 'f', 1, 64) }
	return []string{num(r.Count), s(r.MedianMS), s(r.P90MS), s(r.MeanMS)}
}

func num[N int | int64](n N) string { return strconv.FormatInt(int64(n), 10) }

// plain keeps a spreadsheet from taking a name for a formula (OWASP ASVS 1.2.10).
func plain(name string) string {
	if name != "" && strings.ContainsAny(name[:1], "=+-@\t\r") {
		return "'" + name
	}
	return name
}
