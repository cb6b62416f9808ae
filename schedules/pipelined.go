package schedules

import (
	"errors"
	"fmt"
	"io"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/osrsdiff/osrsdiff/tasks"
)

// autoPipeliner is a Redis client that can gather commands of many goroutines
// into pipelines; go-redis' clients of one server and of a cluster are.
type autoPipeliner interface {
	AutoPipeline() (*redis.AutoPipeliner, error)
}

// pipelinedQueue returns a queue for many enqueues at once, on a connection of its
// own: asynq sends one script a task, and gathering those into pipelines more
// than doubles the rate. asynq's own batch of enqueues can take its place once it
// is released.
func pipelinedQueue(rdb redis.UniversalClient) (tasks.Enqueuer, io.Closer, error) {
	client, ok := rdb.(autoPipeliner)
	if !ok {
		return asynq.NewClientFromRedisClient(rdb), rdb, nil
	}
	auto, err := client.AutoPipeline()
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("pipeline enqueues: %w", err), rdb.Close())
	}
	return asynq.NewClientFromRedisClient(auto), closers{auto, rdb}, nil
}

// closers closes several things in order.
type closers []io.Closer

// Close closes all of them, whatever the first ones say.
func (c closers) Close() error {
	var errs []error
	for _, each := range c {
		errs = append(errs, each.Close())
	}
	return errors.Join(errs...)
}
