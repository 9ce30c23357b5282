package httpx

import (
	"context"
	"errors"
	"math"
	"net/http"
	"slices"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/text/language"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// The border's own faults.
var (
	ErrInternal = fault.New("internal", "internal", fault.Text{
		ID: "Ada yang salah di sisi kami. Coba lagi; bila tetap gagal, sampaikan request_id ini kepada operator.",
		EN: "Something went wrong on our side. Try again; if it stays, give this request_id to the operator.",
	})
	errMalformed = fault.New(fault.Malformed, "body_unreadable", fault.Text{
		ID: "Isi permintaan bukan JSON yang benar. Periksa tanda kutip, koma dan kurungnya.",
		EN: "The request's body is not valid JSON. Check its quotes, commas and brackets.",
	})
	errBodyMissing = fault.New(fault.Malformed, "body_missing", fault.Text{
		ID: "Permintaan ini harus berisi JSON.", EN: "This request needs a JSON body.",
	})
	errBodyText = fault.New(fault.Malformed, "body_text", fault.Text{
		ID: "Isi permintaan memuat byte NUL atau teks yang bukan UTF-8. Hapus, lalu kirim lagi.",
		EN: "The request's body has a NUL byte or text that is not UTF-8. Remove it and send again.",
	})
	errAddress = fault.New(fault.Malformed, "address_text", fault.Text{
		ID: "Alamat permintaan memuat byte NUL atau teks yang bukan UTF-8.",
		EN: "The request's address has a NUL byte or text that is not UTF-8.",
	})
	errTooLarge = fault.New(fault.TooLarge, "body_too_large", fault.Text{
		ID: "Isi permintaan terlalu besar. Batasnya 1 MiB.", EN: "The request's body is too large. The limit is 1 MiB.",
	})
	errFormTooLarge = fault.New(fault.TooLarge, "body_too_large", fault.Text{
		ID: "Isi permintaan terlalu besar untuk alamat ini. Lihat batasnya di /docs.",
		EN: "The request's body is too large for this address. Its limit is in /docs.",
	})
	errContentType = fault.New("content_type", "content_type", fault.Text{
		ID: "Content-Type ini tidak dikenal. Kirim application/json.",
		EN: "This Content-Type is not known. Send application/json.",
	})
	errTimeout = fault.New("timeout", "body_timeout", fault.Text{
		ID: "Isi permintaan terlalu lama datang. Coba lagi.", EN: "The request's body took too long to arrive. Try again.",
	})
	errNotFound = fault.New(fault.NotFound, "no_such_path", fault.Text{
		ID: "Alamat ini tidak ada. Daftar alamat API ada di /docs.",
		EN: "There is nothing at this address. The API's addresses are listed at /docs.",
	})
	errMethod = fault.New("method", "method_not_allowed", fault.Text{
		ID: "Alamat ini tidak menerima metode %s.", EN: "This address does not take the method %s.",
	})
	errGone = fault.New(fault.Unavailable, "interrupted", fault.Text{
		ID: "Permintaan terputus sebelum selesai. Coba lagi.", EN: "The request was interrupted. Try again.",
	})
	errDatabase = &fault.Fault{
		Kind: fault.Unavailable, Code: "database_unavailable", RetryAfter: 5 * time.Second, Text: fault.Text{
			ID: "Basis data sedang tidak bisa dipakai. Coba lagi sebentar lagi; bila tetap gagal, operator perlu memeriksa basis data dan sisa ruang disk.",
			EN: "The database can't be used right now. Try again shortly; if it stays, the operator should look at the database and the free disk space.",
		},
	}
	errStorage = fault.New("storage", "storage_full", fault.Text{
		ID: "Ruang penyimpanan server penuh, jadi berkas ini tidak disimpan. Minta operator mengosongkan ruang disk, lalu coba lagi.",
		EN: "The server's storage is full, so this file was not kept. Ask the operator to free disk space, then try again.",
	})
	errCrossSite = fault.New(fault.Forbidden, "cross_site", fault.Text{
		ID: "Permintaan ini datang dari situs lain dan ditolak. Pakai kunci API untuk skrip.",
		EN: "This request came from another site and was refused. Use an API key for scripts.",
	})
	errLimited = fault.New(fault.Limited, "too_many_requests", fault.Text{
		ID: "Terlalu banyak permintaan. Tunggu sebentar, lalu coba lagi.",
		EN: "Too many requests. Wait a moment, then try again.",
	})
	errCursor = fault.New(fault.Invalid, "cursor", fault.Text{
		ID: "Penanda halaman ini tidak dikenal. Mulai lagi dari halaman pertama.",
		EN: "This page cursor is not known. Start again from the first page.",
	}).WithField("after")
)

// Status is the HTTP status that a fault is answered with.
func Status(f *fault.Fault) int {
	switch f.Kind {
	case fault.Malformed:
		return http.StatusBadRequest
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case errMethod.Kind:
		return http.StatusMethodNotAllowed
	case errTimeout.Kind:
		return http.StatusRequestTimeout
	case fault.Conflict:
		return http.StatusConflict
	case fault.Gone:
		return http.StatusGone
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	case errStorage.Kind:
		return http.StatusInsufficientStorage
	case errContentType.Kind:
		return http.StatusUnsupportedMediaType
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.Limited:
		return http.StatusTooManyRequests
	case fault.Upstream:
		return http.StatusBadGateway
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// Answer is the body of every answer that is not a success.
type Answer struct {
	Err    AnswerError `json:"error"`
	status int
}

// AnswerError says what happened and what to do.
type AnswerError struct {
	Code       string `json:"code" doc:"Stable name of what went wrong" example:"field_missing"`
	Message    string `json:"message" doc:"For people, in the language of Accept-Language: Indonesian unless English is preferred"`
	MessageEN  string `json:"message_en" doc:"The same in English"`
	Field      string `json:"field,omitempty" doc:"The field that is wrong, if one is" example:"name"`
	RetryAfter int    `json:"retry_after,omitempty" doc:"Seconds after which to try again"`
	RequestID  string `json:"request_id,omitempty" doc:"What the log calls this request"`
}

// Error is the English text, for logs.
func (a *Answer) Error() string { return a.Err.Code + ": " + a.Err.MessageEN }

// GetStatus is the HTTP status of the answer.
func (a *Answer) GetStatus() int { return a.status }

// Explain is the border: it turns any error into the fault to be answered with, and logs, once, what is not the
// caller's doing. What a database says that is full, locked or away is no defect of ours: the caller may try again.
func Explain(ctx context.Context, err error) *fault.Fault {
	if full(err) {
		requestOf(ctx).log.ErrorContext(ctx, "request failed", "error", err)
		return errStorage
	}
	if f, ok := fault.From(err); ok {
		if f.Kind == fault.Upstream || f.Kind == fault.Unavailable || f.Kind == ErrInternal.Kind {
			requestOf(ctx).log.WarnContext(ctx, "request failed", "error", err)
		}
		return f
	}
	if ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		return errGone
	}
	requestOf(ctx).log.ErrorContext(ctx, "request failed", "error", err)
	if db.Transient(err) {
		return errDatabase
	}
	return ErrInternal
}

// noRoom is what a system says that can't write a file for want of room, or because its disk went read-only over a
// fault.
var noRoom = []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG, syscall.EROFS}

func full(err error) bool {
	return slices.ContainsFunc(noRoom, func(e error) bool { return errors.Is(err, e) })
}

// answer puts a fault into words.
func answer(ctx context.Context, acceptLanguage string, f *fault.Fault) *Answer {
	a := &Answer{status: Status(f), Err: AnswerError{
		Code: f.Code, Message: f.Text.ID, MessageEN: f.Text.EN, Field: f.Field, RequestID: RequestID(ctx),
	}}
	if English(acceptLanguage) {
		a.Err.Message = f.Text.EN
	}
	if f.RetryAfter > 0 {
		a.Err.RetryAfter = retrySeconds(f.RetryAfter)
	}
	return a
}

// retrySeconds rounds up: a client that waits for that long must not be too early.
func retrySeconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// English reports whether an Accept-Language header prefers English to Indonesian, the default.
func English(acceptLanguage string) bool {
	if acceptLanguage == "" {
		return false
	}
	tags, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		return false
	}
	_, index, confidence := language.NewMatcher([]language.Tag{language.Indonesian, language.English}).Match(tags...)
	return index == 1 && confidence > language.Low
}

// WriteFault answers with err: a fault as what it is, anything else as 500 with the details in the log only.
func WriteFault(w http.ResponseWriter, r *http.Request, err error) {
	writeAnswer(w, r, Explain(r.Context(), err))
}

func writeAnswer(w http.ResponseWriter, r *http.Request, f *fault.Fault) {
	a := answer(r.Context(), r.Header.Get("Accept-Language"), f)
	if a.Err.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(a.Err.RetryAfter))
	}
	WriteJSON(w, a.status, a)
}
