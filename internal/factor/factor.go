// Package factor owns second factors: one-time codes, recovery codes and passkeys, by which a person shows more than a password.
package factor

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/seal"
)

// The faults of this package.
var (
	ErrCode = fault.New(fault.Unauthenticated, "code_wrong", fault.Text{
		ID: "Kode ini salah atau sudah dipakai. Tunggu kode berikutnya di aplikasimu, lalu coba lagi.",
		EN: "This code is wrong or was used already. Wait for the next one in your app and try again.",
	}).WithField("code")
	errConfirm = fault.New(fault.Invalid, "code_wrong", fault.Text{
		ID: "Kode ini salah. Periksa jam di ponselmu, lalu masukkan kode yang sedang tampil.",
		EN: "This code is wrong. Check your phone's clock and enter the code that it shows now.",
	}).WithField("code")
	ErrAlready = fault.New(fault.Conflict, "totp_already", fault.Text{
		ID: "Aplikasi kode sudah terpasang. Lepas dulu kalau ingin menggantinya.",
		EN: "A code app is set up already. Remove it first to use another.",
	})
	ErrNotBegun = fault.New(fault.Conflict, "totp_not_begun", fault.Text{
		ID: "Mulai dulu: pindai kode QR-nya, lalu masukkan kodenya.", EN: "Begin first: scan the QR code, then enter the code.",
	})
	ErrNone = fault.New(fault.Conflict, "no_second_factor", fault.Text{
		ID: "Belum ada langkah kedua.", EN: "There is no second factor yet.",
	})
)

// Method is a way to show who one is.
type Method string

// The methods.
const (
	TOTP     Method = "totp"
	Recovery Method = "recovery"
	Key      Method = "passkey"
)

// State is what a person has.
type State struct {
	TOTP          bool      `json:"totp" doc:"Whether a code app is set up"`
	TOTPSince     int64     `json:"totp_since,omitempty" doc:"Unix milliseconds"`
	RecoveryCodes int       `json:"recovery_codes" doc:"How many are left"`
	Passkeys      []Passkey `json:"passkeys"`
	PasskeysHere  bool      `json:"passkeys_here" doc:"Whether passkeys can be added: the server must know its own address (PING_PUBLIC_URL)"`
}

// Any reports whether there is a second factor at all.
func (s State) Any() bool { return s.TOTP || len(s.Passkeys) > 0 }

// Methods are what a sign-in may be finished with; none when a password is enough.
func (s State) Methods() []Method {
	var all []Method
	if len(s.Passkeys) > 0 {
		all = append(all, Key)
	}
	if s.TOTP {
		all = append(all, TOTP)
	}
	if len(all) > 0 && s.RecoveryCodes > 0 {
		all = append(all, Recovery)
	}
	return all
}

// Config is what the service needs.
type Config struct {
	DB   *db.DB
	Seal *seal.Box
	Now  func() time.Time
	// PublicURL is where browsers find the server; without it there are no passkeys, which are bound to an address.
	PublicURL string
}

// Service is the one way to second factors. It belongs to whoever knows the persons and decides who may ask.
type Service struct {
	db        *db.DB
	seal      *seal.Box
	now       func() time.Time
	publicURL string
}

// New makes the service.
func New(c Config) *Service {
	return &Service{db: c.DB, seal: c.Seal, now: c.Now, publicURL: strings.TrimRight(c.PublicURL, "/")}
}

// State tells what a person has.
func (s *Service) State(ctx context.Context, personID string) (State, error) {
	out := State{Passkeys: []Passkey{}, PasskeysHere: s.publicURL != ""}
	t, err := s.totp(ctx, personID)
	if err != nil {
		return State{}, err
	}
	if t.confirmedAt != 0 {
		out.TOTP, out.TOTPSince = true, t.confirmedAt
	}
	if out.RecoveryCodes, err = s.countCodes(ctx, personID); err != nil {
		return State{}, err
	}
	stored, err := s.passkeys(ctx, personID)
	for _, k := range stored {
		out.Passkeys = append(out.Passkeys, k.Passkey)
	}
	return out, err
}

// Setup is what a code app is set up with. It is shown once and counts after ConfirmTOTP.
type Setup struct {
	Secret string `json:"secret" doc:"To type in, where a QR code can't be scanned"`
	URI    string `json:"uri" doc:"To show as a QR code" example:"otpauth://totp/Ping!:ani@toko.example?secret=…"`
}

// BeginTOTP makes a secret for a person's code app. Before it is confirmed, beginning again replaces it. ErrAlready.
func (s *Service) BeginTOTP(ctx context.Context, personID, account string) (Setup, error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "Ping!", AccountName: account, SecretSize: 20})
	if err != nil {
		return Setup{}, err
	}
	sealed, err := s.seal.SealText(seal.Secret(key.Secret()))
	if err != nil {
		return Setup{}, err
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		t, err := s.totp(ctx, personID)
		if err == nil && t.confirmedAt != 0 {
			err = ErrAlready
		}
		if err != nil {
			return err
		}
		return s.beginTOTP(ctx, personID, sealed)
	})
	return Setup{Secret: key.Secret(), URI: key.URL()}, err
}

