package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"time"
)

// What is aimed at, for a million recipients.
const (
	planAim  = 30.0 // seconds
	pauseAim = 1.0  // seconds
	stillFor = 3 * time.Second
)

// campaignView is what the API shows of a broadcast.
type campaignView struct {
	ID, State, Why string
	Total          int
	Looked         int
	Counts         map[string]int
	Reasons        map[string]int
}

// gone is how many are on their way or there.
func (v campaignView) gone() int {
	return v.Counts["sent"] + v.Counts["delivered"] + v.Counts["read"] + v.Counts["replied"]
}

// upload hands in a file of n recipients and returns its id.
func (r *sending) upload(ctx context.Context, n int) (id string, err error) {
	out, in := io.Pipe()
	form := multipart.NewWriter(in)
	go func() {
		part, err := form.CreateFormFile("file", "penerima.csv")
		if err == nil {
			err = errors.Join(r.crowd.table(part, n), form.Close())
		}
		in.CloseWithError(err)
	}()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.subject.url()+"/api/v1/files", out)
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	var made struct{ ID string }
	err = r.subject.do(req, &made)
	return made.ID, err
}

// make posts a broadcast to the recipients of a file.
func (r *sending) make(ctx context.Context, series, file string) (v campaignView, err error) {
	err = r.subject.call(ctx, http.MethodPost, "/api/v1/broadcasts", map[string]any{
		"name": "Promo " + series, "device_ids": r.senders, "text": "Promo akhir pekan untukmu, ketik STOP untuk berhenti. " + mark + tokenOf(series, "{kode}"),
		"audience": map[string]any{"file_id": file, "column": "nomor"}, "pacing": map[string]any{"preset": "none"},
	}, &v)
	return v, err
}

func (r *sending) get(ctx context.Context, id string) (v campaignView, err error) {
	err = r.subject.call(ctx, http.MethodGet, "/api/v1/broadcasts/"+id, nil, &v)
	return v, err
}

func (r *sending) deed(ctx context.Context, id, deed string) error {
	return r.subject.call(ctx, http.MethodPost, "/api/v1/broadcasts/"+id+"/"+deed, struct{}{}, nil)
}

// until waits for a state.
func (r *sending) until(ctx context.Context, id, state string) (v campaignView, err error) {
	err = eventually(ctx, r.patience, 500*time.Millisecond, func() (bool, error) {
		if v, err = r.get(ctx, id); err == nil && v.State == "failed" {
			err = fmt.Errorf("%w: the broadcast has failed: %s", errAnswer, v.Why)
		}
		return v.State == state, err
	})
	if err != nil {
		err = fmt.Errorf("a broadcast that is %s and not %s: %w", v.State, state, err)
	}
	return v, err
}

// planned posts a broadcast and waits until all its recipients are found.
func (r *sending) planned(ctx context.Context, series string, n int) (v campaignView, took time.Duration, err error) {
	file, err := r.upload(ctx, n)
	if err != nil {
		return v, 0, err
	}
	began := time.Now()
	if v, err = r.make(ctx, series, file); err != nil {
		return v, 0, err
	}
	v, err = r.until(ctx, v.ID, "ready")
	return v, time.Since(began), err
}

// large plans the broadcast to all recipients, kills the program while it plans another, sets that going, pauses it and
// ends it before it comes to those who have no phone.
func (r *sending) large(ctx context.Context) error {
	r.say("planning %d recipients", r.recipients)
	before, err := r.subject.proc.cpu()
	if err != nil {
		return err
	}
	v, took, err := r.planned(ctx, "a", r.recipients)
	if err != nil {
		return err
	}
	after, err := r.subject.proc.cpu()
	if err != nil {
		return err
	}
	r.judge(fmt.Sprintf("plan %d recipients", r.recipients), took.Seconds(), "s", planAim)
	r.add("CPU of planning and of the file before it", fmt.Sprintf("%.1f s", (after-before).Seconds()))
	r.memory("while it plans")
	r.judge("planned, missing", float64(r.recipients-v.Counts["queued"]), "", 0)
	if r.planKills > 0 {
		if err := r.deed(ctx, v.ID, "cancel"); err != nil {
			return err
		}
		if v, err = r.plannedWithKills(ctx, took); err != nil {
			return err
		}
	}
	if r.reached == r.recipients {
		return r.deed(ctx, v.ID, "cancel")
	}
	return r.paused(ctx, v)
}

