package web

import "github.com/osrsdiff/osrsdiff/access"

// rules says which role each route needs. A route is its pattern on the mux, with
// its method; the server does not start with one that has no rule.
var rules = map[string]access.Role{
	// Load balancers ask the first two; the sign-in page needs the files.
	"GET /healthz":       access.Anyone,
	"GET /readyz":        access.Anyone,
	"GET /static/{file}": access.Anyone,
	"GET /favicon.ico":   access.Anyone,
	"GET /signin":        access.Anyone,
	"POST /signin":       access.Anyone,
	"POST /signout":      access.Anyone,

	"GET /audit":                access.Admin,
	"GET /api/audit":            access.Admin,
	"GET /api/tokens":           access.Admin,
	"POST /api/tokens":          access.Admin,
	"DELETE /api/tokens/{name}": access.Admin,

	"GET /openapi.json":     access.Viewer,
	"GET /openapi.yaml":     access.Viewer,
	"GET /openapi-3.0.json": access.Viewer,
	"GET /openapi-3.0.yaml": access.Viewer,
	"GET " + metricsPath:    access.Viewer,

	// Pages.
	"GET /{$}":                         access.Viewer,
	"GET /search":                      access.Viewer,
	"GET " + playersPath:               access.Viewer,
	"GET /docs":                        access.Viewer,
	"GET /leaderboards":                access.Viewer,
	"POST /players":                    access.Operator,
	"GET /groups":                      access.Viewer,
	"POST /groups":                     access.Operator,
	"GET /groups/{name}":               access.Viewer,
	"GET /groups/{name}/gains":         access.Viewer,
	"GET /groups/{name}/leaderboard":   access.Viewer,
	"GET /groups/{name}/competitions":  access.Viewer,
	"GET /groups/{name}/roster":        access.Viewer,
	"GET /groups/{name}/export":        access.Viewer,
	"POST /groups/{name}/roster":       access.Operator,
	"POST /groups/{name}/settings":     access.Operator,
	"POST /groups/{name}/competitions": access.Operator,
	"POST /groups/{name}/remove":       access.Admin,
	"GET /competitions/{id}":           access.Viewer,
	"POST /competitions/{id}/remove":   access.Admin,

	"GET " + monitoringPath + "/":  access.Viewer,
	"POST " + monitoringPath + "/": access.Admin,
	"GET /compare":                 access.Viewer,
	"GET /api/compare":             access.Viewer,

	// Pages of schedules and of the system.
	"GET " + schedulesPath:            access.Viewer,
	"GET " + schedulesPath + "/{id}":  access.Viewer,
	"GET " + changePath:               access.Operator,
	"POST " + changePath:              access.Operator,
	"GET " + systemPath:               access.Viewer,
	"POST " + systemPath + "/trigger": access.Operator,

	// Pages of a player.
	"GET /players/{name}":            access.Viewer,
	"GET /players/{name}/gains":      access.Viewer,
	"GET /players/{name}/chart":      access.Viewer,
	"GET /players/{name}/activities": access.Viewer,
	"GET /players/{name}/diff":       access.Viewer,
	"GET /players/{name}/records":    access.Viewer,
	"GET /players/{name}/milestones": access.Viewer,
	"GET /players/{name}/history":    access.Viewer,
	"GET /players/{name}/schedule":   access.Viewer,
	"GET /players/{name}/remove":     access.Admin,
	"POST /players/{name}/remove":    access.Admin,
	"POST /players/{name}/interval":  access.Operator,
	"POST /players/{name}/rename":    access.Operator,
	"POST /players/{name}/pause":     access.Operator,
	"POST /players/{name}/resume":    access.Operator,
	"POST /players/{name}/fetch":     access.Operator,
	"POST /players/{name}/accept":    access.Operator,
	"POST /players/{name}/split":     access.Operator,

	// API: players.
	"GET /api/players":                     access.Viewer,
	"POST /api/players":                    access.Operator,
	"GET /api/players/{name}":              access.Viewer,
	"PATCH /api/players/{name}":            access.Operator,
	"DELETE /api/players/{name}":           access.Admin,
	"POST /api/players/{name}/fetch":       access.Operator,
	"POST /api/players/{name}/pause":       access.Operator,
	"POST /api/players/{name}/resume":      access.Operator,
	"POST /api/players/{name}/rename":      access.Operator,
	"POST /api/players/{name}/accept":      access.Operator,
	"POST /api/players/{name}/split":       access.Operator,
	"GET /api/players/{name}/identity":     access.Viewer,
	"GET /api/players/{name}/mode-changes": access.Viewer,
	"GET /api/activity":                    access.Viewer,
	"GET /api/events":                      access.Viewer,
	"GET /api/flags":                       access.Viewer,
	"POST /api/players/bulk":               access.Operator,
	"POST /api/lookups":                    access.Operator,

	// API: values over time.
	"GET /api/players/{name}/snapshot":        access.Viewer,
	"GET /api/players/{name}/gains":           access.Viewer,
	"GET /api/players/{name}/records":         access.Viewer,
	"GET /api/players/{name}/milestones":      access.Viewer,
	"GET /api/players/{name}/series/{metric}": access.Viewer,
	"GET /api/leaderboards":                   access.Viewer,
	"GET /api/leaderboards/{metric}":          access.Viewer,
	"GET /api/leaderboards/{metric}/gains":    access.Viewer,

	// API: groups and competitions.
	"GET /api/groups":                              access.Viewer,
	"POST /api/groups":                             access.Operator,
	"GET /api/groups/{name}":                       access.Viewer,
	"PATCH /api/groups/{name}":                     access.Operator,
	"DELETE /api/groups/{name}":                    access.Admin,
	"GET /api/groups/{name}/members":               access.Viewer,
	"GET /api/groups/{name}/export":                access.Viewer,
	"POST /api/groups/{name}/sync":                 access.Operator,
	"PUT /api/groups/{name}/roster":                access.Operator,
	"GET /api/groups/{name}/gains":                 access.Viewer,
	"GET /api/groups/{name}/leaderboards/{metric}": access.Viewer,
	"GET /api/competitions":                        access.Viewer,
	"POST /api/competitions":                       access.Operator,
	"GET /api/competitions/{id}":                   access.Viewer,
	"DELETE /api/competitions/{id}":                access.Admin,
	"GET /api/competitions/{id}/standings":         access.Viewer,

	// API: schedules and tasks.
	"GET /api/schedules":               access.Viewer,
	"GET /api/schedules/{id}":          access.Viewer,
	"POST /api/schedules/{id}/pause":   access.Operator,
	"POST /api/schedules/{id}/resume":  access.Operator,
	"POST /api/schedules/{id}/trigger": access.Operator,
	"POST /api/schedules/verify":       access.Operator,
	"POST /api/schedules/rebuild":      access.Admin,
	"GET /api/tasks":                   access.Viewer,
	"GET /api/tasks/executions":        access.Viewer,
	"GET /api/tasks/executions/{id}":   access.Viewer,
	"GET /api/queues":                  access.Viewer,

	// API: export.
	"GET /api/export/players":                access.Viewer,
	"GET /api/export/players/{name}/history": access.Viewer,
	"GET /api/export/gains":                  access.Viewer,

	// API: system.
	"GET /api/system/scheduled-tasks":      access.Viewer,
	"GET /api/system/status":               access.Viewer,
	"POST /api/system/trigger-task/{name}": access.Operator,
}
