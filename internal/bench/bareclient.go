package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	waLog "go.mau.fi/whatsmeow/util/log"
	"google.golang.org/protobuf/proto"
	_ "modernc.org/sqlite" // the session store's engine, as in the product
)

var errBare = errors.New("the bare client can't go on")

// The bare client's requests and answers.
type (
	bareSend struct {
		To   string `json:"to"`
		Text string `json:"text"`
	}
	bareHook struct {
		URL string `json:"url"`
	}
	bareCode struct {
		Code string `json:"code"`
	}
)

// bareClient is what the library alone costs: it answers from inside its handler, sends on command and posts what
// comes in to a webhook. It stores its keys and nothing else, so a crash loses messages.
type bareClient struct {
	container *sqlstore.Container
	http      *http.Client // to the network
	out       *http.Client // to the webhook
	hook      atomic.Pointer[string]

	mu   sync.Mutex
	shop *whatsmeow.Client // the first device
}

// runBare is the bare client's process: address to listen on, data folder, network.
func runBare(args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("%w: want an address, a folder and a network", errBare)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	b := &bareClient{out: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	if err := b.join(ctx, args[2]); err != nil {
		return err
	}
	if err := b.open(ctx, args[1]); err != nil {
		return err
	}
	l, err := net.Listen("tcp", args[0])
	if err != nil {
		return err
	}
	server := &http.Server{Handler: b.routes(), ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go b.reconnect(ctx)
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// join trusts the network's root and lets every connection go there, to a loopback address.
func (b *bareClient) join(ctx context.Context, network string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, network+"/v1/network", nil)
	if err != nil {
		return err
	}
	res, err := b.out.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	var n struct {
		RootKey string `json:"root_key"`
		Dial    string `json:"dial"`
	}
	if err := json.NewDecoder(res.Body).Decode(&n); err != nil {
		return err
	}
	key, err := base64.StdEncoding.DecodeString(n.RootKey)
	if err != nil || len(key) != len(whatsmeow.WACertPubKey) {
		return fmt.Errorf("%w: the network tells no root key", errBare)
	}
	at, err := netip.ParseAddrPort(n.Dial)
	if err != nil || !at.Addr().IsLoopback() {
		return fmt.Errorf("%w: %q is no loopback address", errBare, n.Dial)
	}
	whatsmeow.WACertPubKey = [32]byte(key)
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", at.String())
	}
	b.http = &http.Client{Transport: &http.Transport{DialContext: dial, DialTLSContext: dial}}
	return nil
}

// open opens the session store as safe as the product's: what is committed survives a power cut. One connection is
// the fastest way to use SQLite here, because nobody then polls for another one's lock.
func (b *bareClient) open(ctx context.Context, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "keys.db")+"?_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)"+
		"&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)&_pragma=cache_size(-16000)&_txlock=immediate")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	b.container = sqlstore.NewWithDB(db, "sqlite", waLog.Noop)
	return b.container.Upgrade(ctx)
}

func (b *bareClient) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST /hook", bareHandler(func(_ context.Context, in bareHook) (any, error) {
		b.hook.Store(&in.URL)
		return struct{}{}, nil
	}))
	mux.HandleFunc("POST /link", bareHandler(func(context.Context, struct{}) (any, error) { return b.link() }))
	mux.HandleFunc("POST /send", bareHandler(b.send))
	return mux
}

// bareHandler decodes, calls and encodes.
func bareHandler[T any](fn func(context.Context, T) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in T
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		out, err := fn(r.Context(), in)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		_ = json.NewEncoder(w).Encode(out)
	}
}

// client makes a client as the library's example does.
func (b *bareClient) client(keys *store.Device) *whatsmeow.Client {
	c := whatsmeow.NewClient(keys, waLog.Noop)
	c.SetPreLoginHTTPClient(b.http)
	c.SetWebsocketHTTPClient(b.http)
	c.SetMediaHTTPClient(b.http)
	c.AddEventHandler(func(evt any) {
		if m, ok := evt.(*events.Message); ok && !m.Info.IsFromMe {
			b.message(c, m)
		}
	})
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.shop == nil {
		b.shop = c
	}
	return c
}

// reconnect connects the devices of an earlier run.
func (b *bareClient) reconnect(ctx context.Context) {
	all, err := b.container.GetAllDevices(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	for _, keys := range all {
		if err := b.client(keys).ConnectContext(ctx); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
}

// link begins to link one more device and gives the code to scan.
func (b *bareClient) link() (any, error) {
	c := b.client(b.container.NewDevice())
	codes, err := c.GetQRChannel(context.Background())
	if err != nil {
		return nil, err
	}
	if err := c.Connect(); err != nil {
		return nil, err
	}
	first := <-codes
	if first.Event != whatsmeow.QRChannelEventCode {
		return nil, fmt.Errorf("%w: %s instead of a code", errBare, first.Event)
	}
	return bareCode{Code: first.Code}, nil
}

func (b *bareClient) first() *whatsmeow.Client {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.shop
}

func (b *bareClient) send(ctx context.Context, in bareSend) (any, error) {
	_, err := b.first().SendMessage(ctx, types.NewJID(in.To, types.DefaultUserServer), &waE2E.Message{Conversation: proto.String(in.Text)})
	return struct{}{}, err
}

// message reports what came in and answers greetings.
func (b *bareClient) message(c *whatsmeow.Client, m *events.Message) {
	text := m.Message.GetConversation() + m.Message.GetExtendedTextMessage().GetText()
	if text == "" {
		return
	}
	if hook := b.hook.Load(); hook != nil {
		go b.report(*hook, text)
	}
	if strings.HasPrefix(text, greeting) {
		reply := &waE2E.Message{Conversation: proto.String(answer + " " + text)}
		if _, err := c.SendMessage(context.Background(), m.Info.Chat, reply); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
}

func (b *bareClient) report(hook, text string) {
	body, _ := json.Marshal(map[string]string{"message": text})
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, hook, bytes.NewReader(body))
	if err != nil {
		return
	}
	res, err := b.out.Do(req)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	_ = res.Body.Close()
}
