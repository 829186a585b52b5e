package pipeline

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Identity is by what an account is known again.
type Identity struct {
	Asked            string // [Account.Asked] when it was read
	StableID, Handle string
	Avatar           string
	Gone             bool   // when last asked for it did not exist
	Taken            string // the id of the other account that its handle was found to belong to, since it was last read
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
func identify(before Identity, q Request, b Batch, err error) ([]Change, error) {
	p := b.Profile
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
		if before.Taken == p.StableID { // it was told
			return nil, err
		}
		return change(Taken, q.StableID, p.StableID), err
	case !same || before.StableID != "" && p.StableID != "" && before.StableID != p.StableID: // the register means another one
		return nil, nil
	}
	var changes []Change
	if before.Gone {
		changes = append(changes, change(Returned, "", p.Handle)...)
	}
	if from, to := CanonicalHandle(before.Handle), CanonicalHandle(p.Handle); before.StableID != "" && p.StableID != "" && from != to && from != "" && to != "" {
		changes = append(changes, change(Renamed, before.Handle, p.Handle)...)
	}
	if slices.Contains(b.Gives, FieldAvatar) && before.Avatar != "" && picture(before.Avatar) != picture(p.Avatar) {
		changes = append(changes, change(AvatarChanged, before.Avatar, p.Avatar)...)
	}
	return changes, nil
}

// picture is what an address of an image says of the image itself. Platforms serve one picture from changing hosts, with
// signatures that end, and in many sizes. What is told apart by nothing but its query passes for the same.
func picture(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Path == "" {
		return address
	}
	parts := strings.Split(u.Path, "/")
	parts = slices.DeleteFunc(parts, sized.MatchString)
	last := &parts[len(parts)-1]
	*last, _, _ = strings.Cut(*last, "=") // YouTube's size
	*last, _, _ = strings.Cut(*last, "~") // TikTok's
	*last = size.ReplaceAllString(*last, "$1")
	return strings.Join(parts, "/")
}

var (
	sized = regexp.MustCompile(`^[sp]\d+x\d+$`)                                 // a folder that is a size, as Meta has them
	size  = regexp.MustCompile(`_(?:normal|mini|bigger|\d+x\d+)(\.\w+|@\w+|)$`) // X's
)
