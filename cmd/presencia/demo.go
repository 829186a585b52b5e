package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sourcegraph/conc/pool"

	"presencia/pipeline"
	"presencia/pipeline/impact"
	"presencia/pipeline/learning"
	"presencia/pipeline/register"
	"presencia/pipeline/simulation"
)

type demoCmd struct {
	Dir   string `help:"Folder of the demo; an earlier demo in it is replaced." default:"./demo" placeholder:"FOLDER"`
	Seed  uint64 `help:"Another seed gives another institution, the same seed the same bytes." default:"2014"`
	Month string `help:"Month of the monthly report." default:"2015-06" placeholder:"YYYY-MM"`
	Lang  string `help:"Language of the reports: es, ca-ES-valencia or en." enum:"es,ca-ES-valencia,en" default:"es"`
}

// Help tells what the one line of the overview leaves out.
func (demoCmd) Help() string {
	return `Makes up an institution like the Diputación de Alicante in 2012 to 2015, with a course whose true effect is known, serves
its accounts from a fake platform on this machine, and does what production does: collects them over HTTP week by week,
checks them, and writes the monthly report and the course report. Everything it shows is simulated and says so.

  presencia demo
  presencia demo --lang en --dir /tmp/demo`
}

// courseOfDemo is the id of the simulated course in its register.
const courseOfDemo = simulation.CourseID

// demoKey is behind the hashes of the simulation: the same seed gives the same bytes.
const demoKey = "simulated"

func (cmd *demoCmd) Run(ctx context.Context, p *program, c *cli) (err error) {
	begun := time.Now()
	if err := clearDemo(cmd.Dir); err != nil {
		return withCode(exitUsage, err)
	}
	world := simulation.New(cmd.Seed)
	server, err := serveWorld(world)
	if err != nil {
		return fmt.Errorf("serve the fake platform: %w", err)
	}
	defer func() { err = errors.Join(err, server.close()) }()

	// From here on everything is as in production, but for the clock and the tokens, which are the world's.
	sim := *p
	sim.now = world.Now
	sim.env = func(name string) (string, bool) {
		if credential, ok := strings.CutPrefix(name, "PRESENCIA_TOKEN_"); ok {
			return world.Token(credential)
		}
		if name == "PRESENCIA_KEY" {
			return demoKey, true
		}
		return p.env(name)
	}
	at := *c
	at.Register, at.Store, at.Output = filepath.Join(cmd.Dir, "institution.yaml"), "chdb:"+filepath.Join(cmd.Dir, "data"), filepath.Join(cmd.Dir, "reports")
	if !c.Verbose {
		at.Log = "none" // the outages are part of the simulation
	}
	if err := os.WriteFile(at.Register, world.Register(server.address), 0o644); err != nil {
		return fmt.Errorf("write the simulated institution: %w", err)
	}
	weeks := world.Weeks()
	world.SetNow(weeks[0])
	s, err := sim.openSite(ctx, &at)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	s.backoff = time.Millisecond // nobody's time is simulated while a request waits
	// Whoever imports the demo's files again must find the people that are there.
	if err := os.WriteFile(filepath.Join(cmd.Dir, "data", "presencia.key"), []byte(demoKey+"\n"), 0o600); err != nil {
		return fmt.Errorf("write the key of the hashes: %w", err)
	}

	var collected lived
	if err := together(
		func() error { return writeTruth(filepath.Join(cmd.Dir, "truth.json"), world) },
		func() (err error) { collected, err = s.relive(ctx, &at, world, weeks); return err },
	); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "Collected %d accounts over %d weeks by HTTP: %d requests, %d readings failed (the simulated outages). %.1f s\n",
		len(s.register.Accounts), len(weeks), collected.calls, collected.failed, time.Since(begun).Seconds())

	if err := s.recordCourse(ctx, cmd.Dir, world); err != nil {
		return err
	}
	if err := s.agree(ctx, world); err != nil {
		return err
	}
	checking := time.Now()
	months, err := s.months(ctx, collected.next.In(s.zone).Format("2006-01"), "")
	if err != nil {
		return err
	}
	verdicts, err := s.check(ctx, &at, months)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "Checked %d rules over %d months. %.1f s\n", len(verdicts), collected.months+len(months), time.Since(checking).Seconds())

	writing := time.Now()
	var monthly, course []string
	if err := together(
		func() (err error) { monthly, err = s.monthly(ctx, &at, cmd.Month, cmd.Lang); return err },
		func() (err error) { course, err = s.course(ctx, &at, courseOfDemo, cmd.Lang); return err },
	); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "Wrote the reports. %.1f s\n\n", time.Since(writing).Seconds())
	for _, line := range [][2]string{
		{monthly[0], "what leadership reads: the presence in " + cmd.Month},
		{monthly[1], "its workbook: the same figures, tidy data, definitions"},
		{course[0], "what training staff read: what the course changed, and how sure that is"},
		{course[1], "its workbook"},
		{planPath(&at, courseOfDemo), "what the course was to be judged by, written when it began"},
		{filepath.Join(cmd.Dir, "course"), "attendance, survey and activity, as organisers keep them"},
		{filepath.Join(cmd.Dir, "truth.json"), "the effects that were put into the simulation, to hold against the report"},
		{at.Register, "the register of the simulated institution"},
	} {
		fmt.Fprintf(p.stdout, "  %-44s %s\n", line[0], line[1])
	}
	fmt.Fprintf(p.stdout, "\nAll of it is simulated. Ask the store yourself:\n  presencia --store %s sql \"SELECT * FROM indicators WHERE indicator = 'response_rate' AND level = 'institution'\"\n", at.Store)
	return nil
}

