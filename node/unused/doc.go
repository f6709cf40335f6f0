// Package unused decides which images a node no longer needs: those that no container uses, the longest unused first, once the disk that
// holds them gets full or when they have been unused for too long.
//
// Flows in: the images that there are, which of them containers use, what the disk has. Flows out: the images to remove. It removes nothing,
// and knows no clock but the time that it is given.
//
// A Ledger belongs to one goroutine at a time.
package unused
