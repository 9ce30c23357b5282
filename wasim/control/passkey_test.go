package control_test

import "testing"

func TestPasskeyOverHTTP(t *testing.T) {
	t.Parallel()
	r := start(t)
	phone := r.network.Phone("Toko")
	path := "/v1/phones/" + phone.Number() + "/passkey"
	r.refused("POST", path+"/answer", `{}`, 422, "not_done")
	do[object](r, "POST", path, object{"required": true})
	if !phone.HasPasskey() {
		t.Error("the phone asks for no passkey")
	}
	for _, bad := range []string{`{}`, `{"rpId":"example.com","challenge":"AA","allowCredentials":[]}`} {
		r.refused("POST", path+"/answer", bad, 422, "not_done")
	}
	r.refused("POST", path+"/answer", `[`, 400, "unreadable_body")
	r.refused("POST", path, `{}`, 422, "invalid_field")
	r.refused("POST", path, `{"required":"yes"}`, 422, "invalid_field")
	do[object](r, "POST", path, object{"required": false})
	if phone.HasPasskey() {
		t.Error("the phone still asks for a passkey")
	}
}
