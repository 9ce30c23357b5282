// Package device owns the connected numbers and widgets of a workspace: which there are, who runs them, their state, and the contract that every channel's driver fulfils.
package device

// StateCode is what a device is doing; the dashboard and the API show it as it is.
type StateCode string

// The states of a device.
const (
	StateNew        StateCode = "new"        // made, never linked; Why says why the last attempt failed
	StateLinking    StateCode = "linking"    // a link attempt is running
	StateConnecting StateCode = "connecting" // linked, on its way to the network
	StateOnline     StateCode = "online"     // the network answers
	StateOffline    StateCode = "offline"    // linked, not connected; Why says why; comes back by itself
	StateLoggedOut  StateCode = "logged_out" // the account removed it; must be linked again, all data is kept
	StateRestricted StateCode = "restricted" // online, but must not write to strangers until Until
	StateBanned     StateCode = "banned"     // refused by the network until Until
)

// State is a device's state with its reason in the network's or our own word (stable code) and, where known, its end.
type State struct {
	Code  StateCode `json:"code"`
	Why   string    `json:"why,omitempty"`
	Until int64     `json:"until,omitempty"` // unix ms; 0 is unknown or without end
	Since int64     `json:"since"`           // unix ms
}

// WhyLifted comes with StateOnline when the network has taken a restriction back.
const WhyLifted = "lifted"

// Connected reports whether sends can go out now.
func (s State) Connected() bool { return s.Code == StateOnline || s.Code == StateRestricted }

// Device is one connected number or one site widget; the API's device_key is its ID.
type Device struct {
	ID          string
	WorkspaceID string
	Channel     string
	Name        string
	Account     Account // empty until linked; stays after a log-out
	Linked      bool    // it connects by itself; false before linking and after a log-out
	State       State
	Settings    Settings
	CreatedAt   int64
	LinkedAt    int64 // 0 until linked
}

// Settings are what a member can change about a device.
type Settings struct {
	WebhookURL string `json:"webhook_url,omitempty"` // of the contract; empty sends none
	Autoread   bool   `json:"autoread"`              // a message that a rule answered is marked read
	Paused     bool   `json:"paused"`                // nothing goes out; everything still comes in
	// RejectCalls rejects calls at once; RejectCallsMessage is what the caller is then written, empty is nothing.
	RejectCalls        bool   `json:"reject_calls,omitempty"`
	RejectCallsMessage string `json:"reject_calls_message,omitempty"`
	// IgnoreStatuses drops the status updates of others instead of keeping them for a day.
	IgnoreStatuses bool `json:"ignore_statuses,omitempty"`
	// TellTyping has the event log told that contacts begin and stop to type; it may be often.
	TellTyping bool `json:"tell_typing,omitempty"`
	// ShowOnline has the account shown as online as long as the device is connected. Off, nothing is shown: that is then the phone's.
	ShowOnline bool `json:"show_online,omitempty"`
	// Proxy is sealed; ProxyShown is what may be shown of it. Empty dials directly.
	Proxy      string `json:"proxy,omitempty"`
	ProxyShown string `json:"proxy_shown,omitempty"`
	// HistoryPerChat and HistoryTotal bound what is taken of the phone's history; 0 is the default, see HistoryLimits.
	HistoryPerChat int `json:"history_per_chat,omitempty"`
	HistoryTotal   int `json:"history_total,omitempty"`
	// Pace is how fast sends may go, in the words of who governs them; empty is the default.
	Pace string `json:"pace,omitempty"`
}

// LinkMethod is how a member links a device.
type LinkMethod string

// The methods of linking.
const (
	LinkQR   LinkMethod = "qr"
	LinkCode LinkMethod = "code" // a code to be typed on the phone; needs Phone
)

// LinkRequest starts an attempt to link.
type LinkRequest struct {
	Method LinkMethod
	Phone  string // digits with country code; with LinkCode
	// Answers brings what a member answers at StepAsk; nil brings nothing.
	Answers <-chan Answer
}

// StepCode says what a member has to do now.
type StepCode string

// The steps of linking, the same for every channel.
const (
	StepShowCode StepCode = "show_code" // show Code (a QR's text, or the letters to type) until ExpiresAt
	StepWait     StepCode = "wait"
	StepAsk      StepCode = "ask" // something must be done or answered first; Ask and Reason say what
	StepDone     StepCode = "done"
	StepFailed   StepCode = "failed" // Reason is a stable code; start again
)

// Step is one step of linking.
type Step struct {
	Code      StepCode  `json:"step"`
	Show      string    `json:"code,omitempty"`
	ExpiresAt int64     `json:"expires_at,omitempty"` // unix ms
	Reason    string    `json:"reason,omitempty"`
	Ask       *Question `json:"ask,omitempty" doc:"With step ask: what to do, in words, and how to answer"`
}
