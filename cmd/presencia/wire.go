package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"presencia/collectors"
	"presencia/pipeline"
	"presencia/pipeline/check"
	"presencia/pipeline/indicator"
	"presencia/pipeline/language"
	"presencia/pipeline/personal"
	"presencia/pipeline/register"
	"presencia/pipeline/store"
)

// site is an institution with its store: what most commands work on. Every concrete part is named in this file, once.
type site struct {
	*program
	register *pipeline.Register
	db       *store.DB
	ledger   []indicator.Indicator
	log      *slog.Logger
	zone     *time.Location
	key      []byte
	past     *past         // nil: the present
	backoff  time.Duration // before a request is tried again; 0: the collectors' own
}

// readRegister reads the register that the command line names.
func (p *program) readRegister(c *cli) (*pipeline.Register, []byte, error) {
	content, err := os.ReadFile(c.Register)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, withCode(exitConfig, fmt.Errorf("there is no register at %s: write one with 'presencia init', or name yours with --register", c.Register))
	}
	if err != nil {
		return nil, nil, withCode(exitConfig, fmt.Errorf("read the register: %w", err))
	}
	r, err := register.Parse(c.Register, content)
	return r, content, withCode(exitConfig, err)
}

// openSite reads the register and opens the store, which learns of the register. Close it.
func (p *program) openSite(ctx context.Context, c *cli) (*site, error) {
	r, content, err := p.readRegister(c)
	if err != nil {
		return nil, err
	}
	s := &site{program: p, register: r, log: p.logger(c), zone: r.Institution.Location()}
	if s.ledger, err = indicator.All(); err != nil {
		return nil, err
	}
	if s.key, err = p.hashKey(c); err != nil {
		return nil, withCode(exitConfig, err)
	}
	if s.db, err = p.openStore(ctx, c, indicator.View(r.Institution.TimeZone)); err != nil {
		return nil, err
	}
	if err := s.db.SaveRegister(ctx, r, content, p.now()); err != nil {
		return nil, errors.Join(fmt.Errorf("store the register: %w", err), s.Close())
	}
	return s, nil
}

func (p *program) openStore(ctx context.Context, c *cli, views ...string) (*store.DB, error) {
	libchdb, _ := p.env("PRESENCIA_LIBCHDB")
	db, err := store.Open(ctx, c.Store, store.Options{Libchdb: libchdb, Log: p.logger(c), Program: version, Views: views})
	return db, withCode(exitStore, err)
}

// Close lets go of the store.
func (s *site) Close() error { return s.db.Close() }

// outside is how the outside world is asked.
func (s *site) outside() collectors.Options {
	return collectors.Options{
		Version: version, Contact: s.register.Institution.Contact, Credential: s.credential, Save: s.saveCredential, Log: s.log, Backoff: s.backoff,
	}
}

// runner is the conductor with every collector that there is.
func (s *site) runner(observe func(pipeline.Outcome)) *pipeline.Runner {
	return &pipeline.Runner{
		Collectors: collectors.All(s.outside()), Sink: s.db, Collection: s.register.Collection, Privacy: s.privacy(), Now: s.now, Log: s.log, Observe: observe,
	}
}

// privacy is what is taken out of a batch before it is stored, and what is learnt of it before.
func (s *site) privacy() *pipeline.Privacy {
	p := pipeline.NewPrivacy(s.key, s.register)
	p.Language = func(text string) string {
		tag, _ := language.Detect(text)
		return tag
	}
	p.Kind = language.Kind
	p.Redact = personal.Official{Domains: s.register.Institution.OfficialDomains, Contacts: s.register.Contacts()}.Redact
	return p
}

// guide loads the base pack and the institution's own.
func (p *program) guide(c *cli, r *pipeline.Register) (*check.Guide, error) {
	var packs []check.Pack
	for _, name := range r.Guide.Packs {
		if shipped, ok := check.Shipped(name); ok {
			packs = append(packs, shipped)
			continue
		}
		path := name
		if !filepath.IsAbs(name) {
			path = filepath.Join(filepath.Dir(c.Register), name)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, withCode(exitConfig, fmt.Errorf("read the rule pack %s: name a file, or a pack that comes with presencia: %w", name, err))
		}
		packs = append(packs, check.Pack{Name: path, Content: content})
	}
	g, err := check.Load(r, packs...)
	if err != nil {
		return nil, withCode(exitConfig, err)
	}
	for _, mistake := range g.Broken {
		p.logger(c).Warn("a rule is left out for a mistake; 'presencia guide lint' lists them all", "mistake", mistake)
	}
	return g, nil
}

// credential finds a secret by the name that the register gives it.
func (p *program) credential(name string) (pipeline.Secret, error) {
	variable := "PRESENCIA_TOKEN_" + name
	s, err := p.secret(variable)
	if err == nil && s == "" {
		err = fmt.Errorf("the credential %s is not set: put it in %s, or in a file that %s_FILE names", name, variable, variable)
	}
	return pipeline.Secret(s), err
}

// saveCredential puts a renewed credential into the file that it came from, whole or not at all.
func (p *program) saveCredential(name string, content pipeline.Secret) error {
	variable := "PRESENCIA_TOKEN_" + name
	path, ok := p.env(variable + "_FILE")
	if _, set := p.env(variable); set || !ok {
		return fmt.Errorf("the credential %s stands in the variable %s, where nothing can be stored: put it into a file and name that in %[2]s_FILE", name, variable)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".presencia-*") // which only we may read
	if err != nil {
		return fmt.Errorf("store the renewed credential %s beside %s: %w", name, path, err)
	}
	_, err = f.WriteString(content.Reveal() + "\n")
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("store the renewed credential %s in %s: %w", name, path, err)
	}
	return nil
}

// secret reads a variable, or the file that the variable with _FILE at its end names; empty if there is neither.
func (p *program) secret(variable string) (string, error) {
	if v, ok := p.env(variable); ok {
		return strings.TrimSpace(v), nil
	}
	path, ok := p.env(variable + "_FILE")
	if !ok {
		return "", nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("%s_FILE: %w", variable, err)
	}
	return strings.TrimSpace(string(b)), nil
}

// hashKey is the secret behind the hashes of messages and authors: PRESENCIA_KEY, or a file that is made on first use
// in the store's folder (beside the register where the store is a server).
func (p *program) hashKey(c *cli) ([]byte, error) {
	if s, err := p.secret("PRESENCIA_KEY"); err != nil || s != "" {
		return []byte(s), err
	}
	folder := filepath.Dir(c.Register)
	if path, ok := strings.CutPrefix(c.Store, "chdb:"); ok {
		folder = path
	}
	path := filepath.Join(folder, "presencia.key")
	if b, err := os.ReadFile(path); err == nil {
		return []byte(strings.TrimSpace(string(b))), nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the key of the hashes: %w", err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("make the store's folder: %w", err)
	}
	key := make([]byte, 32)
	rand.Read(key)
	text := hex.EncodeToString(key)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) { // another command made it meanwhile
		return p.hashKey(c)
	}
	if err != nil {
		return nil, fmt.Errorf("write the key of the hashes: %w", err)
	}
	_, err = f.WriteString(text + "\n")
	return []byte(text), errors.Join(err, f.Close())
}

// runID names a run by its kind and moment.
func runID(kind string, at time.Time) string {
	return kind + "-" + at.UTC().Format("20060102T150405.000Z")
}
