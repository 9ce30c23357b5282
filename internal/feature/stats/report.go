package stats

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/pingcrm/pingcrm/internal/chat"
)

// Report is the figures of a workspace over some days of its time zone.
type Report struct {
	From     string   `json:"from" doc:"The first day, as 2026-01-31"`
	To       string   `json:"to" doc:"The last day"`
	Timezone string   `json:"timezone"`
	Total    Figures  `json:"total"`
	Days     []Day    `json:"days" doc:"Every day of the span, also those without a message"`
	Hours    []Hour   `json:"hours" doc:"The hours of a week in which something was written"`
	Members  []Author `json:"members" doc:"Who wrote for the business, most first: members, the account's own phone, scripts, rules …"`
	Devices  []Device `json:"devices" doc:"Most messages first"`
}

// Figures are what was written and how soon it was answered. A time counts from a person's first word that nobody has
// answered to the answer; groups have none. Scripts (api) count as people here, for what they write is theirs.
type Figures struct {
	Received int64   `json:"received" doc:"Messages of contacts"`
	People   int64   `json:"sent_by_people" doc:"Messages of members, of the account's own phone and of scripts"`
	Machines int64   `json:"sent_by_machines" doc:"Messages of rules, the assistant, broadcasts, follow-ups and plugins"`
	Replies  Replies `json:"replies" doc:"Of people"`
	Answers  Replies `json:"automatic_replies" doc:"Of rules, the assistant and plugins"`
}

// Replies are how many answers there were, and how long they took. Percentiles are read from steps of 19 %.
type Replies struct {
	Count    int64 `json:"count"`
	MedianMS int64 `json:"median_ms" doc:"0 when there are none"`
	P90MS    int64 `json:"p90_ms"`
	MeanMS   int64 `json:"mean_ms"`
}

// Day is the figures of one day.
type Day struct {
	Date string `json:"date"`
	Figures
}

// Hour is an hour of the week over all days of the span.
type Hour struct {
	Weekday  int   `json:"weekday" doc:"1 is Monday, 7 Sunday"`
	Hour     int   `json:"hour" doc:"0 to 23"`
	Received int64 `json:"received"`
	Sent     int64 `json:"sent"`
}

// Author is what one member, or all of one other kind, wrote.
type Author struct {
	By      chat.AuthorKind `json:"by" doc:"member, phone, api, rule, assistant …"`
	ByID    string          `json:"by_id,omitempty" doc:"The member's id; missing for the other kinds"`
	Sent    int64           `json:"sent"`
	Replies Replies         `json:"replies"`
}

// Device is what passed on one device.
type Device struct {
	DeviceID string  `json:"device_id"`
	Received int64   `json:"received"`
	Sent     int64   `json:"sent"`
	Replies  Replies `json:"replies" doc:"Of people"`
}

// Asked is what a report is about: days as 2026-01-31, both in it; "" is today, and six days before it. DeviceID ""
// is all devices.
type Asked struct {
	From, To string
	DeviceID string
}

// Report makes the figures of a span. What happened within the last seconds may be missing. Faults: span_invalid.
func (s *Service) Report(ctx context.Context, workspaceID string, a Asked) (Report, error) {
	zone, err := s.conf.Zone(ctx, workspaceID)
	if err != nil {
		return Report{}, err
	}
	from, to, err := s.days(a, zone)
	if err != nil {
		return Report{}, err
	}
	w := stretch{from.UnixMilli(), to.AddDate(0, 0, 1).UnixMilli(), a.DeviceID}
	r := Report{From: from.Format(time.DateOnly), To: to.Format(time.DateOnly), Timezone: zone.String()}
	days, err := s.byTime(ctx, workspaceID, w, zone, &r)
	if err != nil {
		return Report{}, err
	}
	for day := from; !day.After(to); day = day.AddDate(0, 0, 1) {
		date := day.Format(time.DateOnly)
		r.Days = append(r.Days, Day{date, sumOf(days, date).figures()})
	}
	return r, s.byAuthor(ctx, workspaceID, w, &r)
}

// days are the first and the last day of what was asked, at their midnights.
func (s *Service) days(a Asked, zone *time.Location) (from, to time.Time, err error) {
	y, m, d := s.conf.Now().In(zone).Date()
	to = time.Date(y, m, d, 0, 0, 0, 0, zone)
	if a.To != "" {
		if to, err = time.ParseInLocation(time.DateOnly, a.To, zone); err != nil {
			return from, to, errSpan.WithField("to")
		}
	}
	from = to.AddDate(0, 0, -6)
	if a.From != "" {
		if from, err = time.ParseInLocation(time.DateOnly, a.From, zone); err != nil {
			return from, to, errSpan
		}
	}
	if from.After(to) || from.AddDate(0, 0, longest).Before(to.AddDate(0, 0, 1)) || from.Year() < 2000 || to.Year() > 9999 {
		return from, to, errSpan
	}
	return from, to, nil
}

