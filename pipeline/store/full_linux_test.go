package store

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"presencia/pipeline"
)

// TestFullDiskLeavesTheStoreAsItWas fills the disk between two runs.
func TestFullDiskLeavesTheStoreAsItWas(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=32m"); err != nil {
		t.Skipf("no small disk can be mounted: %v", err)
	}
	defer syscall.Unmount(dir, 0)
	db, err := Open(t.Context(), "chdb:"+filepath.Join(dir, "data"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	attempt := func(id string) error {
		r, err := db.Begin(t.Context(), pipeline.RunInfo{ID: id, Kind: "collect", Started: days(1)})
		if err != nil {
			return err
		}
		if err := r.Save(t.Context(), batch("a", days(1), post(id, hours(1), pipeline.CountOf(1))), pipeline.Outcome{Account: "a", At: days(1)}); err != nil {
			return err
		}
		return r.Complete(t.Context(), days(1))
	}
	if err := attempt("first"); err != nil {
		t.Fatal(err)
	}
	fill := filepath.Join(dir, "fill")
	if err := os.WriteFile(fill, make([]byte, 64<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	if err := attempt("second"); !errors.Is(err, ErrFull) {
		t.Errorf("a run on a full disk: %v", err)
	}
	if err := os.Remove(fill); err != nil {
		t.Fatal(err)
	}
	var posts []struct {
		Post string `ch:"post"`
	}
	if err := db.Select(t.Context(), &posts, "SELECT post FROM posts_latest"); err != nil || len(posts) != 1 || posts[0].Post != "first" {
		t.Errorf("after it the store shows %v, %v", posts, err)
	}
	if err := attempt("second"); err != nil {
		t.Errorf("the same run, once there is room: %v", err)
	}
}
