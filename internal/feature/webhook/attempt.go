package webhook

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

const (
	maxAnswer  = 1024 // bytes of an answer that the log keeps
	secretSize = 32   // bytes; Standard Webhooks asks for 24 to 64
	userAgent  = "pingcrm-webhook/1"
)

// result is what one attempt came to.
type result struct {
	url    string // where it went; "" when it did not
	status int    // 0: no answer
	answer string // the beginning of the answer, or why there was none
	final  bool   // trying again is pointless
	after  time.Duration
}

func (r result) ok() bool { return r.status >= 200 && r.status < 300 }

// down reports whether the endpoint itself is in trouble, not only this delivery.
func (r result) down() bool {
	return r.status == 0 && !r.final || r.status == http.StatusTooManyRequests || r.status >= 500
}

// attempt posts d once.
func (s *Service) attempt(ctx context.Context, e *endpoint, d Delivery) result {
	to, err := s.target(ctx, e, d)
	if err != nil {
		return result{answer: err.Error(), final: isGone(err)}
	}
	s.mu.Lock()
	e.goesTo(to.url)
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	req, err := s.request(ctx, d, to)
	if err != nil {
		return result{url: to.url, answer: err.Error(), final: true}
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return result{url: to.url, answer: db.Text(err.Error())}
	}
	defer func() { _ = resp.Body.Close() }()
	head, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	return result{
		url: to.url, status: resp.StatusCode, answer: db.Text(string(head)), final: resp.StatusCode == http.StatusGone,
		after: retryAfter(resp.Header.Get("Retry-After")),
	}
}

// target is where a delivery goes, and what it is signed with.
type target struct {
	url    string
	secret []byte
}

// errNowhere means that a delivery has no address any more.
var errNowhere = fault.New(fault.NotFound, "webhook_gone", fault.Text{
	ID: "Perangkat atau alamat webhook-nya sudah tidak ada, atau webhook dimatikan.",
	EN: "The device or its webhook address is gone, or the webhook is switched off.",
})

func (s *Service) target(ctx context.Context, e *endpoint, d Delivery) (t target, err error) {
	if d.WebhookID != "" {
		return s.webhookTarget(ctx, d)
	}
	dev, err := s.devices.Get(ctx, d.WorkspaceID, d.DeviceID)
	if err != nil || dev.Settings.WebhookURL == "" {
		return t, cmp.Or(err, error(errNowhere))
	}
	if t.secret, err = s.secretOf(ctx, e); err != nil {
		return t, fmt.Errorf("the signing secret can't be read: %w", err)
	}
	t.url = dev.Settings.WebhookURL
	return t, nil
}

func (s *Service) webhookTarget(ctx context.Context, d Delivery) (t target, err error) {
	w, err := s.store.webhook(ctx, d.WorkspaceID, d.WebhookID)
	if err != nil {
		return t, err
	}
	if !w.Enabled {
		return t, errNowhere
	}
	if t.secret, err = s.unseal(w.secret); err != nil {
		return t, fmt.Errorf("the signing secret can't be read: %w", err)
	}
	t.url = w.URL
	return t, nil
}

// request is signed as Standard Webhooks 1.0 says: HMAC-SHA256 over id.timestamp.body.
func (s *Service) request(ctx context.Context, d Delivery, to target) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.url, bytes.NewReader(d.Body))
	if err != nil {
		return nil, fmt.Errorf("the address can't be used: %w", err)
	}
	now := s.now()
	signer, err := standardwebhooks.NewWebhookRaw(to.secret)
	if err != nil {
		return nil, err
	}
	signature, err := signer.Sign(d.header(), now, d.Body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set(standardwebhooks.HeaderWebhookID, d.header())
	req.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	req.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	return req, nil
}

// retryAfter reads seconds, at most an hour; dates and nonsense are nothing.
func retryAfter(v string) time.Duration {
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 {
		return 0
	}
	return min(time.Duration(n)*time.Second, time.Hour)
}

// secretOf returns the endpoint's signing secret, which is made at first use.
func (s *Service) secretOf(ctx context.Context, e *endpoint) ([]byte, error) {
	s.mu.Lock()
	cached := e.secret
	s.mu.Unlock()
	if cached != nil {
		return cached, nil
	}
	plain, err := s.loadSecret(ctx, e.key)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	e.secret = plain
	s.mu.Unlock()
	return plain, nil
}

func (s *Service) loadSecret(ctx context.Context, k key) ([]byte, error) {
	sealed, err := s.store.secret(ctx, k)
	if err != nil {
		return nil, err
	}
	if sealed == "" {
		if sealed, err = s.makeSecret(ctx, k); err != nil {
			return nil, err
		}
	}
	return s.unseal(sealed)
}

func (s *Service) makeSecret(ctx context.Context, k key) (string, error) {
	_, sealed, err := s.newSecret()
	if err != nil {
		return "", err
	}
	if err := s.store.addSecret(ctx, k, sealed, s.now().UnixMilli()); err != nil {
		return "", err
	}
	return s.store.secret(ctx, k)
}

// newSecret makes a signing secret, and its sealed form for the database.
func (s *Service) newSecret() (plain []byte, sealed string, err error) {
	plain = make([]byte, secretSize)
	_, _ = rand.Read(plain)
	box, err := s.seal.Seal(plain)
	if err != nil {
		return nil, "", fmt.Errorf("seal a webhook's secret: %w", err)
	}
	return plain, base64.StdEncoding.EncodeToString(box), nil
}

func (s *Service) unseal(sealed string) ([]byte, error) {
	raw, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		return nil, fmt.Errorf("read a webhook's secret: %w", err)
	}
	return s.seal.Open(raw)
}

// shown is a secret in the form that Standard Webhooks libraries take.
func shown(secret []byte) string { return "whsec_" + base64.StdEncoding.EncodeToString(secret) }

// Secret is the endpoint's signing secret in the form that Standard Webhooks libraries take (whsec_…).
func (s *Service) Secret(ctx context.Context, workspaceID, deviceID string) (string, error) {
	plain, err := s.loadSecret(ctx, key{workspaceID: workspaceID, deviceID: deviceID})
	if err != nil {
		return "", err
	}
	return shown(plain), nil
}

// isGone reports whether a device was not found, as against not readable now.
func isGone(err error) bool {
	f, ok := fault.From(err)
	return ok && f.Kind == fault.NotFound
}