// byTime fills in the total and the hours, and returns the days by date.
func (s *Service) byTime(ctx context.Context, workspaceID string, w stretch, zone *time.Location, r *Report) (map[string]*sums, error) {
	messages, err := s.store.bySlot(ctx, workspaceID, w)
	if err != nil {
		return nil, err
	}
	replies, err := s.store.repliesBySlot(ctx, workspaceID, w)
	if err != nil {
		return nil, err
	}
	date := func(slot int64) string { return time.UnixMilli(slot).In(zone).Format(time.DateOnly) }
	days, hours, total := map[string]*sums{}, map[Hour]Hour{}, &sums{}
	for c, m := range messages {
		sumOf(days, date(c.slot)).add(c.by, m.n)
		total.add(c.by, m.n)
		at := time.UnixMilli(c.slot).In(zone)
		k := Hour{Weekday: (int(at.Weekday())+6)%7 + 1, Hour: at.Hour()}
		h := cmp.Or(hours[k], k)
		if c.by == chat.ByContact {
			h.Received += m.n
		} else {
			h.Sent += m.n
		}
		hours[k] = h
	}
	for a, m := range replies {
		sumOf(days, date(a.slot)).reply(a, m)
		total.reply(a, m)
	}
	r.Total = total.figures()
	r.Hours = slices.AppendSeq([]Hour{}, maps.Values(hours))
	slices.SortFunc(r.Hours, func(a, b Hour) int { return cmp.Compare(a.Weekday*24+a.Hour, b.Weekday*24+b.Hour) })
	return days, nil
}

// byAuthor fills in the members and the devices.
func (s *Service) byAuthor(ctx context.Context, workspaceID string, w stretch, r *Report) error {
	messages, err := s.store.byWho(ctx, workspaceID, w)
	if err != nil {
		return err
	}
	replies, err := s.store.repliesByWho(ctx, workspaceID, w)
	if err != nil {
		return err
	}
	authors, devices := map[author]*sums{}, map[string]*sums{}
	for c, m := range messages {
		sumOf(devices, c.device).add(c.by, m.n)
		if c.by != chat.ByContact {
			sumOf(authors, author{c.by, c.byID}).add(c.by, m.n)
		}
	}
	for a, m := range replies {
		sumOf(devices, a.device).reply(a, m)
		sumOf(authors, author{a.by, a.byID}).reply(a, m)
	}
	r.Members, r.Devices = members(authors), devicesOf(devices)
	return nil
}

// author is who wrote: a member, or all of one other kind.
type author struct {
	by chat.AuthorKind
	id string
}

func members(authors map[author]*sums) []Author {
	list := make([]Author, 0, len(authors))
	for k, v := range authors {
		f := v.figures()
		list = append(list, Author{k.by, k.id, f.People + f.Machines, cmp.Or(f.Replies, f.Answers)})
	}
	slices.SortFunc(list, func(a, b Author) int {
		return cmp.Or(cmp.Compare(b.Sent, a.Sent), cmp.Compare(a.By, b.By), cmp.Compare(a.ByID, b.ByID))
	})
	return list
}

func devicesOf(devices map[string]*sums) []Device {
	list := make([]Device, 0, len(devices))
	for id, v := range devices {
		f := v.figures()
		list = append(list, Device{id, f.Received, f.People + f.Machines, f.Replies})
	}
	slices.SortFunc(list, func(a, b Device) int {
		return cmp.Or(cmp.Compare(b.Received+b.Sent, a.Received+a.Sent), cmp.Compare(a.DeviceID, b.DeviceID))
	})
	return list
}

// sumOf finds or makes the sums of a key.
func sumOf[K comparable](m map[K]*sums, k K) *sums {
	if m[k] == nil {
		m[k] = &sums{}
	}
	return m[k]
}

// sums gather figures.
type sums struct {
	received, people, machines int64
	replies, answers           spread
}

// spread is how long replies took: how many in each bucket, and all their ms.
type spread struct {
	n  map[int]int64
	ms int64
}

func (s *sums) add(by chat.AuthorKind, n int64) {
	switch by {
	case chat.ByContact:
		s.received += n
	case chat.ByMember, chat.ByPhone, chat.ByAPI:
		s.people += n
	default:
		s.machines += n
	}
}

func (s *sums) reply(a answer, m numbers) {
	to := &s.answers
	switch a.by {
	case chat.ByMember, chat.ByPhone, chat.ByAPI:
		to = &s.replies
	}
	if to.n == nil {
		to.n = map[int]int64{}
	}
	to.n[a.bucket] += m.n
	to.ms += m.ms
}

func (s *sums) figures() Figures {
	return Figures{s.received, s.people, s.machines, s.replies.replies(), s.answers.replies()}
}

func (s spread) replies() Replies {
	var all int64
	for _, n := range s.n {
		all += n
	}
	if all == 0 {
		return Replies{}
	}
	return Replies{Count: all, MedianMS: s.percentile(all, 50), P90MS: s.percentile(all, 90), MeanMS: s.ms / all}
}

// percentile is the time within which p percent of all were done, read along the straight line through its bucket.
func (s spread) percentile(all, p int64) int64 {
	want := float64(all) * float64(p) / 100
	var before float64
	for _, b := range slices.Sorted(maps.Keys(s.n)) {
		n := float64(s.n[b])
		if before+n >= want {
			low, high := float64(bucketFrom(b)), float64(bucketFrom(b+1))
			return int64(low + (high-low)*(want-before)/n)
		}
		before += n
	}
	return 0 // not reached: want is at most all
}
