package phones

import (
	"context"
	"net/http"
	"time"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// The faults of this package. Those that the network has refused with keep its codes.
var (
	errNoPath = fault.New(fault.NotFound, "no_such_path", fault.Text{
		ID: "Tidak ada apa-apa di alamat jaringan simulasi ini.", EN: "The simulated network has nothing at this address.",
	})
	errMethod = fault.New("method", "method_not_allowed", fault.Text{
		ID: "Alamat ini tidak menerima metode itu.", EN: "This address does not take that method.",
	})
	errAway = fault.New(fault.Unavailable, "network_away", fault.Text{
		ID: "Jaringan simulasi tidak menjawab. Pastikan masih berjalan, lalu coba lagi.",
		EN: "The simulated network does not answer. Make sure that it still runs, then try again.",
	}).WithRetryAfter(2 * time.Second)
	errPhone = fault.New(fault.NotFound, "unknown_phone", fault.Text{
		ID: "HP simulasi ini tidak ada.", EN: "There is no such simulated phone.",
	})
	errMessage = fault.New(fault.NotFound, "unknown_message", fault.Text{
		ID: "HP ini tidak punya pesan itu.", EN: "This phone has no such message.",
	})
	errRecipient = fault.New(fault.Invalid, "unknown_recipient", fault.Text{
		ID: "Tidak ada HP simulasi dengan nomor tujuan ini.", EN: "No simulated phone has the number that this is for.",
	}).WithField("to")
	errTaken = fault.New(fault.Conflict, "number_taken", fault.Text{
		ID: "Nomor ini sudah dipakai HP lain. Kosongkan supaya dipilihkan.", EN: "Another phone has this number. Leave it empty to get a free one.",
	}).WithField("number")
	errNumber = fault.New(fault.Invalid, "invalid_number", fault.Text{
		ID: "Nomor ini tidak bisa dipakai. Contohnya 0812-9064-1111.", EN: "This number can't be used. It is like 0812-9064-1111.",
	}).WithField("number")
	errCode = fault.New(fault.Invalid, "bad_code", fault.Text{
		ID: "Kode ini salah atau sudah tidak berlaku. Pakai kode yang terbaru.", EN: "This code is wrong or no longer valid. Use the newest one.",
	}).WithField("code")
	errNotLinked = fault.New(fault.Invalid, "not_linked", fault.Text{
		ID: "Kodenya benar, tetapi penautan gagal. Tampilkan kode baru, lalu coba lagi.", EN: "The code was right, but linking failed. Show a new code, then try again.",
	})
	errLinkTime = fault.New(fault.Invalid, "link_timeout", fault.Text{
		ID: "Perangkat tidak masuk pada waktunya. Tampilkan kode baru, lalu coba lagi.", EN: "The device did not sign in in time. Show a new code, then try again.",
	})
	errNotSent = fault.New(fault.Invalid, "not_sent", fault.Text{
		ID: "HP simulasi tidak bisa mengirim ini.", EN: "The simulated phone could not send this.",
	})
	errNotDone = fault.New(fault.Invalid, "not_done", fault.Text{
		ID: "HP simulasi tidak bisa melakukan ini.", EN: "The simulated phone could not do this.",
	})
	errNoFile = fault.New(fault.NotFound, "no_file", fault.Text{
		ID: "Pesan ini tidak membawa berkas.", EN: "This message carries no file.",
	})
	errFileGone = fault.New(fault.Gone, "file_gone", fault.Text{
		ID: "Berkas pesan ini sudah tidak bisa diambil.", EN: "This message's file can no longer be fetched.",
	})
	errTooLarge = fault.New(fault.TooLarge, "body_too_large", fault.Text{
		ID: "Ini terlalu besar untuk HP simulasi. Pilih berkas yang lebih kecil.", EN: "This is too large for a simulated phone. Choose a smaller file.",
	})
	errUnreadable = fault.New(fault.Malformed, "unreadable_body", fault.Text{
		ID: "Isi permintaan bukan satu objek JSON.", EN: "The body is not one JSON object.",
	})
	errField = fault.New(fault.Invalid, "invalid_field", fault.Text{
		ID: "Jaringan simulasi menolak: %[1]s.", EN: "The simulated network refused: %[1]s.",
	})
)

// known are the refusals of the network that have words of their own.
func known() []*fault.Fault {
	return []*fault.Fault{
		errNoPath, errMethod, errPhone, errMessage, errRecipient, errTaken, errNumber, errCode, errNotLinked, errLinkTime,
		errNotSent, errNotDone, errNoFile, errFileGone, errTooLarge, errUnreadable,
	}
}

// refusal is what a refusal of the network is in our words. Any other 4xx is passed on in the network's own.
func refusal(status int, code, message string) *fault.Fault {
	for _, f := range known() {
		if f.Code == code {
			return f
		}
	}
	if status >= http.StatusInternalServerError {
		return errAway
	}
	f := errField.Withf(message)
	f.Code = code
	return f
}

// asFault is what went wrong on the way, unless the caller has gone.
func asFault(ctx context.Context, err error) error {
	if _, ok := fault.From(err); ok || ctx.Err() != nil {
		return err
	}
	return errAway.WithCause(err)
}
