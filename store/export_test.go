package store

// LockMigrate is the advisory lock that migrations hold, for a test that dies
// holding it.
const LockMigrate = lockMigrate
