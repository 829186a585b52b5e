// Package plan is the content plan: what a department means to publish, when, where and why. A workbook is made for
// community managers ([Template]), read back with every mistake named by its cell ([Reader.Read]), and held against what
// was published ([Match]).
//
// The model's columns stand in model.yaml, in three languages. They are presencia's proposal, built from what guides ask a
// unit to define; an institution renames columns, leaves some out and adds its own.
package plan

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"presencia/pipeline"
)

// State is how far an item has come.
type State string

// The states.
const (
	Planned   State = "planned"
	Validated State = "validated"
	Scheduled State = "scheduled"
	Published State = "published"
	Cancelled State = "cancelled" // nothing is expected of it
)

// Tolerance is how far from its time an item may be published and still be on time, where the plan says nothing else. It is
// presencia's proposal: no guide states one.
const Tolerance = time.Hour

// Item is one publication of the plan.
type Item struct {
	ID          string             // unique in its department, and the same in later versions of the plan
	Department  string             // of the register
	Account     pipeline.AccountID // empty: any account of the department
	At          time.Time          // UTC
	Tolerance   time.Duration      // before and after
	Languages   []string           `json:",omitempty"` // BCP 47; empty: not said
	Format      string             // text, image, video …, or the institution's own word
	Topic       string
	Campaign    string
	Text        string // the draft
	Link        string
	Hashtags    []string `json:",omitempty"` // without #
	Responsible string   // a role, not a person
	State       State
	// Notes are the model's further columns by field (objective, audience …), and the institution's own by title.
	Notes map[string]string `json:",omitempty"`
}

// Name is what an item is called in lists: its topic, or else how its text begins, or its id.
func (i Item) Name() string {
	text := []rune(i.Text)
	if len(text) > 60 {
		text = append(text[:60], '…')
	}
	return cmp.Or(i.Topic, string(text), i.ID)
}

// Same tells whether two items say the same.
func Same(a, b Item) (bool, error) {
	x, err := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return bytes.Equal(x, y), errors.Join(err, err2)
}

// Part is one department's plan of one month: what a later version takes the place of as a whole.
type Part struct {
	Department string
	Month      pipeline.Date // its first day
	Version    string        // a hash of the items, in hexadecimal
	Items      []Item        // by time and id
}

// Parts takes a plan apart by department and by month in the institution's zone.
func Parts(items []Item, zone *time.Location) ([]Part, error) {
	type place struct {
		department string
		month      pipeline.Date
	}
	items = slices.Clone(items)
	slices.SortFunc(items, func(a, b Item) int {
		return cmp.Or(cmp.Compare(a.Department, b.Department), a.At.Compare(b.At), cmp.Compare(a.ID, b.ID))
	})
	at := map[place]int{}
	var parts []Part
	for _, item := range items {
		month := pipeline.DateOf(item.At.In(zone))
		month.Day = 1
		k := place{item.Department, month}
		n, known := at[k]
		if !known {
			n = len(parts)
			at[k] = n
			parts = append(parts, Part{Department: item.Department, Month: month})
		}
		parts[n].Items = append(parts[n].Items, item)
	}
	for i := range parts {
		content, err := json.Marshal(parts[i].Items)
		if err != nil {
			return nil, fmt.Errorf("version of the plan of %s: %w", parts[i].Department, err)
		}
		sum := sha256.Sum256(content)
		parts[i].Version = hex.EncodeToString(sum[:])
	}
	return parts, nil
}
