// Package quota keeps namespaces within their ResourceQuotas. What a write takes is booked in the quotas' status before the write is
// admitted, conditionally on nobody else having booked meanwhile; so usage is exact however many write at once, on one server or on
// several. Writes to one namespace that wait for the booking of others are booked together.
//
// Less than was booked is never taken back here: a write that fails later, a deletion, a smaller size are found by the controller,
// which recounts.
//
// It is the one plugin that writes, through the interface Books.
package quota
