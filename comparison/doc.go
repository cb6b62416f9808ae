// Package comparison puts players side by side: what each stands at in every
// metric, what each gained in a stretch of time, and who leads. The page, the
// API and the command line all show what it makes.
package comparison
