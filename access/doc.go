// Package access says who may do what: the roles, the API tokens and sessions
// that prove a role, and the trail that writes leave in the audit log. Package
// web asks it at the door; package cmd, which whoever owns the machine runs, makes
// tokens and leaves a trail of its own.
package access
