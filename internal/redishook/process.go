// Package redishook makes a hook of a Redis client out of a function.
package redishook

import "github.com/redis/go-redis/v9"

// Process is a hook that sees the commands sent one by one. Connections and pipelines
// are left alone.
type Process func(next redis.ProcessHook) redis.ProcessHook

var _ redis.Hook = Process(nil)

// DialHook changes nothing.
func (Process) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessHook is the function itself.
func (p Process) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return p(next) }

// ProcessPipelineHook changes nothing.
func (Process) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}
