package access

import "context"

// Caller is who sent a request or typed a command.
type Caller struct {
	// Name is that of the token, or of the account that ran the command. Empty: a
	// caller who proved nothing.
	Name string
	// Role is what the caller may do.
	Role Role
	// From is where the request came from: an IP address, or "command line".
	From string
}

// Known reports whether the caller proved who it is.
func (c Caller) Known() bool { return c.Name != "" }

type callerKey struct{}

// WithCaller returns a context that carries the caller.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// CallerOf returns the caller that a context carries. Without one it is the zero
// Caller, who may do nothing.
func CallerOf(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}
