package device

import "github.com/pingcrm/pingcrm/internal/kit/fault"

// The faults of this package.
var (
	ErrNotFound = fault.New(fault.NotFound, "device_not_found", fault.Text{
		ID: "Perangkat tidak ditemukan. Periksa ID-nya.", EN: "There is no such device. Check its id.",
	})
	ErrChannel = fault.New(fault.Invalid, "channel_unknown", fault.Text{
		ID: "Kanal ini tidak dikenal.", EN: "This channel is not known here.",
	})
	ErrName = fault.New(fault.Invalid, "name_invalid", fault.Text{
		ID: "Nama harus 1 sampai 100 karakter.", EN: "The name must have 1 to 100 characters.",
	})
	ErrWebhook = fault.New(fault.Invalid, "webhook_url_invalid", fault.Text{
		ID: "Alamat webhook tidak dapat dipakai. Gunakan alamat http(s) publik.", EN: "The webhook address can't be used. Give a public http(s) address.",
	})
	ErrLinked = fault.New(fault.Conflict, "device_linked", fault.Text{
		ID: "Perangkat sudah tertaut. Putuskan dahulu sebelum menautkan lagi.", EN: "The device is linked already. Unlink it before linking again.",
	})
	ErrMethod = fault.New(fault.Invalid, "method_unknown", fault.Text{
		ID: "Cara menautkan harus qr atau code.", EN: "The method must be qr or code.",
	})
	ErrPhone = fault.New(fault.Invalid, "phone_invalid", fault.Text{
		ID: "Nomor telepon harus dengan kode negara, misalnya 6281290641111.", EN: "The phone number must have its country code, such as 6281290641111.",
	})
	ErrNoLink = fault.New(fault.NotFound, "link_not_started", fault.Text{
		ID: "Penautan belum dimulai. Mulai dengan POST ke alamat yang sama.", EN: "No linking is running. Start one with POST to the same address.",
	})
	ErrTaken = fault.New(fault.Conflict, "number_taken", fault.Text{
		ID: "Nomor ini sudah tertaut pada perangkat lain.", EN: "Another device is linked to this number already.",
	})
	ErrUnlinked = fault.New(fault.Conflict, "device_not_linked", fault.Text{
		ID: "Perangkat belum tertaut. Tautkan dulu lalu coba lagi.", EN: "The device is not linked. Link it first, then try again.",
	})
	ErrOffline = fault.New(fault.Unavailable, "device_offline", fault.Text{
		ID: "Perangkat sedang tidak terhubung. Coba lagi setelah terhubung.", EN: "The device is not connected. Try again when it is.",
	})
	ErrAbility = fault.New(fault.Conflict, "not_supported", fault.Text{
		ID: "Kanal ini tidak mendukungnya.", EN: "This channel can't do that.",
	})
	ErrNameless = fault.New(fault.Conflict, "account_name_unknown", fault.Text{
		ID: "Nama akun ini belum diketahui, padahal diperlukan untuk ini. Coba lagi sebentar setelah menautkan, atau isi nama di profil.",
		EN: "The account's name is not known yet, and this needs it. Try again a moment after linking, or set the name in the profile.",
	})
	ErrStopping = fault.New(fault.Unavailable, "stopping", fault.Text{
		ID: "Server sedang berhenti. Coba lagi sebentar lagi.", EN: "The server is stopping. Try again in a moment.",
	})
)

// The reasons of StepFailed that every channel has.
const (
	ReasonExpired = "expired" // nobody scanned or typed the code in time
	ReasonRefused = "refused" // the device was not allowed to have this account
	// ReasonCancelled ends an attempt that somebody ended, or began anew.
	ReasonCancelled = "cancelled"
)

// RefusedReason is the stable reason for an error of Sink.Linked: its fault's code.
func RefusedReason(err error) string {
	if f, ok := fault.From(err); ok {
		return f.Code
	}
	return ReasonRefused
}
