package outbox

import (
	"sync"

	"github.com/pingcrm/pingcrm/internal/device"
)

// runners are the devices at work on this node, one runner each.
type runners struct {
	s *Service

	mu       sync.Mutex
	byDevice map[string]*runner
	closed   bool
}

func (rs *runners) get(deviceID string) *runner {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	return rs.byDevice[deviceID]
}

func (rs *runners) count() int {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	return len(rs.byDevice)
}

func (rs *runners) start(d device.Device, session device.Session, epoch int64) {
	rs.stop(d.ID) // a session is used by one runner at a time
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if rs.closed || rs.byDevice[d.ID] != nil {
		return
	}
	r := newRunner(rs.s, d, session, epoch)
	rs.byDevice[d.ID] = r
	go r.run()
}

func (rs *runners) stop(deviceID string) {
	rs.mu.Lock()
	r := rs.byDevice[deviceID]
	delete(rs.byDevice, deviceID)
	rs.mu.Unlock()
	if r != nil {
		r.stop()
	}
}

func (rs *runners) close() {
	rs.mu.Lock()
	rs.closed = true
	all := rs.byDevice
	rs.byDevice = map[string]*runner{}
	rs.mu.Unlock()
	var wg sync.WaitGroup
	for _, r := range all {
		wg.Go(r.stop)
	}
	wg.Wait()
}

// hand gives a send to the runner of its device, if that is at work here.
func (rs *runners) hand(send Send) {
	if r := rs.get(send.DeviceID); r != nil {
		r.hand(send)
	}
}