// ConfirmTOTP turns the code app on that was begun, by a code that it shows. It joins a transaction in ctx. The answer
// is the person's recovery codes, if they had none: they can't be read again. ErrNotBegun, ErrAlready, or a fault of the
// field code.
func (s *Service) ConfirmTOTP(ctx context.Context, personID, code string) (codes []string, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		t, err := s.totp(ctx, personID)
		switch {
		case err != nil:
			return err
		case t.sealed == "":
			return ErrNotBegun
		case t.confirmedAt != 0:
			return ErrAlready
		}
		ok, err := s.matchTOTP(ctx, personID, t, code)
		if err == nil && !ok {
			err = errConfirm
		}
		if err == nil {
			err = s.confirmTOTP(ctx, personID)
		}
		if err == nil {
			codes, err = s.firstCodes(ctx, personID)
		}
		return err
	})
	return codes, err
}

// firstCodes makes recovery codes for a person who has none.
func (s *Service) firstCodes(ctx context.Context, personID string) ([]string, error) {
	n, err := s.countCodes(ctx, personID)
	if err != nil || n > 0 {
		return []string{}, err
	}
	return s.replaceCodes(ctx, personID)
}

// RemoveTOTP takes a person's code app away, and the recovery codes with the last factor. It joins a transaction in
// ctx. Twice is fine.
func (s *Service) RemoveTOTP(ctx context.Context, personID string) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.deleteTOTP(ctx, personID); err != nil {
			return err
		}
		return s.tidyCodes(ctx, personID)
	})
}

// tidyCodes removes the recovery codes of a person who has nothing to recover.
func (s *Service) tidyCodes(ctx context.Context, personID string) error {
	state, err := s.State(ctx, personID)
	if err != nil || state.Any() {
		return err
	}
	return s.deleteCodes(ctx, personID)
}

// Forget takes all of a person's factors away. It joins a transaction in ctx. Twice is fine.
func (s *Service) Forget(ctx context.Context, personID string) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		for _, remove := range []func(context.Context, string) error{s.deleteTOTP, s.deletePasskeys, s.deleteCodes} {
			if err := remove(ctx, personID); err != nil {
				return err
			}
		}
		return nil
	})
}

// NewCodes replaces a person's recovery codes. It joins a transaction in ctx. They can't be read again. ErrNone.
func (s *Service) NewCodes(ctx context.Context, personID string) (codes []string, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		state, err := s.State(ctx, personID)
		if err == nil && !state.Any() {
			err = ErrNone
		}
		if err == nil {
			codes, err = s.replaceCodes(ctx, personID)
		}
		return err
	})
	return codes, err
}

// codeCount is how many recovery codes there are; each has 80 random bits, so that a hash needs no salt.
const codeCount = 10

func (s *Service) replaceCodes(ctx context.Context, personID string) ([]string, error) {
	if err := s.deleteCodes(ctx, personID); err != nil {
		return nil, err
	}
	codes := make([]string, codeCount)
	for i := range codes {
		var b [10]byte
		_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
		text := strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
		codes[i] = text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:]
		if err := s.insertCode(ctx, personID, hashCode(codes[i])); err != nil {
			return nil, err
		}
	}
	return codes, nil
}

// hashCode is of a code as people type it: any case, with or without dashes and blanks.
func hashCode(code string) string {
	sum := sha256.Sum256([]byte(plain(code)))
	return hex.EncodeToString(sum[:])
}

func plain(code string) string {
	return strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(code))
}

// Check finds out whether code is a person's one-time or recovery code, and uses it up: it is good once. It joins a
// transaction in ctx. ErrCode. How often somebody may try is not its business.
func (s *Service) Check(ctx context.Context, personID, code string) (by Method, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if len(plain(code)) == 16 {
			by = Recovery
			used, err := s.useCode(ctx, personID, hashCode(code))
			if err == nil && !used {
				err = ErrCode
			}
			return err
		}
		by = TOTP
		t, err := s.totp(ctx, personID)
		if err != nil {
			return err
		}
		if t.confirmedAt == 0 {
			return ErrCode
		}
		ok, err := s.matchTOTP(ctx, personID, t, code)
		if err == nil && !ok {
			err = ErrCode
		}
		return err
	})
	return by, err
}

const (
	step = 30 // seconds that a code is shown; RFC 6238
	skew = 1  // steps that a phone's clock may be off
)

// matchTOTP reports whether code is of a step near now that no code was used of, nor of a later one, and marks it used.
func (s *Service) matchTOTP(ctx context.Context, personID string, t storedTOTP, code string) (bool, error) {
	secret, err := s.seal.OpenText(t.sealed)
	if err != nil {
		return false, err
	}
	now := s.now().Unix() / step
	for n := now - skew; n <= now+skew; n++ {
		want, err := totp.GenerateCodeCustom(string(secret), time.Unix(n*step, 0), totp.ValidateOpts{
			Period: step, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1,
		})
		if err != nil {
			return false, err
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(plain(code))) == 1 {
			return s.useStep(ctx, personID, n)
		}
	}
	return false, nil
}
