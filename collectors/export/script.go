package export

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// elements hands over the elements of a JSON array one by one, with their number from 1. The array is the value of a key
// of the object that the text holds, or where key is empty the text's own, whatever script stands before it.
func elements[T any](ctx context.Context, in *input, key string, each func(n int, v T) error) error {
	fail := func(err error) error {
		return fmt.Errorf("read %s: %w; if it was not downloaded or unpacked to its end, do it again", in.name, err)
	}
	if key == "" { // up to the array
		if err := skipTo(in, '['); err != nil {
			return fail(err)
		}
	}
	d := json.NewDecoder(in.text)
	base := in.limit.read - int64(in.text.Buffered()) // the decoder counts from where it begins
	if err := enter(d, in, key, base); err != nil {
		return fail(err)
	}
	for n := 1; d.More(); n++ {
		if n%1000 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var v T
		err := d.Decode(&v)
		in.limit.record = base + d.InputOffset()
		var kind *json.UnmarshalTypeError
		if err != nil && !errors.As(err, &kind) {
			return fail(err)
		}
		if err := each(n, v); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return fail(err)
	}
	return nil
}

func skipTo(in *input, c byte) error {
	for range sniff {
		b, err := in.text.ReadByte()
		if err != nil {
			return err
		}
		if b == c {
			return in.text.UnreadByte()
		}
	}
	return fmt.Errorf("there is no list in it")
}

// enter goes into the array that is the value of a key, or the next value.
func enter(d *json.Decoder, in *input, key string, base int64) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	if key == "" {
		if t != json.Delim('[') {
			return errors.New("there is no list in it")
		}
		return nil
	}
	if t != json.Delim('{') {
		return errors.New("it does not hold an object")
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		if name == key {
			return enter(d, in, "", base)
		}
		var skipped json.RawMessage
		if err := d.Decode(&skipped); err != nil {
			return err
		}
		in.limit.record = base + d.InputOffset()
	}
	return fmt.Errorf("there is no %q in it", key)
}

// object reads the one JSON object that a text holds.
func object(in *input, into any) error {
	b, err := io.ReadAll(io.LimitReader(in.text, maxRecord))
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", in.name, err)
	}
	return nil
}
