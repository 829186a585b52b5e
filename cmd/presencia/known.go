package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"presencia/pipeline"
	"presencia/pipeline/impact"
	"presencia/pipeline/register"
	"presencia/pipeline/store"
	"presencia/reports"
)

// past is a site as it was known once.
type past struct {
	store.Known
	manifest *reports.Manifest // of the report that is made again; nil: a new one
}

// asKnown is the site as it was known when a day ended. Close it before the site itself.
func (s *site) asKnown(ctx context.Context, c *cli, day pipeline.Date) (*site, error) {
	at := day.AddDays(1).In(s.zone).Add(-time.Millisecond)
	if !at.Before(s.now()) {
		return nil, withCode(exitUsage, fmt.Errorf("%s has not ended: what will be known then is not known yet", day))
	}
	then, err := s.at(ctx, c, past{Known: store.Known{At: at}})
	if errors.Is(err, store.ErrNotKnown) {
		return nil, withCode(exitUsage, fmt.Errorf("nothing was known on %s: the store has no register and no run of that day or before", day))
	}
	return then, err
}

// at is the site at some moment, with the register and the data of then. The guide's texts are those in force.
func (s *site) at(ctx context.Context, c *cli, p past) (_ *site, err error) {
	if p.Register, err = s.db.RegisterOf(ctx, p.Known); err != nil {
		return nil, err
	}
	then := *s
	then.past = &p
	if p.Register != s.register.Version {
		if then.register, err = s.storedRegister(ctx, c, p.Register); err != nil {
			return nil, err
		}
		then.zone = then.register.Institution.Location()
	}
	then.db, err = s.db.As(ctx, p.Known)
	return &then, withCode(exitStore, err)
}

// storedRegister is a register that was in force once, without the owners' contacts, which are not stored.
func (s *site) storedRegister(ctx context.Context, c *cli, version string) (*pipeline.Register, error) {
	content, err := s.db.RegisterContent(ctx, version)
	if err != nil {
		return nil, err
	}
	if content == nil {
		return nil, withCode(exitConfig, fmt.Errorf("the register of then, %.12s, is not in the store: name its file with --register", version))
	}
	r, err := register.Parse(c.Register, content)
	if err != nil {
		return nil, withCode(exitConfig, fmt.Errorf("the register of then, %.12s, is no longer understood as the store keeps it: name its file with --register: %w", version, err))
	}
	r.Version = version // of the file, not of what is stored of it
	return r, nil
}

// knownPlan is the plan of a course's evaluation and what identifies it: the one in force, or the one of then.
func (s *site) knownPlan(c *cli, course string) (*impact.Plan, []pipeline.Holding, error) {
	path := planPath(c, course)
	candidates := []string{path}
	if s.past != nil { // plans that were replaced lie beside it
		kept, err := filepath.Glob(escapeGlob(strings.TrimSuffix(path, ".yaml")) + "-*.yaml")
		if err != nil {
			return nil, nil, err
		}
		candidates = append(candidates, kept...)
	}
	var newest *impact.Plan
	for _, candidate := range candidates {
		plan, err := s.readPlan(candidate)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, nil, withCode(exitConfig, err)
		}
		if s.past != nil && plan.Written.After(s.past.Until(reports.CoursePlanInput)) || newest != nil && !plan.Written.After(newest.Written) {
			continue
		}
		newest, path = plan, candidate
	}
	if newest == nil {
		return nil, nil, nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read the plan: %w", err)
	}
	sum := sha256.Sum256(content)
	return newest, []pipeline.Holding{{Name: reports.CoursePlanInput, Count: 1, Newest: newest.Written.UTC(), SHA256: hex.EncodeToString(sum[:])}}, nil
}

// escapeGlob makes a path stand for itself in a pattern.
func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}
