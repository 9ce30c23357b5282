package member

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/factor"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/workspace"
)

const halfCookieName = "ping_half"

// secondAPI is what has to do with second factors.
func (s *Service) secondAPI(api huma.API) {
	httpx.Handle(api, "POST /login/second-factor", httpx.Public, "Finish signing in with a one-time or recovery code", s.finishLogin)
	httpx.Handle(api, "POST /login/passkey/begin", httpx.Public, "What to ask a passkey with, to finish signing in", s.askPasskey)
	httpx.Handle(api, "POST /login/passkey", httpx.Public, "Finish signing in with a passkey", s.finishByPasskey)
	httpx.Handle(api, "GET /me/second-factor", Self, "What second factors one has", s.secondFactor)
	httpx.Handle(api, "POST /me/totp", Self, "Begin to set up a code app; it counts once confirmed", s.beginTOTP)
	httpx.Handle(api, "POST /me/totp/confirm", Self, "Turn the code app on with a code that it shows", s.confirmTOTP)
	httpx.Handle(api, "POST /me/totp/remove", Self, "Take the code app away", s.removeTOTP)
	httpx.Handle(api, "POST /me/recovery-codes", Self, "Make new recovery codes; the old ones are void", s.newCodes)
	httpx.Handle(api, "POST /me/passkeys/begin", Self, "What a browser makes a passkey with", s.beginPasskey)
	httpx.Handle(api, "POST /me/passkeys", Self, "Add the passkey that a browser made", s.addPasskey, httpx.Answers(http.StatusCreated))
	httpx.Handle(api, "PATCH /me/passkeys/{id}", Self, "Give a passkey another name", s.renamePasskey)
	httpx.Handle(api, "POST /me/passkeys/{id}/remove", Self, "Take a passkey away", s.removePasskey)
	httpx.Handle(api, "DELETE /members/{id}/second-factor", WriteMembers,
		"Take away the second factors of a member who lost them; for owners", s.resetSecondFactor)
}

// LoginAnswer is what signing in leads to: who one is, or what is wanted besides the password.
type LoginAnswer struct {
	Member       *Member              `json:"member,omitempty"`
	Person       *Person              `json:"person,omitempty"`
	Workspace    *workspace.Workspace `json:"workspace,omitempty"`
	Workspaces   []Place              `json:"workspaces,omitempty"`
	Role         Role                 `json:"role,omitempty" enum:"owner,admin,agent"`
	Can          []httpx.Need         `json:"can,omitempty"`
	SecondFactor *SecondStep          `json:"second_factor,omitempty" doc:"Then nobody is signed in yet, and the rest is missing: finish within five minutes at one of POST /login/…"`
}

// SecondStep is what is still wanted.
type SecondStep struct {
	Methods []factor.Method `json:"methods" enum:"totp,recovery,passkey" doc:"One of them is enough"`
}

type loginOutput struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Body      LoginAnswer
}

// loginAnswer is the answer to a password that was right.
func (s *Service) loginAnswer(ctx context.Context, e Entrance) (*loginOutput, error) {
	if e.Half != "" {
		return &loginOutput{[]http.Cookie{halfCookie(ctx, e.Half)}, LoginAnswer{SecondFactor: &SecondStep{e.Methods}}}, nil
	}
	self, err := s.identityOf(ctx, e.Member)
	return &loginOutput{[]http.Cookie{cookie(ctx, e.Token)}, LoginAnswer{
		Member: self.Member, Person: self.Person, Workspace: &self.Workspace, Workspaces: self.Workspaces, Role: self.Role, Can: self.Can,
	}}, err
}

// whole is the answer to the second step.
func (s *Service) whole(ctx context.Context, e Entrance, err error) (*loginOutput, error) {
	if err != nil {
		return nil, err
	}
	out, err := s.loginAnswer(ctx, e)
	if err == nil {
		out.SetCookie = append(out.SetCookie, halfCookie(ctx, ""))
	}
	return out, err
}

func halfToken(ctx context.Context) string {
	c, _ := ctx.Value(tokenKey{}).(carried)
	return c.half
}

type codeInput struct {
	Body struct {
		Code string `json:"code" maxLength:"40"`
	}
}

func (s *Service) finishLogin(ctx context.Context, in *codeInput) (*loginOutput, error) {
	e, err := s.FinishLogin(ctx, halfToken(ctx), in.Body.Code)
	return s.whole(ctx, e, err)
}

