package store

import (
	"context"
	"errors"

	"presencia/pipeline"
)

func (db *DB) Cursors(ctx context.Context) (map[pipeline.AccountID]pipeline.Cursor, error) {
	return nil, errors.ErrUnsupported
}
func (db *DB) Begin(ctx context.Context, info pipeline.RunInfo) (pipeline.Run, error) {
	return nil, errors.ErrUnsupported
}
