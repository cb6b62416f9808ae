// Package identity tells whether the values that the hiscores state under a
// player's name still belong to the account that was tracked under it. Names
// pass from one account to another and the site does not say when: all there is
// to go by are values that fall although the game never lowers them.
//
// Judge names such a fall a rollback of the game or the sign of another account.
// Peaks count gains past a rollback, so that what is earned a second time is no
// second gain. Package store does both in the transaction that records an
// answer; nothing here knows a database or the hiscores site.
package identity