// together runs functions side by side and waits for all.
func together(functions ...func() error) error {
	p := pool.New().WithErrors()
	for _, f := range functions {
		p.Go(f)
	}
	return p.Wait()
}

// writeTruth computes the effects that were put into the world, which takes some seconds.
func writeTruth(path string, world *simulation.World) error {
	truth, err := json.MarshalIndent(world.Truth(), "", "  ")
	if err == nil {
		err = os.WriteFile(path, append(truth, '\n'), 0o644)
	}
	if err != nil {
		return fmt.Errorf("write the truth: %w", err)
	}
	return nil
}

// lived is what the simulated years have brought.
type lived struct {
	calls, failed int
	months        int       // that were checked before the course
	next          time.Time // the first month that was not
}

// relive moves the world's clock from week to week and collects at each, so that the history of followers and figures
// arises as it would in life. When the course begins the months before it are checked, and its evaluation is planned.
func (s *site) relive(ctx context.Context, c *cli, world *simulation.World, weeks []time.Time) (lived, error) {
	var sum lived
	bar := s.progress("collecting three years")
	defer bar.done()
	// One runner for all weeks keeps its connections and what it knows of the server's limits.
	runner := s.runner(nil)
	study, err := s.study(ctx, courseOfDemo)
	if err != nil {
		return sum, err
	}
	planned := false
	for i, week := range weeks {
		world.SetNow(week)
		if !planned && !week.Before(study.Course.Start.In(s.zone)) { // before there is anything to see
			planned = true
			start := study.Course.Start.In(s.zone)
			sum.next = pipeline.Month(start.Year(), start.Month(), s.zone).From
			months, err := s.months(ctx, "", sum.next.AddDate(0, -1, 0).Format("2006-01"))
			if err != nil {
				return sum, err
			}
			sum.months = len(months)
			if _, err := s.check(ctx, c, months); err != nil {
				return sum, err
			}
			plan, err := study.Plan(ctx, impact.Choices{Now: s.now().Truncate(time.Second), Program: version})
			if err != nil {
				return sum, err
			}
			if err := s.writePlan(planPath(c, courseOfDemo), plan); err != nil {
				return sum, err
			}
		}
		info := pipeline.RunInfo{ID: runID("collect", week), Kind: "collect", Started: week.UTC(), Register: s.register.Version}
		accounts, _ := s.live()
		outcomes, err := runner.Run(ctx, info, accounts, time.Time{})
		if err != nil {
			return sum, err
		}
		for _, o := range outcomes {
			sum.calls += o.Calls
			if o.Err != nil {
				sum.failed++
			}
		}
		if err := ctx.Err(); err != nil {
			return sum, err
		}
		bar.at(int64(i+1), int64(len(weeks)))
	}
	return sum, nil
}

