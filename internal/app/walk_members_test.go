package app_test

// stockPeople gives a shop an invitation, and the id of a session of its owner.
func (h *house) stockPeople(s *shop) {
	h.t.Helper()
	made := h.call("POST", "/invitations", `{"role":"agent"}`, "Cookie", s.owner)
	sessions := h.call("GET", "/me/sessions", "", "Cookie", s.owner).items()
	if made.status != 201 || len(sessions) != 1 {
		h.t.Fatalf("prepare an invitation and a session: %d %s, %d sessions", made.status, made.text, len(sessions))
	}
	s.ids["password-resets"] = "not-a-token"
	s.ids["invitations"], _ = made.body["id"].(string)
	s.ids["me"], _ = sessions[0].(object)["id"].(string)
}

// walkPoint is a browser's public key: the base point of the curve, which belongs to nobody.
const walkPoint = "BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"

// memberBodies are what the operations of people and their sessions take.
func memberBodies(s shop) map[string]string {
	again := `{"password":"` + password + `"}`
	return map[string]string{
		"PATCH /me":                     `{"name":"O","language":"id"}`,
		"POST /me/workspace":            `{"workspace_id":"` + s.id + `"}`,
		"POST /invitations":             `{"role":"agent"}`,
		"POST /invitations/{id}/accept": `{"name":"Tamu","email":"tamu@satu.example","password":"` + password + `"}`,
		"POST /login/second-factor":     `{"code":"000000"}`, "POST /login/passkey": `{"credential":{}}`,
		"POST /password-resets": `{"email":"nobody@satu.example"}`, "POST /password-resets/{id}": again,
		"POST /me/totp": again, "POST /me/totp/confirm": `{"code":"000000"}`, "POST /me/totp/remove": again,
		"POST /me/recovery-codes": again, "POST /me/passkeys/begin": again, "POST /me/passkeys": `{"name":"HP","credential":{}}`,
		"PUT /me/bell":            `{"endpoint":"http://127.0.0.1:8099/push","keys":{"p256dh":"` + walkPoint + `","auth":"AAAAAAAAAAAAAAAAAAAAAA"},"kinds":["mine"]}`,
		"PATCH /me/passkeys/{id}": `{"name":"HP"}`, "POST /me/passkeys/{id}/remove": again,
	}
}
