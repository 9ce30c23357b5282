package webhook

// Edit is what was done to a webhook's settings.
type Edit string

// The edits.
const (
	Made    Edit = "made"
	Changed Edit = "changed"
	Deleted Edit = "deleted"
)

// Edited is a webhook as it is after an edit, or was before it went.
type Edited struct {
	Webhook Webhook
	Edit    Edit
}
