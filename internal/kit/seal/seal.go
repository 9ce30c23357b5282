// Package seal owns secrets at rest: they are unreadable without the installation's key, and hide when printed.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

const (
	keyFile    = "secret.key"
	minSecret  = 16 // characters of a secret that an operator gives
	version    = 1  // the first byte of what is sealed: AES-256-GCM with a 96-bit random nonce
	keyPurpose = "pingcrm sealing key v1"
	// Another key for signatures, so that neither says anything about the other.
	signPurpose = "pingcrm signing key v1"
)

// errSealed means that a text was sealed with another key, or changed.
var errSealed = errors.New("sealed with another key, or damaged: was the key file or PING_SECRET changed?")

// Box seals and opens. It is safe for concurrent use.
type Box struct {
	aead    cipher.AEAD
	signing []byte // the key of signatures
}

// Load makes the box of an installation. Its key is made of secret, when that is given (at least 16 characters);
// otherwise it is read from secret.key in folder, which is made, readable by its owner only, when it is not there.
// Nodes of one installation need the same. Whoever loses the key loses what was sealed.
func Load(folder, secret string) (*Box, error) {
	if secret != "" {
		if len(secret) < minSecret {
			return nil, fmt.Errorf("the secret must have at least %d characters", minSecret)
		}
		return newBox([]byte(secret))
	}
	key, err := readKey(filepath.Join(folder, keyFile))
	if errors.Is(err, fs.ErrNotExist) {
		if err = makeKey(folder); err == nil {
			key, err = readKey(filepath.Join(folder, keyFile))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("the key that secrets are sealed with: %w", err)
	}
	return newBox(key)
}

func newBox(secret []byte) (*Box, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, keyPurpose, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	signing, err := hkdf.Key(sha256.New, secret, nil, signPurpose, 32)
	if err != nil {
		return nil, err
	}
	return &Box{aead, signing}, nil
}

func readKey(file string) ([]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != 32 {
		return nil, fmt.Errorf("%s does not hold a key: restore it from a backup", file)
	}
	return key, nil
}

// makeKey writes a new key. Of several processes that start at once one wins, and all read the winner's.
func makeKey(folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	var key [32]byte
	_, _ = rand.Read(key[:]) // never fails: crypto/rand ends the process instead
	temp, err := os.CreateTemp(folder, keyFile+".*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp.Name()) }()
	_, err = temp.WriteString(base64.StdEncoding.EncodeToString(key[:]) + "\n")
	err = errors.Join(err, temp.Chmod(0o600), temp.Sync(), temp.Close())
	if err != nil {
		return err
	}
	if err := os.Link(temp.Name(), filepath.Join(folder, keyFile)); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// Seal makes plain unreadable. Sealing the same twice gives two different results.
func (b *Box) Seal(plain []byte) ([]byte, error) {
	return b.aead.Seal([]byte{version}, nil, plain, nil), nil
}

// Open undoes Seal. What was not sealed with this key, or was changed, is an error.
func (b *Box) Open(sealed []byte) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != version {
		return nil, errSealed
	}
	plain, err := b.aead.Open(nil, nil, sealed[1:], nil)
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}

// SealText is Seal for a column of text. Empty stays empty: there is nothing to hide.
func (b *Box) SealText(s Secret) (string, error) {
	if s == "" {
		return "", nil
	}
	sealed, err := b.Seal([]byte(s))
	return base64.RawStdEncoding.EncodeToString(sealed), err
}

// OpenText undoes SealText.
func (b *Box) OpenText(text string) (Secret, error) {
	if text == "" {
		return "", nil
	}
	sealed, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return "", errSealed
	}
	plain, err := b.Open(sealed)
	return Secret(plain), err
}

// Secret is a text that prints as dots, in logs and JSON too. string(s) is the text itself.
type Secret string

const dots = "•••"

// String is dots, or empty for an empty secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return dots
}

// GoString is String, for %#v.
func (s Secret) GoString() string { return s.String() }

// LogValue is String, for slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText is String, for JSON and its kin. There is no way back on purpose: what is stored is sealed.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
