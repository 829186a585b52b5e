package pipeline

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestIdentify(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	account := Account{ID: "a", Handle: "@Office"}
	is := func(stable, handle, avatar string) *Profile {
		return &Profile{StableID: stable, Handle: handle, Avatar: avatar}
	}
	before := Identity{Asked: account.Asked(), StableID: "7", Handle: "office", Avatar: "https://a.example/1.png"}
	with := func(change func(*Identity)) Identity {
		i := before
		change(&i)
		return i
	}
	for _, c := range []struct {
		name   string
		before Identity
		stable string // of the request
		now    *Profile
		err    error
		want   []Change
		fails  error
	}{
		{"nothing has changed", before, "7", is("7", "office", before.Avatar), nil, nil, nil},
		{"never seen before", Identity{}, "", is("7", "office", before.Avatar), nil, nil, nil},
		{"never seen, and not there", Identity{}, "", nil, ErrGone, nil, ErrGone},
		{"renamed", before, "7", is("7", "oficina", before.Avatar), nil, []Change{{now, Renamed, "office", "oficina"}}, nil},
		{"written in another way", before, "7", is("7", "@Office", before.Avatar), nil, nil, nil},
		{"the handle is not told", before, "7", is("7", "", before.Avatar), nil, nil, nil},
		{"taken", before, "7", is("9", "office", before.Avatar), nil, []Change{{now, Taken, "7", "9"}}, ErrTaken},
		{"taken, of an account that the register names by id", Identity{}, "7", is("9", "office", ""), nil, []Change{{now, Taken, "7", "9"}}, ErrTaken},
		{"still taken", with(func(i *Identity) { i.Taken = "9" }), "7", is("9", "office", ""), nil, nil, ErrTaken},
		{"still taken, of an account that was never read", Identity{Taken: "9"}, "7", is("9", "office", ""), nil, nil, ErrTaken},
		{"taken by yet another", with(func(i *Identity) { i.Taken = "9" }), "7", is("10", "office", ""), nil, []Change{{now, Taken, "7", "10"}}, ErrTaken},
		{"its own again", with(func(i *Identity) { i.Taken = "9" }), "7", is("7", "office", before.Avatar), nil, nil, nil},
		{"the register has a new id for it", before, "9", is("9", "office", "https://a.example/other.png"), nil, nil, nil},
		{"the register has a new handle for it", with(func(i *Identity) { i.Asked = "press" }), "", is("9", "office", "https://a.example/other.png"), nil, nil, nil},
		{"a platform without ids", with(func(i *Identity) { i.StableID = "" }), "", is("", "press", before.Avatar), nil, nil, nil},
		{"disappeared", before, "7", nil, fmt.Errorf("read: %w", ErrGone), []Change{{now, Disappeared, "office", ""}}, ErrGone},
		{"still not there", with(func(i *Identity) { i.Gone = true }), "7", nil, ErrGone, nil, ErrGone},
		{"not to be reached", before, "7", nil, ErrUnavailable, nil, ErrUnavailable},
		{"returned", with(func(i *Identity) { i.Gone = true }), "7", is("7", "office", before.Avatar), nil, []Change{{now, Returned, "", "office"}}, nil},
		{
			"returned under another name", with(func(i *Identity) { i.Gone = true }), "7", is("7", "oficina", before.Avatar), nil,
			[]Change{{now, Returned, "", "oficina"}, {now, Renamed, "office", "oficina"}}, nil,
		},
		{"read without its profile", before, "7", nil, nil, nil, nil},
		{"another picture", before, "7", is("7", "office", "https://a.example/2.png"), nil, []Change{{now, AvatarChanged, "https://a.example/1.png", "https://a.example/2.png"}}, nil},
		{"no picture any more", before, "7", is("7", "office", ""), nil, []Change{{now, AvatarChanged, "https://a.example/1.png", ""}}, nil},
		{"the first picture that is seen", with(func(i *Identity) { i.Avatar = "" }), "7", is("7", "office", "https://a.example/2.png"), nil, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := identify(c.before, Request{Account: account, StableID: c.stable, Now: now}, Batch{Profile: c.now, Gives: []Field{FieldAvatar}}, c.err)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if !errors.Is(err, c.fails) || (err == nil) != (c.fails == nil) {
				t.Errorf("got %v, want %v", err, c.fails)
			}
		})
	}
	got, _ := identify(before, Request{Account: account, StableID: "7", Now: now}, Batch{Profile: is("7", "office", "")}, nil)
	if len(got) > 0 {
		t.Errorf("a source that does not give the picture says nothing of it, got %v", got)
	}
}