// plannedWithKills plans the large broadcast again and kills the program at random moments.
func (r *sending) plannedWithKills(ctx context.Context, usual time.Duration) (v campaignView, err error) {
	file, err := r.upload(ctx, r.recipients)
	if err != nil {
		return v, err
	}
	r.say("planning again, with %d kills", r.planKills)
	if v, err = r.make(ctx, "b", file); err != nil {
		return v, err
	}
	midway := 0
	for range r.planKills {
		if err := pause(ctx, time.Duration((0.1+0.8*rand.Float64())*float64(usual)/float64(r.planKills))); err != nil {
			return v, err
		}
		if v, err = r.get(ctx, v.ID); err != nil {
			return v, err
		}
		if v.State == "planning" && v.Looked > 0 {
			midway++
		}
		if err := r.again(ctx); err != nil {
			return v, err
		}
	}
	if v, err = r.until(ctx, v.ID, "ready"); err != nil {
		return v, err
	}
	r.add("killed while it planned", fmt.Sprintf("%d of %d times in the middle", midway, r.planKills))
	r.judge("planned with kills, missing", float64(r.recipients-v.Counts["queued"]), "", 0)
	r.judge("planned with kills, counted twice", float64(v.Reasons["duplicate"]), "", 0)
	return v, nil
}

// paused lets the large broadcast run, pauses it several times and cancels it.
func (r *sending) paused(ctx context.Context, v campaignView) error {
	base, _ := r.crowd.count()
	series := map[bool]string{true: "b", false: "a"}[r.planKills > 0]
	r.peak()
	if err := r.deed(ctx, v.ID, "start"); err != nil {
		return err
	}
	var pauses []stopped
	most := r.reached * 2 / 5 // of those with phones, whom each device comes to first
	for i := range r.pauses {
		if err := r.crowd.upTo(ctx, base+most*(i+1)/(r.pauses+1), r.patience); err != nil {
			return err
		}
		p, err := r.pauseOnce(ctx, v.ID)
		if err != nil {
			return err
		}
		pauses = append(pauses, p)
	}
	if err := r.crowd.upTo(ctx, base+most, r.patience); err != nil {
		return err
	}
	if err := r.deed(ctx, v.ID, "cancel"); err != nil {
		return err
	}
	if _, err := r.crowd.quiet(ctx, stillFor, r.patience); err != nil {
		return err
	}
	r.memory("while it runs")
	r.notePauses(fmt.Sprintf("of %d", r.recipients), pauses)
	var err error
	if v, err = r.get(ctx, v.ID); err != nil {
		return err
	}
	a := r.crowd.account(series)
	r.judge("cancelled: doubled on phones", float64(a.doubled+a.strays), "", 0)
	r.judge("cancelled: phones and counts differ by", float64(abs(a.reached-v.gone())), "", 0)
	r.judge("cancelled: recipients and counts differ by", float64(abs(r.recipients-v.Total)), "", 0)
	r.add("cancelled: sent / failed / cancelled", fmt.Sprintf("%d / %d / %d", v.gone(), v.Counts["failed"], v.Counts["cancelled"]))
	return r.failures(ctx, v.ID)
}

// failures notes why recipients failed, of the first hundred: those without a phone are not on the network.
func (r *sending) failures(ctx context.Context, id string) error {
	var page struct{ Items []struct{ Code string } }
	if err := r.subject.call(ctx, http.MethodGet, "/api/v1/broadcasts/"+id+"/recipients?state=failed&limit=100", nil, &page); err != nil {
		return err
	}
	codes := map[string]int{}
	for _, x := range page.Items {
		codes[x.Code]++
	}
	var list []string
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		list = append(list, fmt.Sprintf("%d %s", codes[code], code))
	}
	r.add("cancelled: why failed, of the first 100", cmp.Or(strings.Join(list, ", "), "none"))
	return nil
}

func abs(n int) int { return max(n, -n) }

// stopped is one pause.
type stopped struct{ answered, still, resumed time.Duration }

// pauseOnce pauses a running broadcast, waits until nothing comes any more, and resumes it.
func (r *sending) pauseOnce(ctx context.Context, id string) (p stopped, err error) {
	asked := time.Now()
	if err := r.deed(ctx, id, "pause"); err != nil {
		return p, err
	}
	p.answered = time.Since(asked)
	last, err := r.crowd.quiet(ctx, stillFor, time.Minute)
	if err != nil {
		return p, fmt.Errorf("messages still come after a pause: %w", err)
	}
	p.still = max(last.Sub(asked), 0)
	came, _ := r.crowd.count()
	again := time.Now()
	if err := r.deed(ctx, id, "resume"); err != nil {
		return p, err
	}
	err = r.crowd.upTo(ctx, came+1, time.Minute)
	p.resumed = time.Since(again)
	return p, err
}