// recordCourse imports the course's record from the files that its organisers would have.
func (s *site) recordCourse(ctx context.Context, dir string, world *simulation.World) error {
	course, err := findCourse(s.register, courseOfDemo)
	if err != nil {
		return err
	}
	folder := filepath.Join(dir, "course")
	if err := os.Mkdir(folder, 0o755); err != nil {
		return err
	}
	paths := map[string][]string{}
	for name, content := range map[string][]byte{"attendance": world.Attendance(), "survey": world.Survey(), "activity": world.Activity()} {
		path := filepath.Join(folder, name+".csv")
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return fmt.Errorf("write the record of the course: %w", err)
		}
		paths[name] = []string{path}
	}
	files := courseImportCmd{Attendance: paths["attendance"], Survey: paths["survey"], Activity: paths["activity"]}
	record, _, err := files.read(learning.Reader{Course: course, Register: s.register, Key: s.key, Role: "participants"})
	if err != nil {
		return err
	}
	return s.db.SaveLearning(ctx, record, s.now())
}

// agree writes down what was agreed and closed, each on its day, as 'presencia action' would have done.
func (s *site) agree(ctx context.Context, world *simulation.World) error {
	noon := func(d pipeline.Date) time.Time { return d.In(s.zone).Add(12 * time.Hour) }
	for _, a := range world.Actions() {
		open := a
		open.Closed, open.Dropped, open.Note = pipeline.Date{}, false, ""
		open, err := s.db.SaveAction(ctx, open, noon(a.Agreed))
		if err != nil {
			return err
		}
		if a.Closed.IsZero() {
			continue
		}
		a.ID = open.ID
		if _, err := s.db.SaveAction(ctx, a, noon(a.Closed)); err != nil {
			return err
		}
	}
	return nil
}

// clearDemo empties the folder of an earlier demo and refuses any other that holds something.
func clearDemo(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return os.MkdirAll(dir, 0o755)
	}
	if err != nil {
		return fmt.Errorf("look into the demo's folder: %w", err)
	}
	if len(entries) == 0 {
		return nil
	}
	if r, err := register.Load(filepath.Join(dir, "institution.yaml")); err != nil || !r.Simulated {
		return fmt.Errorf("%s holds something that is not an earlier demo: name an empty folder with --dir", dir)
	}
	var errs []error
	for _, name := range []string{"data", "reports", "course", "institution.yaml", "truth.json", "course-" + courseOfDemo + ".plan.yaml"} {
		errs = append(errs, os.RemoveAll(filepath.Join(dir, name)))
	}
	return errors.Join(errs...)
}

// worldServer is the fake platform on a loopback port.
type worldServer struct {
	address string
	http    *http.Server
	ended   chan error
}

func serveWorld(world *simulation.World) (*worldServer, error) {
	// The address stands in the register, so a port that stays the same lets the same seed give the same bytes.
	l, err := net.Listen("tcp", "127.0.0.1:20140")
	if err != nil {
		l, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return nil, err
	}
	s := &worldServer{
		address: "http://" + l.Addr().String(),
		http:    &http.Server{Handler: world.Handler(), ReadHeaderTimeout: 10 * time.Second},
		ended:   make(chan error, 1),
	}
	go func() { s.ended <- s.http.Serve(l) }() // ends in close
	return s, nil
}

func (s *worldServer) close() error {
	err := s.http.Close()
	if e := <-s.ended; !errors.Is(e, http.ErrServerClosed) {
		err = errors.Join(err, e)
	}
	return err
}
