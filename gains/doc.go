// Package gains holds what a tracker says about values over time beyond their
// difference: the periods people compare by, records, milestones, and levels the
// hiscores do not state. All of it is arithmetic on what it is given; package
// store reads the values, and the API, the pages and the command line ask both.
//
// A gain needs two known values. What was unknown before is first seen. Records
// and milestones are stricter still: a value that rises from zero may have been
// earned long before the hiscores had a row for it, or before the account last
// logged in, so its first rise counts for no record and dates no milestone.
package gains