func (r *sending) notePauses(what string, list []stopped) {
	if len(list) == 0 {
		return
	}
	worst := slices.MaxFunc(list, func(a, b stopped) int { return int(a.still - b.still) })
	resumed := slices.MaxFunc(list, func(a, b stopped) int { return int(a.resumed - b.resumed) })
	r.judge("pause "+what+": last message after", worst.still.Seconds(), "s", pauseAim)
	r.add("pause "+what+": answered / resumed, first message after", fmt.Sprintf("%.2f / %.2f s", worst.answered.Seconds(), resumed.resumed.Seconds()))
}

// whole sends a broadcast to all who have phones, from beginning to end, with kills and pauses at random moments.
func (r *sending) whole(ctx context.Context) error {
	r.say("a broadcast to %d from beginning to end, with %d kills", r.reached, r.kills)
	const series = "c"
	v, _, err := r.planned(ctx, series, r.reached)
	if err != nil {
		return err
	}
	base, _ := r.crowd.count()
	began := time.Now()
	if err := r.deed(ctx, v.ID, "start"); err != nil {
		return err
	}
	if err := r.undisturbed(ctx, base); err != nil {
		return err
	}
	r.peak()
	pauses, err := r.disturbed(ctx, v.ID, base)
	if err != nil {
		return err
	}
	if err := r.crowd.upTo(ctx, base+r.reached, r.patience); err != nil {
		r.say("%v", err) // the account says how many are missing
	}
	if v, err = r.until(ctx, v.ID, "done"); err != nil {
		return err
	}
	r.add(fmt.Sprintf("%d recipients, %d kills, %d pauses, in", r.reached, r.kills, len(pauses)), time.Since(began).Round(time.Second).String())
	if _, err := r.crowd.quiet(ctx, stillFor, time.Minute); err != nil {
		return err
	}
	r.notePauses(fmt.Sprintf("of %d", r.reached), pauses)
	r.memory("with kills")
	return r.settled(ctx, v, series)
}

// settled compares the phones with the ledger of a broadcast that is done.
func (r *sending) settled(ctx context.Context, v campaignView, series string) (err error) {
	if v, err = r.get(ctx, v.ID); err != nil {
		return err
	}
	a := r.crowd.account(series)
	r.judge("missing on phones", float64(a.missing), "", 0)
	r.judge("doubled on phones", float64(a.doubled+a.strays), "", 0)
	r.judge("phones and counts differ by", float64(abs(a.reached-v.gone())+abs(r.reached-v.Total)), "", 0)
	r.add("the same message put on the wire again, dropped by the network", fmt.Sprint(r.sim.net.Stats().MessagesRepeated))
	return nil
}

// undisturbed measures the first third.
func (r *sending) undisturbed(ctx context.Context, base int) error {
	if err := r.crowd.upTo(ctx, base+r.reached/20, r.patience); err != nil {
		return err
	}
	began := time.Now()
	from, _ := r.crowd.count()
	before, err := r.subject.proc.cpu()
	if err != nil {
		return err
	}
	if err := r.crowd.upTo(ctx, base+r.reached*3/10, r.patience); err != nil {
		return err
	}
	after, err := r.subject.proc.cpu()
	to, last := r.crowd.count()
	r.add("messages a second, on the phones", fmt.Sprintf("%.0f", float64(to-from)/last.Sub(began).Seconds()))
	r.add("CPU of a message", fmt.Sprintf("%.1f ms", ms(after-before)/float64(to-from)))
	return err
}

// disturbed kills and pauses at random moments of the rest.
func (r *sending) disturbed(ctx context.Context, id string, base int) (pauses []stopped, err error) {
	type moment struct {
		at   int
		kill bool
	}
	var moments []moment
	for i := range r.kills + r.pauses {
		at := 0.3 + 0.65*rand.Float64()
		moments = append(moments, moment{base + int(at*float64(r.reached)), i < r.kills})
	}
	slices.SortFunc(moments, func(a, b moment) int { return a.at - b.at })
	for _, m := range moments {
		if err := r.crowd.upTo(ctx, m.at, r.patience); err != nil {
			return pauses, err
		}
		if m.kill {
			if err := r.again(ctx); err != nil {
				return pauses, err
			}
			continue
		}
		p, err := r.pauseOnce(ctx, id)
		if err != nil {
			return pauses, err
		}
		pauses = append(pauses, p)
	}
	return pauses, nil
}
