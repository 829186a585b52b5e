package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"presencia/pipeline"
)

// TestHistoryKeepsTheProfile stores the followers of other days and sees that nothing else is forgotten for them.
func TestHistoryKeepsTheProfile(t *testing.T) {
	db := open(t, Options{})
	if err := db.SaveRegister(t.Context(), register, nil, day0); err != nil {
		t.Fatal(err)
	}
	read := batch("a", days(1))
	read.Profile = &pipeline.Profile{Followers: pipeline.CountOf(100), Posts: pipeline.CountOf(7), Handle: "a@social.example", Bio: "Diputación"}
	collect(t, db, "1", read)
	past := batch("a", days(3))
	past.Gives = []pipeline.Field{pipeline.FieldFollowers, pipeline.FieldText}
	past.History = []pipeline.FollowersAt{{At: days(0), Followers: 95}, {At: days(2), Followers: 0}, {Followers: 1}} // the last has no date
	collect(t, db, "2", past)

	var rows []struct {
		Followers *uint64  `ch:"followers"`
		Gives     []string `ch:"gives"`
		Handle    string   `ch:"handle"`
	}
	if err := db.Select(t.Context(), &rows, "SELECT followers, gives, handle FROM profile_history ORDER BY observed"); err != nil {
		t.Fatal(err)
	}
	var got []uint64
	for _, r := range rows {
		got = append(got, *r.Followers)
	}
	if diff := cmp.Diff([]uint64{95, 100, 0}, got); diff != "" {
		t.Fatal(diff)
	}
	if diff := cmp.Diff([]string{string(pipeline.FieldFollowers)}, rows[2].Gives); diff != "" {
		t.Error(diff)
	}
	var latest []struct {
		Followers *uint64 `ch:"followers"`
		Posts     *uint64 `ch:"posts"`
		Handle    string  `ch:"handle"`
		Bio       string  `ch:"bio"`
	}
	if err := db.Select(t.Context(), &latest, "SELECT followers, posts, handle, bio FROM profiles_latest"); err != nil {
		t.Fatal(err)
	}
	if len(latest) != 1 || *latest[0].Followers != 0 || *latest[0].Posts != 7 || latest[0].Handle != "a@social.example" || latest[0].Bio != "Diputación" {
		t.Errorf("got %+v", latest)
	}
	for s, err := range db.Subjects(t.Context(), register, pipeline.Window{From: days(0), To: days(7)}) {
		if err != nil {
			t.Fatal(err)
		}
		if s.Account.ID == "a" && (s.Profile == nil || s.Profile.Bio != "Diputación" || !s.ProfileAt.Equal(days(1))) {
			t.Errorf("checks see %+v of %v", s.Profile, s.ProfileAt)
		}
	}
}
