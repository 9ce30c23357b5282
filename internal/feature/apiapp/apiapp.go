// Package apiapp owns the REST contract under /api-app/whatsapp that existing users' scripts already call.
package apiapp

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/file"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/module"
	"github.com/pingcrm/pingcrm/internal/kit/once"
	"github.com/pingcrm/pingcrm/internal/member"
	"github.com/pingcrm/pingcrm/internal/profile"
	"github.com/pingcrm/pingcrm/internal/template"
	"github.com/pingcrm/pingcrm/internal/workspace"
)

// base is the contract's path.
const base = "/api-app/whatsapp/"

// callbacksPerMinute bounds the calls of the callback, which needs no key, per address that calls.
const callbacksPerMinute = 300

// The faults of this package. Messages are the contract's language: Indonesian first.
var (
	errKey = fault.New(fault.Unauthenticated, "api_key_wrong", fault.Text{
		ID: "api_key tidak ada atau salah. Salin dari pengaturan umum.",
		EN: "The api_key is missing or wrong. Copy it from the general settings.",
	})
	errDevice = fault.New(fault.NotFound, "device_not_found", fault.Text{
		ID: "Perangkat tidak ditemukan. Salin Device ID dari menu perangkat.",
		EN: "There is no such device. Copy the device id from the device menu.",
	})
	errNoDevice = fault.New(fault.Conflict, "no_device_connected", fault.Text{
		ID: "Tidak ada perangkat yang terhubung. Hubungkan satu perangkat dulu.",
		EN: "No device is connected. Connect one first.",
	})
	errNotConnected = fault.New(fault.Conflict, "device_not_connected", fault.Text{
		ID: "Perangkat belum terhubung. Tautkan dulu dari menu perangkat.",
		EN: "The device is not connected. Link it first in the device menu.",
	})
	errDeviceNeeded = fault.New(fault.Invalid, "device_key_missing", fault.Text{
		ID: "device_key wajib diisi untuk grup, atau bila pengaturan ruang kerja mewajibkannya.",
		EN: "device_key is needed for a group, or when the workspace's settings demand it.",
	}).WithField("device_key")
	errUnreadable = fault.New(fault.Malformed, "body_unreadable", fault.Text{
		ID: "Isi permintaan tidak bisa dibaca. Kirim JSON atau kolom formulir.",
		EN: "The request's body can't be read. Send JSON or form fields.",
	})
	errMissing = fault.New(fault.Invalid, "field_missing", fault.Text{
		ID: "Kolom %s wajib diisi.", EN: "The field %s is needed.",
	})
	errType = fault.New(fault.Invalid, "field_type", fault.Text{
		ID: "Kolom %s berisi jenis nilai yang salah.", EN: "The field %s has a value of the wrong type.",
	})
	errText = fault.New(fault.Invalid, "field_text", fault.Text{
		ID: "Kolom %s memuat byte NUL atau teks yang bukan UTF-8.", EN: "The field %s has a NUL byte or text that is not UTF-8.",
	})
	errTooLong = fault.New(fault.Invalid, "text_too_long", fault.Text{
		ID: "Kolom %s terlalu panjang. Paling banyak 4.096 karakter; pecah menjadi beberapa pesan.",
		EN: "The field %s is too long. At most 4,096 characters are allowed; split it into several messages.",
	})
	errAddress = fault.New(fault.Invalid, "address_invalid", fault.Text{
		ID: "Kolom %s bukan nomor telepon atau ID grup yang benar. Contoh: 6281290641111, 120363303315871698@g.us.",
		EN: "The field %s is not a valid phone number or group id. For example 6281290641111, 120363303315871698@g.us.",
	})
	errMethod = fault.New(fault.Invalid, "method_unknown", fault.Text{
		ID: "method harus text atau template.", EN: "method must be text or template.",
	}).WithField("method")
	errVariable = fault.New(fault.Invalid, "variable_missing", fault.Text{
		ID: "Variabel %s dipakai di template tetapi tidak ada di variables.",
		EN: "The template uses the variable %s, which variables does not have.",
	})
	errSince = fault.New(fault.Invalid, "last_chat_invalid", fault.Text{
		ID: "last_chat harus waktu unix dalam detik.", EN: "last_chat must be a unix time in seconds.",
	}).WithField("last_chat")
	errChat = fault.New(fault.NotFound, "chat_not_found", fault.Text{
		ID: "Percakapan tidak ditemukan.", EN: "There is no such chat.",
	})
)

// Devices are the devices of a workspace.
type Devices interface {
	Get(ctx context.Context, workspaceID, deviceID string) (device.Device, error)
	List(ctx context.Context, workspaceID string) ([]device.Device, error)
	// ByID finds a device of any workspace: for the callback, to which the device's id is the secret.
	ByID(ctx context.Context, deviceID string) (device.Device, error)
	// Details is a message's raw form in the JSON that the contract shows; nil when there is none.
	Details(d device.Device, raw []byte) (json.RawMessage, error)
	// MediaOf finds the file in such JSON that a caller hands over.
	MediaOf(d device.Device, message json.RawMessage) (device.Media, error)
	// Download fetches a file over the device's connection.
	Download(ctx context.Context, d device.Device, m device.Media) ([]byte, error)
}

// Config is what the service works with.
type Config struct {
	DB         *db.DB
	Log        *slog.Logger
	Members    *member.Service
	Devices    Devices
	Contacts   *contact.Service
	Chats      *chat.Service
	Templates  *template.Service
	Files      Files
	Workspaces *workspace.Service
	Profiles   *profile.Service
	Stored     *file.Service // the same as Files, with the bytes
	Signer     Signer
	Once       *once.Keeper
	Now        func() time.Time // nil: time.Now
}

