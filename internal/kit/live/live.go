// Package live owns the push of events to whoever looks at a workspace right now.
//
// It only makes a screen quicker: the database stays the truth, and a client that missed something asks it again.
package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/centrifugal/centrifuge"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
)

// Path is where browsers and scripts connect, with the JSON protocol of centrifuge.
const Path = "/api/v1/live"

var errWebSocket = fault.New(fault.Malformed, "websocket_needed", fault.Text{
	ID: "Alamat ini hanya untuk WebSocket.", EN: "This address is for WebSockets only.",
})

// What a client that was away for a moment still gets when it comes back.
const (
	historySize = 200
	historyTTL  = time.Minute
)

// Caller is who connects: it hears the events of one workspace.
type Caller struct {
	WorkspaceID string
	UserID      string // tells people and keys apart; not shown to anybody
	Session     string // what End ends: the session or the key that the connection was made with
}

// Config is what New needs.
type Config struct {
	Log *slog.Logger
	// Authenticate says who sends a request, or returns the fault to answer with. It is asked again every Recheck
	// while the connection stands, so that one who signed out or lost the key does not listen on.
	Authenticate func(*http.Request) (Caller, error)
	// Recheck is 1 minute when 0; whole seconds.
	Recheck time.Duration
	// Metrics is where counters go; nil keeps them to itself.
	Metrics centrifuge.RegistererGatherer
}

// Live is the hub of one node.
type Live struct {
	node    *centrifuge.Node
	config  Config
	handler http.Handler
}

// New starts the hub; Run stops it.
func New(c Config) (*Live, error) {
	if c.Recheck == 0 {
		c.Recheck = time.Minute
	}
	if c.Metrics == nil {
		c.Metrics = prometheus.NewRegistry()
	}
	node, err := centrifuge.New(centrifuge.Config{
		LogLevel:   centrifuge.LogLevelWarn,
		LogHandler: logger(c.Log),
		Metrics:    centrifuge.MetricsConfig{RegistererGatherer: c.Metrics},
	})
	if err != nil {
		return nil, fmt.Errorf("make the live hub: %w", err)
	}
	l := &Live{node: node, config: c}
	node.OnConnecting(l.connecting)
	node.OnConnect(l.connected)
	if err := node.Run(); err != nil {
		return nil, fmt.Errorf("start the live hub: %w", err)
	}
	l.handler = centrifuge.NewWebsocketHandler(node, centrifuge.WebsocketConfig{MessageSizeLimit: 4096, UseWriteBufferPool: true})
	return l, nil
}

// stopGrace is how long clients may take to go; after it their connections are simply cut with the process.
const stopGrace = 3 * time.Second

// Run waits for ctx's end and then sends every client away; they come back to another node or later.
func (l *Live) Run(ctx context.Context) error {
	<-ctx.Done()
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
	defer cancel()
	if err := l.node.Shutdown(end); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("stop the live hub: %w", err)
	}
	return nil
}

func channel(workspaceID string) string { return "workspace:" + workspaceID }

// Event is what a client gets: a type such as "message.received" and what the API shows of its subject.
type Event struct {
	Type string `json:"type"`
	// Seq is its number in a log from which a client that was away reads what it missed; 0: it is in none.
	Seq  int64 `json:"seq,omitempty"`
	Data any   `json:"data"`
}

// Publish sends an event to everybody who looks at the workspace. It does not wait for them. Call it after the
// commit: what a rollback undoes must not be seen.
func (l *Live) Publish(workspaceID string, e Event) error {
	b, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode event %s: %w", e.Type, err)
	}
	if _, err := l.node.Publish(channel(workspaceID), b, centrifuge.WithHistory(historySize, historyTTL)); err != nil {
		return fmt.Errorf("publish event %s: %w", e.Type, err)
	}
	return nil
}

// End sends away who is connected to this node with a session, as its caller may not listen any more, or listens to
// something else from now on. It does not wait for them. A session that nobody is connected with is fine.
func (l *Live) End(session string) {
	for _, client := range l.node.Hub().Connections() {
		if c, ok := client.Context().Value(connKey{}).(*conn); ok && c.caller.Session == session {
			client.Disconnect(centrifuge.DisconnectExpired)
		}
	}
}

type connKey struct{}

// conn is one connection on its way through centrifuge, which knows only its ctx.
type conn struct {
	caller Caller
	again  func() (Caller, error)
}

// Handler serves Path. A browser's request must come from our own pages; scripts send no Origin.
func (l *Live) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
			httpx.WriteFault(w, r, errWebSocket)
			return
		}
		caller, err := l.config.Authenticate(r)
		if err != nil {
			httpx.WriteFault(w, r, err)
			return
		}
		c := &conn{caller: caller, again: func() (Caller, error) {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), 10*time.Second)
			defer cancel()
			return l.config.Authenticate(r.WithContext(ctx))
		}}
		l.handler.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), connKey{}, c)))
	})
}

func (l *Live) connecting(ctx context.Context, _ centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
	c, ok := ctx.Value(connKey{}).(*conn)
	if !ok || c.caller.WorkspaceID == "" {
		return centrifuge.ConnectReply{}, centrifuge.DisconnectInvalidToken
	}
	return centrifuge.ConnectReply{
		Credentials: &centrifuge.Credentials{UserID: c.caller.UserID, ExpireAt: l.nextCheck()},
		Subscriptions: map[string]centrifuge.SubscribeOptions{
			channel(c.caller.WorkspaceID): {EnableRecovery: true}, personal(c.caller): {},
		},
	}, nil
}

func (l *Live) nextCheck() int64 { return time.Now().Add(l.config.Recheck).Unix() }

// connected sets what a client may do afterwards: nothing but being asked again who it is.
func (l *Live) connected(client *centrifuge.Client) {
	c, ok := client.Context().Value(connKey{}).(*conn)
	if !ok {
		client.Disconnect(centrifuge.DisconnectInvalidToken)
		return
	}
	client.OnRefresh(func(_ centrifuge.RefreshEvent, reply centrifuge.RefreshCallback) {
		go func() { // it asks the database, and centrifuge waits for nobody
			now, err := c.again()
			_, refused := fault.From(err)
			switch {
			case refused, err == nil && now != c.caller:
				reply(centrifuge.RefreshReply{Expired: true}, nil)
			default: // a failure of ours is not the caller's: ask again later
				reply(centrifuge.RefreshReply{ExpireAt: l.nextCheck()}, nil)
			}
		}()
	})
}

func logger(log *slog.Logger) centrifuge.LogHandler {
	return func(e centrifuge.LogEntry) {
		level := slog.LevelWarn
		if e.Level == centrifuge.LogLevelError {
			level = slog.LevelError
		}
		log.Log(context.Background(), level, "live hub", "message", e.Message, "error", e.Error, "fields", e.Fields)
	}
}
