package pipeline

import (
	"errors"
	"fmt"
	"time"
)

// Identity is by what an account is known again.
type Identity struct {
	Asked            string // [Account.Asked] when it was read
	StableID, Handle string
	Avatar           string
	Gone             bool // when last asked for it did not exist
}

// ChangeKind is what can happen to an account itself.
type ChangeKind string

// The kinds of change.
const (
	Renamed       ChangeKind = "renamed"        // the same account under another handle
	Taken         ChangeKind = "taken"          // the handle belongs to another account now
	Disappeared   ChangeKind = "disappeared"    // it does not exist any more
	Returned      ChangeKind = "returned"       // it exists again
	AvatarChanged ChangeKind = "avatar_changed" // it shows another image
)

// Change is something that happened to an account between two readings.
type Change struct {
	At            time.Time // of the reading that found it
	Kind          ChangeKind
	Before, After string
}

// ErrTaken: the handle leads to another account than before. Nothing of it is stored.
var ErrTaken = errors.New("the handle belongs to another account now")

// identify compares an account with what it was. The error is the reading's own, or ErrTaken.
func identify(before Identity, q Request, p *Profile, err error) ([]Change, error) {
	change := func(kind ChangeKind, from, to string) []Change {
		return []Change{{At: q.Now, Kind: kind, Before: from, After: to}}
	}
	same := before.Asked == q.Account.Asked()
	switch {
	case errors.Is(err, ErrGone) && same && !before.Gone:
		return change(Disappeared, before.Handle, ""), err
	case err != nil || p == nil:
		return nil, err
	case q.StableID != "" && p.StableID != "" && p.StableID != q.StableID:
		err := fmt.Errorf("%w: %s has the id %s and was %s; nothing of it is stored; if the institution has opened a new account under the old name, write stable_id: %[2]s beside its handle in the register",
			ErrTaken, q.Account.Handle, p.StableID, q.StableID)
		return change(Taken, q.StableID, p.StableID), err
	case !same:
		return nil, nil
	}
	var changes []Change
	if before.Gone {
		changes = append(changes, change(Returned, "", p.Handle)...)
	}
	if before.StableID != "" && before.StableID == p.StableID && before.Handle != p.Handle && before.Handle != "" && p.Handle != "" {
		changes = append(changes, change(Renamed, before.Handle, p.Handle)...)
	}
	if before.Avatar != "" && before.Avatar != p.Avatar {
		changes = append(changes, change(AvatarChanged, before.Avatar, p.Avatar)...)
	}
	return changes, nil
}
