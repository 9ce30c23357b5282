// Package mailtest owns a small mail server on this machine, for tests.
package mailtest

import (
	"bufio"
	"context"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"
)

// Server takes mail by SMTP and keeps it.
type Server struct {
	URL string // for mail.Config

	mu     sync.Mutex
	refuse int
	got    chan *netmail.Message
}

// New starts a server that goes away with the test.
func New(t testing.TB) *Server {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{URL: "smtp://" + l.Addr().String(), got: make(chan *netmail.Message, 100)}
	var conns sync.WaitGroup
	t.Cleanup(func() {
		_ = l.Close()
		conns.Wait()
	})
	conns.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns.Go(func() { s.serve(c) })
		}
	})
	return s
}

// Refuse has the server turn the next n mails away for now.
func (s *Server) Refuse(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = n
}

func (s *Server) refuses() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse == 0 {
		return false
	}
	s.refuse--
	return true
}

// Next waits for a mail.
func (s *Server) Next(t testing.TB) *netmail.Message {
	t.Helper()
	select {
	case m := <-s.got:
		return m
	case <-time.After(30 * time.Second):
		t.Fatal("no mail came")
		return nil
	}
}

// Waiting is how many mails came that Next has not given.
func (s *Server) Waiting() int { return len(s.got) }

// serve speaks as much of RFC 5321 as a client needs.
func (s *Server) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	r := bufio.NewReader(c)
	say := func(line string) { _, _ = c.Write([]byte(line + "\r\n")) }
	say("220 test")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		verb, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(line)), " ")
		switch {
		case verb == "MAIL" && s.refuses():
			say("451 later")
		case verb == "DATA":
			say("354 go on")
			s.take(r)
			say("250 taken")
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func (s *Server) take(r *bufio.Reader) {
	var text strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil || line == ".\r\n" {
			break
		}
		text.WriteString(strings.TrimPrefix(line, "."))
	}
	if m, err := netmail.ReadMessage(strings.NewReader(text.String())); err == nil {
		s.got <- m
	}
}
