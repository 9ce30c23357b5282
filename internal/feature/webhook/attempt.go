package webhook

import (
	"bytes"
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
	status int    // 0: no answer
	answer string // the beginning of the answer, or why there was none
	final  bool   // trying again is pointless
	after  time.Duration
}

func (r result) ok() bool { return r.status >= 200 && r.status < 300 }

// down reports whether the endpoint itself is in trouble, not only this delivery.
func (r result) down() bool {
	return r.status == 0 || r.status == http.StatusTooManyRequests || r.status >= 500
}

// attempt posts d once.
func (s *Service) attempt(ctx context.Context, e *endpoint, d Delivery) result {
	dev, err := s.devices.Get(ctx, d.WorkspaceID, d.DeviceID)
	if err != nil || dev.Settings.WebhookURL == "" {
		return result{answer: "the device or its webhook address is gone", final: err == nil || isGone(err)}
	}
	secret, err := s.secretOf(ctx, e)
	if err != nil {
		return result{answer: "the signing secret can't be read"}
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	req, err := s.request(ctx, d, dev.Settings.WebhookURL, secret)
	if err != nil {
		return result{answer: err.Error(), final: true}
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return result{answer: db.Text(err.Error())}
	}
	defer func() { _ = resp.Body.Close() }()
	head, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	return result{
		status: resp.StatusCode, answer: db.Text(string(head)), final: resp.StatusCode == http.StatusGone,
		after: retryAfter(resp.Header.Get("Retry-After")),
	}
}

// request is signed as Standard Webhooks 1.0 says: HMAC-SHA256 over id.timestamp.body.
func (s *Service) request(ctx context.Context, d Delivery, url string, secret []byte) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(d.Body))
	if err != nil {
		return nil, fmt.Errorf("the address can't be used: %w", err)
	}
	now := s.now()
	signer, err := standardwebhooks.NewWebhookRaw(secret)
	if err != nil {
		return nil, err
	}
	signature, err := signer.Sign(d.ID, now, d.Body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set(standardwebhooks.HeaderWebhookID, d.ID)
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
	raw, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		return nil, fmt.Errorf("read a webhook's secret: %w", err)
	}
	return s.seal.Open(raw)
}

func (s *Service) makeSecret(ctx context.Context, k key) (string, error) {
	plain := make([]byte, secretSize)
	_, _ = rand.Read(plain)
	sealed, err := s.seal.Seal(plain)
	if err != nil {
		return "", fmt.Errorf("seal a webhook's secret: %w", err)
	}
	if err := s.store.addSecret(ctx, k, base64.StdEncoding.EncodeToString(sealed), s.now().UnixMilli()); err != nil {
		return "", err
	}
	return s.store.secret(ctx, k)
}

// Secret is the endpoint's signing secret in the form that Standard Webhooks libraries take (whsec_…).
func (s *Service) Secret(ctx context.Context, workspaceID, deviceID string) (string, error) {
	plain, err := s.loadSecret(ctx, key{workspaceID, deviceID})
	if err != nil {
		return "", err
	}
	return "whsec_" + base64.StdEncoding.EncodeToString(plain), nil
}

// isGone reports whether a device was not found, as against not readable now.
func isGone(err error) bool {
	f, ok := fault.From(err)
	return ok && f.Kind == fault.NotFound
}
