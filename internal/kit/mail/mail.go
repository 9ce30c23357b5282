// Package mail owns e-mails on their way out: they are written in the transaction of what causes them, and sent by SMTP.
package mail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	netmail "net/mail"
	"net/url"
	"strconv"
	"time"

	smtp "github.com/wneessen/go-mail"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/id"
	"github.com/pingcrm/pingcrm/internal/kit/module"
	"github.com/pingcrm/pingcrm/internal/kit/seal"
)

// Message is one e-mail of plain text.
type Message struct {
	To      string `json:"to"`
	Subject string `json:"subject"`
	Text    string `json:"text"`
	// ExpiresAt is when it is worth nothing any more, Unix ms: it is not tried after that.
	ExpiresAt int64 `json:"-"`
}

// Config is what the service needs.
type Config struct {
	DB   *db.DB
	Log  *slog.Logger
	Seal *seal.Box // what waits is sealed: it may hold links that sign in
	Now  func() time.Time
	// URL is the server that takes mail: smtp://user:password@host:587, which must offer TLS unless it is on this machine,
	// or smtps://… for TLS from the beginning.
	URL string
	// From is the sender, an address with or without a name.
	From string
}

// Service takes e-mails and sends them.
type Service struct {
	c    Config
	send func(context.Context, Message) error
	wake chan struct{}
}

// New makes the service. An address that can't be used is an error. Nothing is sent before Run.
func New(c Config) (*Service, error) {
	if _, err := netmail.ParseAddress(c.From); err != nil {
		return nil, fmt.Errorf("the sender of mail %q: %w", c.From, err)
	}
	send, err := sender(c)
	if err != nil {
		return nil, err
	}
	return &Service{c: c, send: send, wake: make(chan struct{}, 1)}, nil
}

var errURL = errors.New("the mail server is written as smtp://user:password@host:587 or smtps://user:password@host:465")

// timeout is how long one attempt may take.
const timeout = 30 * time.Second

// sender is how one message is sent over a connection of its own.
func sender(c Config) (func(context.Context, Message) error, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return nil, errURL // not err, which has the password
	}
	options := []smtp.Option{smtp.WithTimeout(timeout), smtp.WithTLSPolicy(smtp.TLSMandatory)}
	switch {
	case u.Scheme == "smtps":
		options = append(options, smtp.WithSSLPort(false))
	case loopback(u.Hostname()):
		options = append(options, smtp.WithTLSPolicy(smtp.TLSOpportunistic))
	}
	if p := u.Port(); p != "" {
		n, err := strconv.Atoi(p)
		if err != nil {
			return nil, errURL
		}
		options = append(options, smtp.WithPort(n))
	}
	if u.User != nil {
		password, _ := u.User.Password()
		options = append(options, smtp.WithSMTPAuth(smtp.SMTPAuthAutoDiscover), smtp.WithUsername(u.User.Username()), smtp.WithPassword(password))
	}
	return func(ctx context.Context, m Message) error {
		client, err := smtp.NewClient(u.Hostname(), options...)
		if err != nil {
			return err
		}
		msg := smtp.NewMsg()
		if err := errors.Join(msg.From(c.From), msg.To(m.To)); err != nil {
			return err
		}
		msg.Subject(m.Subject)
		msg.SetBodyString(smtp.TypeTextPlain, m.Text)
		return client.DialAndSendWithContext(ctx, msg)
	}, nil
}

func loopback(host string) bool { return host == "localhost" || host == "127.0.0.1" || host == "::1" }

// Send writes a message down and joins the transaction in ctx; it goes out after the commit.
func (s *Service) Send(ctx context.Context, m Message) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	sealed, err := s.c.Seal.SealText(seal.Secret(text))
	if err == nil {
		_, err = s.c.DB.Exec(ctx, insertMail, id.New(), sealed, s.c.Now().UnixMilli(), m.ExpiresAt)
	}
	if err != nil {
		return fmt.Errorf("write a mail down: %w", err)
	}
	db.AfterCommit(ctx, func() {
		select {
		case s.wake <- struct{}{}:
		default:
		}
	})
	return nil
}

// Module is the kit's module.
func Module(s *Service) module.Module {
	m := module.Module{Name: "mail", Upgrades: upgrades()}
	if s != nil {
		m.Run = s.Run
	}
	return m
}

// poll is how often it is looked for what waits for its next attempt, or was left by another node.
const poll = 10 * time.Second

// Run sends what waits until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	t := time.NewTicker(poll)
	defer t.Stop()
	for {
		if err := s.turn(ctx); err != nil && ctx.Err() == nil {
			s.c.Log.WarnContext(ctx, "mail waits", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		case <-s.wake:
		}
	}
}

// turn sends everything that is due.
func (s *Service) turn(ctx context.Context) error {
	if _, err := s.c.DB.Exec(ctx, sweepMails, s.c.Now().UnixMilli()); err != nil {
		return err
	}
	for {
		mailID, sealed, tries, err := s.claim(ctx)
		if err != nil || mailID == "" {
			return err
		}
		plain, err := s.c.Seal.OpenText(sealed)
		if err != nil {
			return err
		}
		var m Message
		if err := json.Unmarshal([]byte(plain), &m); err != nil {
			return err
		}
		if err := s.send(ctx, m); err != nil {
			if ctx.Err() != nil {
				return nil //nolint:nilerr // the stop is the reason; it is sent after the next start
			}
			// Never the address: logs are read by more people.
			s.c.Log.WarnContext(ctx, "a mail was not taken; it is tried again", "mail", mailID, "tries", tries, "error", err)
			continue
		}
		if _, err := s.c.DB.Exec(ctx, deleteMail, mailID); err != nil {
			return err
		}
	}
}
