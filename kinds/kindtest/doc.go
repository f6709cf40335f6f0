// Package kindtest is the suite that every kind passes, from the kind's own test:
//
//	func TestKind(t *testing.T) { kindtest.Run(t, deployment.Kind()) }
//
// With random objects it checks what is true of any kind: they survive every encoding, defaults are idempotent, validation changes
// nothing and panics on nothing, status and spec are kept apart. With the kind's own examples it checks
// what is true of that one, in the folder testdata beside the test:
//
//	valid/*.yaml     objects that are accepted
//	invalid/*.yaml   objects that are refused; *.errors beside each lists every mistake
//	update/*.yaml    an object before and after a change; *.errors beside each lists what is wrong with it, and is empty if nothing is
//	status/*.yaml    the same for a change through a subresource, here status
//	defaults/*.yaml  what a user writes; *.golden beside each is what is stored
//	table.yaml       objects whose table, with all columns, is in table.golden
//
// With the flag -update the goldens are written instead of compared.
package kindtest
