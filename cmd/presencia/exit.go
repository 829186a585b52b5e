package main

// Exit codes, one meaning each.
const (
	exitOK         = 0
	exitFindings   = 1  // doctor or lint found something that needs a person
	exitUsage      = 2  // the command line is wrong
	exitConfig     = 3  // the register, a pack, a credential or an input file is wrong
	exitSomeFailed = 4  // some accounts could not be read
	exitAllFailed  = 5  // none could be read
	exitStore      = 6  // the engine, the store or the disk
	exitBug        = 70 // presencia itself
	exitStopped    = 130
)

// codedError is an error that knows its exit code.
type codedError struct {
	code int
	error
}

func (e *codedError) Unwrap() error { return e.error }

func withCode(code int, err error) error {
	if err == nil {
		return nil
	}
	return &codedError{code, err}
}
