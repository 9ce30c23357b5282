package wasim

// Stats is what the network has counted since it was made.
type Stats struct {
	Connections   int64 `json:"connections"`
	Live          int64 `json:"live"`
	Logins        int64 `json:"logins"`
	LoginFailures int64 `json:"login_failures"`
	Pairings      int64 `json:"pairings"`
	StanzasIn     int64 `json:"stanzas_in"`
	StanzasOut    int64 `json:"stanzas_out"`
	// MessagesAccepted counts messages taken for delivery, from companions and phones;
	// MessagesRepeated those whose (device, id) had been taken before: acknowledged, not delivered again.
	MessagesAccepted int64 `json:"messages_accepted"`
	MessagesRepeated int64 `json:"messages_repeated"`
	// Delivered counts message stanzas put on a companion's wire, Redelivered those
	// among them that had been on a wire before and were never confirmed by a receipt.
	Delivered   int64 `json:"delivered"`
	Redelivered int64 `json:"redelivered"`
	Queued      int64 `json:"queued"`
	AcksSent    int64 `json:"acks_sent"`
	AcksIn      int64 `json:"acks_in"`
	Receipts    int64 `json:"receipts"`
	// RetryReceipts counts requests to encrypt a message again, by anybody.
	RetryReceipts int64 `json:"retry_receipts"`
	// Nacks counts acks with an error that clients sent to the network: 487 is a malformed stanza of ours.
	Nacks map[string]int64 `json:"nacks"`
	// MostSocketsPerDevice is the largest number of sockets that one device ever had logged in at once.
	MostSocketsPerDevice int64 `json:"most_sockets_per_device"`
	FaultsFired          int64 `json:"faults_fired"`
	// Phones sums the counters of all phones.
	Phones Counters `json:"phones"`
}