// PasskeyOptions is what a browser is asked.
type PasskeyOptions struct {
	Options any `json:"options" doc:"For navigator.credentials: its publicKey goes through PublicKeyCredential.parse…OptionsFromJSON"`
}

type optionsOutput struct{ Body PasskeyOptions }

func (s *Service) askPasskey(ctx context.Context, _ *struct{}) (*optionsOutput, error) {
	options, err := s.AskPasskey(ctx, halfToken(ctx))
	return &optionsOutput{PasskeyOptions{options}}, err
}

// credential is what a browser answers: the toJSON() of its PublicKeyCredential.
type credential map[string]any

func (c credential) bytes() []byte {
	b, _ := json.Marshal(c) // it was JSON a moment ago
	return b
}

func (s *Service) finishByPasskey(ctx context.Context, in *struct {
	Body struct {
		Credential credential `json:"credential" doc:"What the browser answered, as its toJSON() writes it"`
	}
},
) (*loginOutput, error) {
	e, err := s.FinishLoginByPasskey(ctx, halfToken(ctx), in.Body.Credential.bytes())
	return s.whole(ctx, e, err)
}

func (s *Service) secondFactor(ctx context.Context, _ *struct{}) (*struct{ Body factor.State }, error) {
	state, err := s.SecondFactor(ctx, Caller(ctx))
	return &struct{ Body factor.State }{state}, err
}

type passwordInput struct {
	Body struct {
		Password string `json:"password" maxLength:"1000" doc:"One's own, once more"`
	}
}

func (s *Service) beginTOTP(ctx context.Context, in *passwordInput) (*struct{ Body factor.Setup }, error) {
	setup, err := s.BeginTOTP(ctx, Caller(ctx), in.Body.Password)
	return &struct{ Body factor.Setup }{setup}, err
}

// RecoveryCodes are codes at the only moment when they are known.
type RecoveryCodes struct {
	RecoveryCodes []string `json:"recovery_codes" doc:"Each is good once, instead of the second factor. They are not shown again; empty when there were some already"`
}

type codesOutput struct{ Body RecoveryCodes }

func (s *Service) confirmTOTP(ctx context.Context, in *codeInput) (*codesOutput, error) {
	codes, err := s.ConfirmTOTP(ctx, Caller(ctx), in.Body.Code)
	return &codesOutput{RecoveryCodes{codes}}, err
}

func (s *Service) removeTOTP(ctx context.Context, in *passwordInput) (*struct{}, error) {
	return nil, s.RemoveTOTP(ctx, Caller(ctx), in.Body.Password)
}

func (s *Service) newCodes(ctx context.Context, in *passwordInput) (*codesOutput, error) {
	codes, err := s.NewRecoveryCodes(ctx, Caller(ctx), in.Body.Password)
	return &codesOutput{RecoveryCodes{codes}}, err
}

func (s *Service) beginPasskey(ctx context.Context, in *passwordInput) (*optionsOutput, error) {
	options, err := s.BeginPasskey(ctx, Caller(ctx), in.Body.Password)
	return &optionsOutput{PasskeyOptions{options}}, err
}

// NewPasskey is a passkey that was just added.
type NewPasskey struct {
	Passkey       factor.Passkey `json:"passkey"`
	RecoveryCodes []string       `json:"recovery_codes" doc:"Not shown again; empty when there were some already"`
}

func (s *Service) addPasskey(ctx context.Context, in *struct {
	Body struct {
		Name       string     `json:"name" maxLength:"400"`
		Credential credential `json:"credential" doc:"What the browser made, as its toJSON() writes it"`
	}
},
) (*struct{ Body NewPasskey }, error) {
	k, codes, err := s.AddPasskey(ctx, Caller(ctx), in.Body.Name, in.Body.Credential.bytes())
	return &struct{ Body NewPasskey }{NewPasskey{k, codes}}, err
}

func (s *Service) renamePasskey(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Name string `json:"name" maxLength:"400"`
	}
},
) (*struct{}, error) {
	return nil, s.RenamePasskey(ctx, Caller(ctx), in.ID, in.Body.Name)
}

func (s *Service) removePasskey(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Password string `json:"password" maxLength:"1000" doc:"One's own, once more"`
	}
},
) (*struct{}, error) {
	return nil, s.RemovePasskey(ctx, Caller(ctx), in.ID, in.Body.Password)
}

func (s *Service) resetSecondFactor(ctx context.Context, in *byID) (*struct{}, error) {
	return nil, s.ResetSecondFactor(ctx, Caller(ctx), in.ID)
}
