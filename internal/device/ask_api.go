package device

import (
	"context"
	"encoding/json"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/kit/httpx"
)

type answerIn struct {
	ID   string `path:"id" maxLength:"64" doc:"The device's id"`
	Body struct {
		Passkey json.RawMessage `json:"passkey,omitempty" doc:"When a passkey is asked for: what navigator.credentials.get returned, as its toJSON writes it"`
		Code    string          `json:"code,omitempty" maxLength:"32" doc:"When a confirmation is asked for: the code that the phone shows" example:"ABCD-1234"`
	}
}

func (a api) registerAsk(h huma.API) {
	httpx.Handle(h, "POST /devices/{id}/link/answer", NeedManage, "Answer what linking asks for: a passkey, or a code", a.answer)
}

func (a api) answer(ctx context.Context, in *answerIn) (*stepOut, error) {
	step, err := a.s.AnswerLink(ctx, a.caller(ctx), in.ID, Answer{Passkey: in.Body.Passkey, Code: in.Body.Code})
	return &stepOut{step}, err
}
