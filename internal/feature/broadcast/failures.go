package broadcast

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// Failures are why recipients of a broadcast failed.
type Failures struct {
	Reasons []FailureReason `json:"reasons" doc:"The most frequent first"`
	Again   int64           `json:"again" doc:"How many have a chance when they are sent to again"`
	Lost    int64           `json:"lost" doc:"How many have none"`
}

// FailureReason is one reason, and how many failed for it.
type FailureReason struct {
	Code     string `json:"code" doc:"As the recipients have it: GET /broadcasts/{id}/recipients lists them by it"`
	Count    int64  `json:"count"`
	Again    bool   `json:"again" doc:"Whether sending again may help. It does not where there is nobody at the number, or where the same message would be refused again"`
	Reason   string `json:"reason" doc:"In words, in Indonesian"`
	ReasonEN string `json:"reason_en"`
}

// Failures counts those that failed by the reason. It reads an index of those that failed alone.
func (s *Service) Failures(ctx context.Context, b Broadcast) (Failures, error) {
	out := Failures{Reasons: []FailureReason{}}
	codes, err := s.store.codes(ctx, b, FailedTo)
	if err != nil {
		return out, err
	}
	for code, n := range codes {
		r := Recipient{Status: FailedTo, Code: code}
		w := r.explain()
		again := !failureOf(code).lost
		if code == deviceDeleted {
			if again, err = s.passesOn(ctx, b); err != nil {
				return out, err
			}
		}
		out.Reasons = append(out.Reasons, FailureReason{Code: code, Count: int64(n), Again: again, Reason: w.ID, ReasonEN: w.EN})
		if again {
			out.Again += int64(n)
		} else {
			out.Lost += int64(n)
		}
	}
	slices.SortFunc(out.Reasons, func(a, b FailureReason) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Code, b.Code))
	})
	return out, nil
}

// passesOn reports whether another device takes over what one can't send that is deleted.
func (s *Service) passesOn(ctx context.Context, b Broadcast) (bool, error) {
	if !b.TakeOver {
		return false, nil
	}
	devices, err := s.devices(ctx, b.WorkspaceID)
	return len(b.able(devices)) > 0, err
}

// The list of states is the index's.
const countCodes = `SELECT code, COUNT(*) FROM broadcast_recipients WHERE workspace_id = $1 AND broadcast_id = $2
	AND state IN ('failed', 'skipped', 'opted_out', 'replied') AND state = $3 GROUP BY code`

// codes counts those who failed or were left out by the reason.
func (st store) codes(ctx context.Context, b Broadcast, of Status) (map[string]int, error) {
	out := map[string]int{}
	rows, err := st.db.Query(ctx, countCodes, b.WorkspaceID, b.ID, string(of))
	err = dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (code string, err error) {
		var n int
		if err = r.Scan(&code, &n); err == nil {
			out[code] = n
		}
		return code, err
	}, err).Iter(func(string) (bool, error) { return true, nil })
	return out, err
}

// failure is what a code means with which a recipient failed.
type failure struct {
	text fault.Text
	lost bool // sent again as it is, it fails again
}

// failures are the codes whose meaning is known.
//
//arch:global a table, never written
var failures = map[string]failure{
	"not_on_whatsapp":  {nobodyThere, true},
	"404":              {nobodyThere, true},
	"no_address":       {noAddress, true},
	"incomplete":       {noAddress, true},
	"media_missing":    {fileGone, false},
	"file_not_found":   {fileGone, false},
	"media_too_large":  {fileTooLarge, true},
	"413":              {fileTooLarge, true},
	"sticker_not_webp": {fault.Text{ID: "Stikernya bukan WebP.", EN: "The sticker is no WebP."}, true},
	"unsupported":      {fault.Text{ID: "Jenis pesan ini belum bisa dikirim.", EN: "This kind of message can't be sent yet."}, true},
	"401":              {notAllowed, true},
	"403":              {notAllowed, true},
	"400":              {refused("400"), true},
	"405":              {refused("405"), true},
	"406":              {refused("406"), true},
	"479":              {refused("479"), true},
	"429":              {fault.Text{ID: "WhatsApp bilang terlalu banyak pesan.", EN: "WhatsApp said that these were too many messages."}, false},
	"463":              {fault.Text{ID: "WhatsApp membatasi pesan pertama dari nomormu.", EN: "WhatsApp limits first messages from your number."}, false},
	"475":              {fault.Text{ID: "Jatah chat baru dari WhatsApp habis.", EN: "WhatsApp's new chats were used up."}, false},
	"timeout":          {cutOff, false},
	"not_connected":    {cutOff, false},
	"disconnected":     {cutOff, false},
	"interrupted":      {cutOff, false},
	"no_session":       {fault.Text{ID: "HP penerima belum siap menerima pesan.", EN: "Their phone was not ready for messages."}, false},
	"internal":         {fault.Text{ID: "Ada kesalahan di server; catatannya menjelaskan apa. Coba lagi nanti.", EN: "Something went wrong on the server; its log says what. Try again later."}, false},
}

// What several codes mean.
var (
	nobodyThere  = fault.Text{ID: "Nomor ini tidak ada di WhatsApp.", EN: "The number is not on WhatsApp."}
	noAddress    = fault.Text{ID: "Kontak ini tidak punya alamat di kanal ini.", EN: "This contact has no address on this channel."}
	fileGone     = fault.Text{ID: "Berkasnya sudah tidak ada. Unggah lagi.", EN: "The file is gone. Upload it again."}
	fileTooLarge = fault.Text{ID: "Berkasnya terlalu besar untuk WhatsApp.", EN: "The file is too large for WhatsApp."}
	notAllowed   = fault.Text{ID: "Kamu tidak boleh menulis ke orang ini, atau diblokir olehnya.", EN: "You may not write to this person, or are blocked by them."}
	cutOff       = fault.Text{ID: "Sambungan ke WhatsApp terputus.", EN: "The connection to WhatsApp broke off."}
)

func refused(code string) fault.Text {
	return fault.Text{ID: "WhatsApp menolak pesan ini (kode " + code + ").", EN: "WhatsApp refused the message (code " + code + ")."}
}

// failureOf says why a recipient or a whole broadcast failed; of a network's own codes, that it was the network. What is not
// known may be a matter of the moment.
func failureOf(code string) failure {
	f, known := failures[code]
	switch {
	case known:
		return f
	case strings.Trim(code, "0123456789") == "":
		return failure{text: refused(code)}
	}
	return failure{text: fault.Text{ID: "Pesan ini tidak bisa dikirim (" + code + ").", EN: "The message could not be sent (" + code + ")."}}
}
