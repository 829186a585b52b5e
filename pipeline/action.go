package pipeline

import "fmt"

// Action is something that was agreed to be done about an account, a department or the whole institution.
type Action struct {
	ID         string    `json:"id"` // A1, A2 …, by the order in which they were written down
	Text       string    `json:"text"`
	Department string    `json:"department,omitempty"` // empty: the whole institution
	Account    AccountID `json:"account,omitempty"`    // empty: none in particular
	Rule       string    `json:"rule,omitempty"`       // of the guide, which it is to mend; empty: none
	Owner      string    `json:"owner"`                // who does it: a role or a unit
	Agreed     Date      `json:"agreed"`
	Due        Date      `json:"due"`
	Closed     Date      `json:"closed,omitzero"`   // unset: open
	Dropped    bool      `json:"dropped,omitempty"` // closed without having been done
	Note       string    `json:"note,omitempty"`    // what was said at its closing
}

// ActionState is how an action stands at the end of a day.
type ActionState string

// The states of an action.
const (
	ActionOpen    ActionState = "open"
	ActionOverdue ActionState = "overdue" // open, and its day has passed
	ActionDone    ActionState = "done"
	ActionDropped ActionState = "dropped"
)

// On tells how the action stands at the end of a day; empty: it had not been agreed yet.
func (a Action) On(d Date) ActionState {
	switch {
	case d.Before(a.Agreed):
		return ""
	case !a.Closed.IsZero() && !d.Before(a.Closed):
		if a.Dropped {
			return ActionDropped
		}
		return ActionDone
	case a.Due.Before(d):
		return ActionOverdue
	}
	return ActionOpen
}

// ActionID is the name of the nth action.
func ActionID(n int) string { return fmt.Sprintf("A%d", n) }
