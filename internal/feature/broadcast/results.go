package broadcast

import (
	"context"
	"encoding/csv"
	"io"
	"os"
	"strconv"
	"time"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/file"
	"github.com/pingcrm/pingcrm/internal/kit/table"
)

// Funnel is how far recipients got: each number has those that got further in it.
type Funnel struct {
	Total     int64 `json:"total" doc:"Who were to get it"`
	Sent      int64 `json:"sent"`
	Delivered int64 `json:"delivered"`
	Read      int64 `json:"read"`
	Replied   int64 `json:"replied"` // and did not write that they want no more
	OptedOut  int64 `json:"opted_out"`
	Failed    int64 `json:"failed"`
}

// add puts another funnel into this one.
func (f *Funnel) add(o Funnel) {
	f.Total += o.Total
	f.Sent += o.Sent
	f.Delivered += o.Delivered
	f.Read += o.Read
	f.Replied += o.Replied
	f.OptedOut += o.OptedOut
	f.Failed += o.Failed
}

// Results are the figures of a broadcast.
type Results struct {
	Funnel    Funnel          `json:"funnel"`
	ByVariant []VariantResult `json:"by_variant" doc:"The one with the most replies per recipient says it best"`
	ByDevice  []DeviceResult  `json:"by_device"`
	ByHour    []HourResult    `json:"by_hour" doc:"By the hour in which they were sent"`
}

// VariantResult is a variant's funnel.
type VariantResult struct {
	Variant int `json:"variant" doc:"From 1"`
	Funnel
}

// DeviceResult is a device's funnel.
type DeviceResult struct {
	DeviceID string `json:"device_id"`
	Funnel
}

// HourResult is an hour's funnel.
type HourResult struct {
	From int64 `json:"from" doc:"Unix milliseconds"`
	Funnel
}

// The reached are told by times: a receipt of reading says that it was delivered, too.
const selectFunnels = `SELECT n / 4294967296, variant, sent_at / 3600000, COUNT(*), SUM(CASE WHEN sent_at > 0 THEN 1 ELSE 0 END),
	SUM(CASE WHEN delivered_at > 0 OR read_at > 0 OR replied_at > 0 THEN 1 ELSE 0 END), SUM(CASE WHEN read_at > 0 OR replied_at > 0 THEN 1 ELSE 0 END),
	SUM(CASE WHEN replied_at > 0 AND opted_out_at = 0 THEN 1 ELSE 0 END), SUM(CASE WHEN opted_out_at > 0 THEN 1 ELSE 0 END), SUM(CASE WHEN state = 'failed' THEN 1 ELSE 0 END)
	FROM broadcast_recipients WHERE workspace_id = $1 AND broadcast_id = $2 AND state <> 'skipped' GROUP BY 1, 2, 3 ORDER BY 3, 1, 2`

// cell is a part of the results.
type cell struct {
	slot, variant int
	hour          int64
	f             Funnel
}

// Results counts what became of a broadcast. It reads its whole ledger.
func (s *Service) Results(ctx context.Context, b Broadcast) (Results, error) {
	out := Results{ByVariant: []VariantResult{}, ByDevice: []DeviceResult{}, ByHour: []HourResult{}}
	for i := range b.Content.Variants {
		out.ByVariant = append(out.ByVariant, VariantResult{Variant: i + 1})
	}
	for _, d := range b.Devices {
		out.ByDevice = append(out.ByDevice, DeviceResult{DeviceID: d.DeviceID})
	}
	rows, err := s.DB.Query(ctx, selectFunnels, b.WorkspaceID, b.ID)
	err = dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (c cell, err error) {
		f := &c.f
		err = r.Scan(&c.slot, &c.variant, &c.hour, &f.Total, &f.Sent, &f.Delivered, &f.Read, &f.Replied, &f.OptedOut, &f.Failed)
		return c, err
	}, err).Iter(func(c cell) (bool, error) {
		out.put(c)
		return true, nil
	})
	return out, err
}

func (r *Results) put(c cell) {
	r.Funnel.add(c.f)
	if c.variant < len(r.ByVariant) {
		r.ByVariant[c.variant].add(c.f)
	}
	if c.slot < len(r.ByDevice) {
		r.ByDevice[c.slot].add(c.f)
	}
	if c.hour == 0 {
		return // not sent
	}
	from := c.hour * time.Hour.Milliseconds()
	if n := len(r.ByHour); n == 0 || r.ByHour[n-1].From != from {
		r.ByHour = append(r.ByHour, HourResult{From: from})
	}
	r.ByHour[len(r.ByHour)-1].add(c.f)
}

// Export is a broadcast's ledger as a CSV file. Nothing in it is run by a spreadsheet.
func (s *Service) Export(ctx context.Context, b Broadcast) (*file.Served, error) {
	return file.Passing("application/octet-stream", "penerima-siaran.csv", func(to *os.File) error { return s.WriteExport(ctx, b, to) })
}

// WriteExport is Export into a writer.
func (s *Service) WriteExport(ctx context.Context, b Broadcast, to io.Writer) error {
	zone, err := s.Zone(ctx, b.WorkspaceID)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(to, "\ufeff"); err != nil { // a spreadsheet takes it for Latin without
		return err
	}
	w := csv.NewWriter(to)
	_ = w.Write([]string{ // an error stays until Flush
		"n", "contact_id", "name", "phone", "device_id", "variant", "state", "code", "reason", "reason_en", "message_id", "queued_at", "sent_at", "delivered_at",
		"read_at", "replied_at", "opted_out_at",
	})
	for after := int64(-1); ; {
		list, err := s.Recipients(ctx, b, RecipientsAsked{After: after, Limit: 1000})
		if err != nil {
			return err
		}
		for _, r := range list {
			after = r.N
			row := []string{
				strconv.FormatInt(r.N, 10), r.ContactID, r.Name, r.Phone, r.DeviceID, strconv.Itoa(r.Variant), string(r.State), r.Code, r.Reason, r.ReasonEN, r.MessageID,
				stamp(r.QueuedAt, zone), stamp(r.SentAt, zone), stamp(r.DeliveredAt, zone), stamp(r.ReadAt, zone), stamp(r.RepliedAt, zone), stamp(r.OptedOutAt, zone),
			}
			for i := range row {
				row[i] = table.Harmless(row[i])
			}
			_ = w.Write(row)
		}
		w.Flush()
		if err := w.Error(); err != nil || len(list) == 0 {
			return err
		}
	}
}

// stamp is a time as people and spreadsheets read it.
func stamp(ms int64, zone *time.Location) string {
	if ms == 0 {
		return ""
	}
	return time.UnixMilli(ms).In(zone).Format("2006-01-02 15:04:05")
}