// TestPicture holds addresses of one picture together, and those of two apart.
func TestPicture(t *testing.T) {
	for _, c := range []struct {
		name, a, b string
		same       bool
	}{
		{"the same", "https://a.example/1.png", "https://a.example/1.png", true},
		{"a version in the query", "https://a.example/1.png?v=1", "https://a.example/1.png?v=2", true},
		{"Facebook's hosts and signatures", "https://scontent-mad1-1.xx.fbcdn.net/v/t39.30808-1/123_456_n.jpg?stp=c0.5&_nc_ht=a&oh=00_A&oe=67",
			"https://scontent-bcn1-2.xx.fbcdn.net/v/t39.30808-1/123_456_n.jpg?stp=c0.7&_nc_ht=b&oh=00_B&oe=68", true},
		{"Facebook's old folders of a size", "https://scontent.xx.fbcdn.net/v/t1.0-1/p50x50/123_n.jpg", "https://scontent.xx.fbcdn.net/v/t1.0-1/p200x200/123_n.jpg", true},
		{"Facebook, another", "https://scontent.xx.fbcdn.net/v/t39.30808-1/123_456_n.jpg?oh=A", "https://scontent.xx.fbcdn.net/v/t39.30808-1/124_457_n.jpg?oh=A", false},
		{"YouTube's sizes and hosts", "https://yt3.ggpht.com/ytc/AIdro_k=s88-c-k-c0x00ffffff-no-rj", "https://yt3.googleusercontent.com/ytc/AIdro_k=s240-c-k-c0x00ffffff-no-rj", true},
		{"YouTube, another", "https://yt3.ggpht.com/ytc/AIdro_k=s88", "https://yt3.ggpht.com/ytc/AIdro_m=s88", false},
		{"X's sizes", "https://pbs.twimg.com/profile_images/11/abc_normal.jpg", "https://pbs.twimg.com/profile_images/11/abc_400x400.jpg", true},
		{"X, another", "https://pbs.twimg.com/profile_images/11/abc_normal.jpg", "https://pbs.twimg.com/profile_images/12/abc_normal.jpg", false},
		{"TikTok's hosts, sizes and ends", "https://p16-sign-va.tiktokcdn.com/tos-maliva/77~c5_100x100.jpeg?x-expires=1&x-signature=a",
			"https://p77-sign-va.tiktokcdn.com/tos-maliva/77~c5_720x720.jpeg?x-expires=2&x-signature=b", true},
		{"Bluesky's views", "https://cdn.bsky.app/img/avatar/plain/did:plc:x/bafk@jpeg", "https://cdn.bsky.app/img/avatar/plain/did:plc:x/bafz@jpeg", false},
		{"Mastodon behind another host", "https://social.example/system/accounts/avatars/000/1/original/ab.png", "https://files.social.example/system/accounts/avatars/000/1/original/ab.png", true},
		{"Mastodon, another", "https://files.social.example/accounts/avatars/000/1/original/ab.png", "https://files.social.example/accounts/avatars/000/1/original/cd.png", false},
		{"the same name of another month", "https://a.example/2024/05/logo.png", "https://a.example/2025/06/logo.png", false},
		{"none", "https://a.example/1.png", "", false},
		{"no address", "%zz", "%zy", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := picture(c.a) == picture(c.b); got != c.same {
				t.Errorf("%s and %s: same is %v", picture(c.a), picture(c.b), got)
			}
		})
	}
}
