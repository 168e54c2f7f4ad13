package postgres

import (
	"context"
	"errors"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// listener hears of changes (LISTEN). It keeps one connection of the pool while
// somebody listens.
type listener struct {
	pool *pgxpool.Pool
	one  sync.Mutex    // guards conn
	conn *pgxpool.Conn // nil before the first call and after a failure
}

// wait is store.Engine.Listen. A connection that was lost is replaced at the
// next call; this one then sleeps, because nobody would tell it anything.
func (l *listener) wait(ctx context.Context) {
	l.one.Lock()
	err := l.hear(ctx)
	if err != nil && !pgconn.Timeout(err) {
		l.drop()
	}
	l.one.Unlock()
	if err != nil {
		<-ctx.Done()
	}
}

// close gives the connection back to a pool that is about to be closed, which
// would wait for it otherwise.
func (l *listener) close() {
	l.one.Lock()
	defer l.one.Unlock()
	if l.conn != nil {
		l.conn.Release()
		l.conn = nil
	}
}

func (l *listener) hear(ctx context.Context) error {
	if l.conn != nil {
		_, err := l.conn.Conn().WaitForNotification(ctx)
		return err
	}
	conn, err := l.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	l.conn = conn
	_, err = conn.Exec(ctx, "LISTEN signet_changes")
	if pgconn.Timeout(err) { // half said: what follows on it cannot be trusted
		return errors.New("no answer to LISTEN")
	}
	return err // the caller looks at once: nobody told what came before
}

// drop closes the connection, which still listens, instead of giving it back.
func (l *listener) drop() {
	if l.conn == nil {
		return
	}
	_ = l.conn.Hijack().PgConn().Conn().Close() // it is lost already
	l.conn = nil
}
