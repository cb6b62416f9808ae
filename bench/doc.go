// Package bench measures how fast and how large OSRS Diff is, beside what it is
// built on and what it could be built on instead. It has tests only. Without
// flags they run at a small size, check that nothing is lost or done twice, and
// take seconds. By hand they measure:
//
//	go test ./bench -players 100000 -for 5m -timeout 2h -v -report ../docs/performance.md
//
// -players is how many schedules there are, -for how long the steady state is
// watched, and -report a page whose tables take up the results. -run chooses: Steady,
// Burst, LiveChange, Rebuild, Growth, Pipeline. No test fails because a machine is slow; a
// goal that was missed is marked in the table.
package bench
