// Package demo is the simulated hiscores site of `osrsdiff up --demo`: a dozen
// invented players of every game mode who train, level up, get first kills, go
// missing and come back, die as hardcore ironmen or give a mode up. It answers
// in the form of the real site, so that everything else runs as it would there.
//
// What the site says depends on its seed, its start and the clock only, not on
// who asks when.
package demo
