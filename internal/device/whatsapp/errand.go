package whatsapp

import "sync"

// errand is work that is done when it is called for, by one goroutine at a time, and by none while there is nothing to do: a
// goroutine for each of thousands of devices is memory.
type errand struct {
	do func()

	mu                   sync.Mutex
	running, again, over bool
	done                 sync.WaitGroup
}

// call has the work done. While it is being done, it is done once more afterwards. After end nothing happens.
func (e *errand) call() {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.over:
	case e.running:
		e.again = true
	default:
		e.running = true
		e.done.Go(e.run)
	}
}

func (e *errand) run() {
	for {
		e.do()
		if !e.more() {
			return
		}
	}
}

func (e *errand) more() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.running = e.again && !e.over
	e.again = false
	return e.running
}

// end waits for what is being done; calls after it do nothing.
func (e *errand) end() {
	e.mu.Lock()
	e.over = true
	e.mu.Unlock()
	e.done.Wait()
}