// Files makes messages of uploaded files.
type Files interface {
	Content(ctx context.Context, workspaceID, fileID string, kind device.Kind, text string) (device.Content, error)
}

// Service answers the contract's calls.
type Service struct {
	Config
	once      remembered
	callbacks *httpx.Limiter
}

// New makes the service.
func New(c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Service{Config: c, once: remembered{c.Once}, callbacks: httpx.NewLimiter(callbacksPerMinute, time.Minute)}
}

// Module is the feature as the program lists it.
func Module(s *Service) module.Module {
	return module.Module{Name: "apiapp", Upgrades: upgrades(), Routes: s.routes}
}

// routes is the contract's surface.
func (s *Service) routes(mux *http.ServeMux) {
	mux.Handle("GET "+base+"chats/contacts/{device}", s.reads(member.ReadChats, s.contacts))
	mux.Handle("GET "+base+"chats/{device}", s.reads(member.ReadChats, s.chats))
	mux.Handle("GET "+base+"chats/detail/{device}/{chat}", s.reads(member.ReadChats, s.detail))
	mux.Handle("POST "+base+"send-message", s.writes(member.SendMessages, s.send))
	mux.Handle("POST "+base+"callback/{session}", http.HandlerFunc(s.callback))
	mux.Handle("POST "+base+"misc/read-messages/{device}", s.writes(member.WriteChats, s.readMessages))
	mux.Handle("POST "+base+"misc/delete-message/{device}", s.writes(member.WriteChats, s.deleteMessage))
	mux.Handle("POST "+base+"misc/delete-everyone/{device}", s.writes(member.SendMessages, s.deleteEveryone))
	mux.Handle("POST "+base+"misc/mark-message/{device}", s.writes(member.WriteChats, s.markMessage))
	mux.Handle("POST "+base+"misc/delete-chat/{device}", s.writes(member.WriteChats, s.deleteChat))
	mux.Handle("POST "+base+"misc/download-media/{device}", s.asks(member.ReadChats, s.downloadMedia))
	mux.Handle("POST "+base+"misc/get-profile/{device}", s.asks(member.ReadContacts, s.profile))
	mux.HandleFunc("GET "+uploadsPath+"{name}", s.upload)
	mux.Handle(base, http.HandlerFunc(s.nothing))
	mux.HandleFunc("GET "+iconPath, icon)
	mux.HandleFunc("GET /docs/api-app", docs)
	mux.HandleFunc("GET "+OwnScript, ownScript)
}

// nothing answers paths and methods that the contract does not have.
func (s *Service) nothing(w http.ResponseWriter, r *http.Request) {
	refuse(w, r, fault.New(fault.NotFound, "no_such_path", fault.Text{
		ID: "Alamat atau metode ini tidak ada. Lihat /docs.", EN: "There is no such address or method. See /docs.",
	}))
}

// object is a JSON object in an answer.
type object map[string]any

// caller is who calls, and with what.
type caller struct {
	workspace workspace.Workspace
	zone      *time.Location
	r         *http.Request
	in        fields
}

// reads makes the handler of a GET: the key is in the query or a header.
func (s *Service) reads(need httpx.Need, fn func(context.Context, caller) (object, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, err := s.asCaller(r, need, queryFields(r), fn)
		reply(w, r, answer, err)
	})
}

// writes makes the handler of a POST: the key is in the body or a header, and the work is done once per Idempotency-Key.
func (s *Service) writes(need httpx.Need, fn func(context.Context, caller) (object, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		in, err := readFields(w, r)
		if err != nil {
			refuse(w, r, err)
			return
		}
		answer, err := s.asCaller(r, need, in, func(ctx context.Context, c caller) (object, error) {
			return s.once.do(ctx, c.workspace.ID, r, in, func(ctx context.Context) (object, error) { return fn(ctx, c) })
		})
		reply(w, r, answer, err)
	})
}

// asCaller finds whose key it is and, when the key may do what is needed, calls fn for that workspace.
func (s *Service) asCaller(r *http.Request, need httpx.Need, in fields, fn func(context.Context, caller) (object, error)) (object, error) {
	key, err := keyOf(r, in)
	if err != nil {
		return nil, err
	}
	p, err := s.Members.ByAPIKey(r.Context(), key)
	if errors.Is(err, member.ErrKey) {
		return nil, errKey
	}
	if err != nil {
		return nil, err
	}
	if !member.Can(p, need) {
		return nil, member.ErrNotAllowed
	}
	return s.inWorkspace(r, p.WorkspaceID, in, fn)
}

func (s *Service) inWorkspace(r *http.Request, workspaceID string, in fields, fn func(context.Context, caller) (object, error)) (object, error) {
	w, err := s.Workspaces.Get(r.Context(), workspaceID)
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(w.Timezone)
	if err != nil {
		zone = time.UTC
	}
	return fn(workspace.With(r.Context(), workspaceID), caller{workspace: w, zone: zone, r: r, in: in})
}

// deviceOf is the device that the path names.
func (s *Service) deviceOf(ctx context.Context, c caller) (device.Device, error) {
	d, err := s.Devices.Get(ctx, c.workspace.ID, c.r.PathValue("device"))
	if f, ok := fault.From(err); ok && f.Kind == fault.NotFound {
		return d, errDevice
	}
	return d, err
}

// reply answers with the contract's shape, good or bad.
func reply(w http.ResponseWriter, r *http.Request, answer object, err error) {
	if err != nil {
		refuse(w, r, err)
		return
	}
	httpx.WriteJSON(w, http.StatusOK, answer)
}
