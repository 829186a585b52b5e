package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestManyAskAndOneMakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCache(t.Context())
		made := 0
		build := func(ctx context.Context) (int, int, error) {
			made++
			time.Sleep(time.Second)
			return 7, 1, ctx.Err()
		}
		// The one who began leaves at once; what he asked for is made for the others.
		left, leave := context.WithCancel(t.Context())
		leave()
		var all sync.WaitGroup
		for i := range 20 {
			ctx := t.Context()
			if i == 0 {
				ctx = left
			}
			all.Go(func() {
				if v, err := get(ctx, c, "a", build); (v != 7 || err != nil) && i > 0 {
					t.Errorf("%d: %d, %v", i, v, err)
				}
			})
			synctest.Wait()
		}
		all.Wait()
		if made != 1 {
			t.Errorf("made %d times", made)
		}
	})
}

func TestWhoWaitsMayLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCache(t.Context())
		go func() {
			_, _ = get(t.Context(), c, "a", func(context.Context) (int, int, error) { time.Sleep(time.Minute); return 1, 1, nil })
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := get(ctx, c, "a", func(context.Context) (int, int, error) { return 2, 1, nil }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		time.Sleep(time.Hour)
	})
}

func TestFailuresAreNotKept(t *testing.T) {
	c := newCache(t.Context())
	no := errors.New("no")
	if _, err := get(t.Context(), c, "a", func(context.Context) (int, int, error) { return 0, 0, no }); !errors.Is(err, no) {
		t.Errorf("error %v", err)
	}
	func() {
		defer func() { _ = recover() }()
		_, _ = get(t.Context(), c, "a", func(context.Context) (int, int, error) { panic("x") })
	}()
	if v, err := get(t.Context(), c, "a", func(context.Context) (int, int, error) { return 3, 1, nil }); v != 3 || err != nil {
		t.Errorf("%d, %v", v, err)
	}
}

func TestWhatIsUsedIsKept(t *testing.T) {
	c := newCache(t.Context())
	made := map[string]int{}
	ask := func(name string) {
		_, _ = get(t.Context(), c, name, func(context.Context) (int, int, error) { made[name]++; return 1, mostKept / 10, nil })
	}
	for i := range 50 {
		ask("used")
		ask(fmt.Sprint(i))
	}
	if made["used"] != 1 {
		t.Errorf("what is used all the time was made %d times", made["used"])
	}
	if ask("0"); made["0"] != 2 {
		t.Error("what nobody used for long is still there")
	}
	if c.weight > mostKept || len(c.entries) > 10 {
		t.Errorf("%d things that weigh %d", len(c.entries), c.weight)
	}
}

func TestTheEndEndsTheMaking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		life, end := context.WithCancel(t.Context())
		c := newCache(life)
		time.AfterFunc(time.Second, end)
		_, err := get(t.Context(), c, "a", func(ctx context.Context) (int, int, error) { <-ctx.Done(); return 0, 0, ctx.Err() })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	})
}

// TestTwoAreMadeAtOnce: who waits too long for a turn is told to come back.
func TestTwoAreMadeAtOnce(t *testing.T) {
	s := known()
	s.hold = make(chan struct{})
	h, _ := house(t, s)
	var busy, fine atomic.Int64
	synctest.Test(t, func(t *testing.T) {
		c := newCache(t.Context())
		for range 2 {
			if _, err := c.slot(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		begun := time.Now()
		if _, err := c.slot(t.Context()); !errors.Is(err, errBusy) || time.Since(begun) != longestWait {
			t.Errorf("%v after %s", err, time.Since(begun))
		}
	})
	var all sync.WaitGroup
	for _, target := range []string{"/monthly/2015-05", "/monthly/2015-06", "/monthly/2015-07"} {
		all.Go(func() {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, nil))
			if w.Code == 200 {
				fine.Add(1)
			} else {
				busy.Add(1)
			}
		})
	}
	for s.made.Load() < mostMade {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(20 * time.Millisecond)
	if n := s.made.Load(); n != mostMade {
		t.Errorf("%d are made at once", n)
	}
	close(s.hold)
	all.Wait()
	if fine.Load() != 3 {
		t.Errorf("%d were shown", fine.Load())
	}
}
