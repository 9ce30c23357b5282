package control

import (
	"net/http"
	"strconv"
	"time"

	"github.com/pingcrm/pingcrm/wasim"
)

func (a *api) listFaults(http.ResponseWriter, *http.Request) (any, error) {
	faults := a.network.Faults()
	if faults == nil {
		faults = []wasim.Fault{}
	}
	return faults, nil
}

func (a *api) addFault(_ http.ResponseWriter, r *http.Request) (any, error) {
	var fault wasim.Fault
	if err := decode(r, &fault, strict); err != nil {
		return nil, err
	}
	added, err := a.network.AddFault(fault)
	if err != nil {
		return nil, errBadFault.with("%s", err)
	}
	return added, nil
}

type removedAnswer struct {
	Removed int `json:"removed"`
}

func (a *api) clearFaults(http.ResponseWriter, *http.Request) (any, error) {
	removed := len(a.network.Faults())
	a.network.ClearFaults()
	return removedAnswer{Removed: removed}, nil
}

func (a *api) removeFault(_ http.ResponseWriter, r *http.Request) (any, error) {
	id := r.PathValue("id")
	if !a.network.RemoveFault(id) {
		return nil, errNoFault.with("%.60q", id)
	}
	return removedAnswer{Removed: 1}, nil
}

// chaosBody switches chaos on; a seed of 0 is the network's own.
type chaosBody struct {
	Probability float64 `json:"probability"`
	DelayMS     int64   `json:"delay_ms"`
	Seed        uint64  `json:"seed"`
}

// longestDelay bounds how late chaos makes anything.
const longestDelay = time.Hour

// startChaos puts chaos in the place of the one in force, and answers with its faults.
func (a *api) startChaos(_ http.ResponseWriter, r *http.Request) (any, error) {
	var body chaosBody
	if err := decode(r, &body, strict); err != nil {
		return nil, err
	}
	if body.DelayMS < 0 || body.DelayMS > longestDelay.Milliseconds() {
		return nil, errBadField.with("delay_ms has to be 0 (which is 200) to %d, not %d", longestDelay.Milliseconds(), body.DelayMS)
	}
	c := wasim.Chaos{Probability: body.Probability, Delay: time.Duration(body.DelayMS) * time.Millisecond, Seed: body.Seed}
	if err := c.Check(); err != nil {
		return nil, errBadField.with("%s", err)
	}
	a.network.EndChaos()
	if err := a.network.AddChaos(c); err != nil {
		return nil, err
	}
	return a.listFaults(nil, nil)
}

func (a *api) endChaos(http.ResponseWriter, *http.Request) (any, error) {
	return removedAnswer{Removed: a.network.EndChaos()}, nil
}

// getLog answers with the stanzas that are still kept and whose seq is above after, oldest first.
func (a *api) getLog(_ http.ResponseWriter, r *http.Request) (any, error) {
	after := int64(0)
	if text := r.URL.Query().Get("after"); text != "" {
		var err error
		if after, err = strconv.ParseInt(text, 10, 64); err != nil || after < 0 {
			return nil, errBadField.with("after has to be the seq of an entry, not %.40q", text)
		}
	}
	return a.network.Log().Entries(after), nil
}
