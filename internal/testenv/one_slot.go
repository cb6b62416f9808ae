package testenv

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// crossSlotError is what a Redis Cluster says to keys of different slots.
type crossSlotError string

func (e crossSlotError) Error() string {
	return "CROSSSLOT Keys in request don't hash to the same slot: " + string(e)
}

// RedisError marks it as an answer of the server.
func (crossSlotError) RedisError() {}

// OneSlot is a hook that makes the client of a single server refuse what a Redis
// Cluster refuses: a command or script whose keys do not share a slot. It is
// stricter in that keys whose hash tags differ never share one by chance.
type OneSlot struct{}

// DialHook changes nothing.
func (OneSlot) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessHook refuses a command whose keys do not share a slot.
func (OneSlot) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if err := crossSlot(cmd); err != nil {
			cmd.SetErr(err)
			return err
		}
		return next(ctx, cmd)
	}
}

// ProcessPipelineHook refuses a pipeline with a command whose keys do not share
// a slot; different commands may be for different slots.
func (OneSlot) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		for _, cmd := range cmds {
			if err := crossSlot(cmd); err != nil {
				cmd.SetErr(err)
				return err
			}
		}
		return next(ctx, cmds)
	}
}

func crossSlot(cmd redis.Cmder) error {
	keys := keysOf(cmd)
	for _, key := range keys {
		if hashTag(key) != hashTag(keys[0]) {
			return crossSlotError(fmt.Sprintf("%s %q", cmd.Name(), keys))
		}
	}
	return nil
}

// keysOf returns the keys of commands that can take several.
func keysOf(cmd redis.Cmder) []string {
	args := make([]string, len(cmd.Args()))
	for i, arg := range cmd.Args() {
		args[i] = fmt.Sprint(arg)
	}
	switch cmd.Name() {
	case "eval", "evalsha":
		n, err := strconv.Atoi(args[2])
		if err != nil {
			return nil
		}
		return args[3 : 3+n]
	case "mset":
		var keys []string
		for i := 1; i < len(args); i += 2 {
			keys = append(keys, args[i])
		}
		return keys
	case "del", "unlink", "exists", "mget", "touch":
		return args[1:]
	}
	return nil
}

// hashTag is the part of a key that decides on its slot: what the first braces
// hold, or all of it.
func hashTag(key string) string {
	if _, rest, ok := strings.Cut(key, "{"); ok {
		if tag, _, ok := strings.Cut(rest, "}"); ok && tag != "" {
			return tag
		}
	}
	return key
}
