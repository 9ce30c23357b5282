package event

// BroadcastState is the type of the events about broadcasts: that one was made, has begun, was paused, is done.
const BroadcastState Type = "broadcast.state"

// BroadcastData is the data of broadcast.state.
type BroadcastData struct {
	BroadcastID string           `json:"broadcast_id"`
	Name        string           `json:"name"`
	State       string           `json:"state" enum:"draft,planning,ready,scheduled,running,paused,done,cancelled,failed"`
	Deed        string           `json:"deed" enum:"made,changed,planned,started,paused,resumed,cancelled,done,failed,retried,deleted" doc:"What happened to it"`
	Why         string           `json:"why,omitempty" doc:"With failed and paused: a stable word"`
	Counts      map[string]int64 `json:"counts" doc:"Recipients by state: queued, claimed, sent, delivered, read, replied, failed, skipped, opted_out, cancelled"`
}

func broadcastKinds() []Kind {
	return []Kind{
		{BroadcastState, 1, "A broadcast was made, counted, started, paused, resumed, cancelled or deleted, or is done. What becomes of each recipient is told by message.state.", BroadcastData{
			BroadcastID: "019aab10-0000-7000-8000-0000000000b1", Name: "Promo Lebaran", State: "running", Deed: "started",
			Counts: map[string]int64{"queued": 480, "skipped": 20},
		}},
	}
}
