package pipeline

import "errors"

// The kinds of failure on which somebody decides. Collectors wrap them; the runner and the commands ask with errors.Is.
var (
	// ErrGone: the account does not exist (any more) at its platform.
	ErrGone = errors.New("the account does not exist there")
	// ErrDenied: the platform wants a credential, or refuses the one given.
	ErrDenied = errors.New("access denied")
	// ErrRateLimited: the platform's limit is used up for longer than the run may wait.
	ErrRateLimited = errors.New("rate limited")
	// ErrUnavailable: the server does not answer, or answers with a failure of its own, after all retries.
	ErrUnavailable = errors.New("the server is not available")
	// ErrBadAnswer: the server answered with something that its API does not describe.
	ErrBadAnswer = errors.New("the answer could not be understood")
)

// Secret is a credential. It prints as asterisks wherever it goes; Reveal is for the one place that sends it.
type Secret string

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return string(s) }

// String hides the secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "***"
}

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides the secret from JSON, YAML and logs.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
