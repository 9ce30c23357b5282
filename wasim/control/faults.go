package control

import (
	"net/http"
	"strconv"

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
