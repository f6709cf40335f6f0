// Package backup is a store in one file: written from a live store without holding anybody up, read to make a new one.
//
// Flows in and out: the newest records of a store, all as of one revision; its history is not kept. The file is
//
//	"ARGOSYBK" VERSION CRC            the header: 8 bytes, then two numbers
//	LENGTH CRC 1 REVISION KEY VALUE   a record; keys ascend
//	LENGTH CRC 2 REVISION COUNT CHAIN the end: the store's revision, how many records, a sum of all their CRCs in order
//
// with LENGTH, CRC (CRC-32C of what follows), VERSION and CHAIN as 4 bytes, big-endian. A file that was cut off anywhere,
// or in which anything was changed, dropped, repeated or added, is refused: readers act on what they read only once
// [Read] has returned without an error.
//
// It knows the contract of store and no engine. Its functions share nothing and may be called from any goroutine.
package backup
