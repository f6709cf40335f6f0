// Package review answers the API's questions about access: whose token is this, who am I, may somebody do something, and what may I do.
//
// Flows in: questions that are valid, and who asks. Flows out: the same with their status filled in, or API errors. That the asker may ask
// is decided before, as for any create. The package must never know HTTP. A [Reviewer] is safe for concurrent use.
package review
