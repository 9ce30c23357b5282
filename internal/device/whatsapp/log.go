package whatsapp

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"go.mau.fi/libsignal/logger"
	"go.mau.fi/whatsmeow"
	waLog "go.mau.fi/whatsmeow/util/log"
)

// clientLog writes what the library says to slog. Its stanzas (modules Recv and Send) hold messages and keys and
// are never written.
type clientLog struct {
	log    *slog.Logger
	module string
	mute   bool
}

func newClientLog(log *slog.Logger) waLog.Logger { return &clientLog{log: log} }

func (l *clientLog) write(level slog.Level, format string, args []any) {
	if l.mute || !l.log.Enabled(context.Background(), level) {
		return
	}
	l.log.Log(context.Background(), level, "whatsapp client", "module", l.module, "said", fmt.Sprintf(format, args...))
}

func (l *clientLog) Debugf(format string, args ...any) { l.write(slog.LevelDebug, format, args) }

// Infof says what a connection does in its ordinary life, which the device's state says already.
func (l *clientLog) Infof(format string, args ...any)  { l.write(slog.LevelDebug, format, args) }
func (l *clientLog) Warnf(format string, args ...any)  { l.write(slog.LevelWarn, format, args) }
func (l *clientLog) Errorf(format string, args ...any) { l.write(slog.LevelError, format, args) }

func (l *clientLog) Sub(module string) waLog.Logger {
	return &clientLog{log: l.log, module: module, mute: module == "Recv" || module == "Send"}
}

// quiet keeps libsignal from printing to standard output. What it reports there comes back as errors as well.
type quiet struct{}

func (quiet) Debug(_, _ string)   {}
func (quiet) Info(_, _ string)    {}
func (quiet) Warning(_, _ string) {}
func (quiet) Error(_, _ string)   {}
func (quiet) Configure(string)    {}

// silence is once per process: the logger is one variable of the library.
//
//arch:global the library keeps it for the process
var silence = sync.OnceFunc(func() {
	if logger.Logger == nil {
		var l logger.Loggable = quiet{}
		logger.Setup(&l)
	}
})

// tune sets the library's process-wide variables, once and before the first client.
//
//arch:global the library keeps them for the process
var tune = sync.OnceFunc(func() {
	whatsmeow.KeepAliveIntervalMin = pingMin
	whatsmeow.KeepAliveIntervalMax = pingMax
	whatsmeow.KeepAliveResponseDeadline = pingDeadline
	describe()
})
