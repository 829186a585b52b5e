package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// embedded is the store in a folder of this machine. The first process to open it holds the engine and listens on a
// socket in the folder; the others reach it there. Where the holder leaves, the next request takes its place.
type embedded struct {
	dir, lib string
	log      *slog.Logger
	client   *http.Transport // to the holder's socket

	mu     sync.Mutex
	lock   *os.File // held as long as the engine is here
	engine *engine
	closed bool // and never to be held again
	server *http.Server
	served chan struct{} // closed when the server has stopped
}

// The names in the store's folder.
const (
	lockName   = "presencia.lock"
	socketName = "presencia.sock"
)

func openEmbedded(ctx context.Context, dir, lib string, log *slog.Logger) (*embedded, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("find the folder of the store: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the store: %w", err)
	}
	e := &embedded{dir: dir, lib: lib, log: log}
	e.client = &http.Transport{
		// A connection costs little and a kept one breaks when the holder changes.
		DisableKeepAlives:  true,
		DisableCompression: true,
		DialContext:        func(ctx context.Context, _, _ string) (net.Conn, error) { return e.dial(ctx) },
	}
	held, err := e.hold()
	if err != nil || held {
		return e, err
	}
	conn, err := e.dial(ctx) // asked here for its error, which the HTTP client would lose
	if err != nil {
		return e, err
	}
	return e, conn.Close()
}

// RoundTrip implements http.RoundTripper.
func (e *embedded) RoundTrip(r *http.Request) (*http.Response, error) {
	e.mu.Lock()
	engine := e.engine
	e.mu.Unlock()
	if engine != nil {
		return engine.RoundTrip(r)
	}
	return e.client.RoundTrip(r)
}

// hold starts the engine in this process, unless another process has the store.
func (e *embedded) hold() (bool, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return false, errClosed
	}
	if e.engine != nil {
		return true, nil
	}
	lock, err := os.OpenFile(filepath.Join(e.dir, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return false, fmt.Errorf("lock the store: %w", err)
	}
	// The kernel gives the lock back when its process ends, however it ends.
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return false, nil
		}
		return false, fmt.Errorf("lock the store: %w", err)
	}
	lib, err := findEngine(e.lib)
	if err == nil {
		e.engine, err = startEngine(lib, e.dir)
	}
	if err == nil {
		if err = e.listen(); err != nil {
			e.engine.stop()
			e.engine = nil
		}
	}
	if err != nil {
		lock.Close()
		return false, err
	}
	e.lock = lock
	return true, nil
}

// errClosed keeps a late request from opening the store again, which nobody would close.
var errClosed = errors.New("the store was closed")

// listen serves the engine on the socket. A path longer than the system allows for sockets becomes a link to one in
// the folder for temporary files.
func (e *embedded) listen() error {
	path := filepath.Join(e.dir, socketName)
	removeLinked(path) // of a holder that was killed
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the socket of a process that has ended: %w", err)
	}
	if len(path) > maxSocketPath {
		dir, err := os.MkdirTemp("", linkedPrefix)
		if err != nil {
			return fmt.Errorf("make a folder for the socket: %w", err)
		}
		target := filepath.Join(dir, socketName)
		if err := os.Symlink(target, path); err != nil {
			return fmt.Errorf("link to the socket: %w", err)
		}
		path = target
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return fmt.Errorf("listen for other processes: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return err
	}
	e.server = &http.Server{
		Handler: e.engine, ReadHeaderTimeout: time.Minute, ErrorLog: slog.NewLogLogger(e.log.Handler(), slog.LevelDebug),
	}
	e.served = make(chan struct{})
	go func() {
		defer close(e.served)
		_ = e.server.Serve(l) // ends by Close
	}()
	return nil
}

// maxSocketPath is the shortest limit of the systems that the engine runs on (macOS), less the final NUL.
const maxSocketPath = 103

// linkedPrefix begins the name of the folder that holds a linked socket.
const linkedPrefix = "presencia-"

// removeLinked removes the socket that a link leads to, with its folder. Where the link leads anywhere else, nothing
// happens.
func removeLinked(path string) {
	target, err := os.Readlink(path)
	if err != nil || filepath.Base(target) != socketName || !strings.HasPrefix(filepath.Base(filepath.Dir(target)), linkedPrefix) {
		return
	}
	if info, err := os.Lstat(target); err == nil && info.Mode().Type() == fs.ModeSocket {
		_ = os.Remove(target)
	}
	_ = os.Remove(filepath.Dir(target)) // empty now, or not ours
}

// dial reaches the process that holds the store, and becomes it where there is none.
func (e *embedded) dial(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	for {
		path := filepath.Join(e.dir, socketName)
		if target, err := os.Readlink(path); err == nil {
			path = target
		}
		var d net.Dialer
		conn, err := d.DialContext(ctx, "unix", path)
		if err == nil {
			return conn, nil
		}
		if held, err := e.hold(); err != nil {
			return nil, err
		} else if held {
			continue
		}
		select { // somebody has the lock and does not listen: it starts, or stops
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: another process holds %s and does not answer on its socket, end it or wait for its end: %w", ErrLocked, e.dir, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// close lets requests of other processes finish, then stops the engine and gives the store free.
func (e *embedded) close(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	e.client.CloseIdleConnections()
	if e.engine == nil {
		return nil
	}
	err := e.server.Shutdown(ctx) // removes the socket
	if err != nil {
		err = errors.Join(err, e.server.Close())
	}
	<-e.served
	path := filepath.Join(e.dir, socketName)
	removeLinked(path)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		e.log.Warn("the link to the socket stays behind", "error", err)
	}
	e.engine.stop()
	e.engine = nil
	return errors.Join(err, e.lock.Close())
}
