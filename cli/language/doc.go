// Package language keeps kubectl's translations out of every process that is not going to be kubectl in a foreign language.
//
// kubectl's packages translate their help texts while they are being initialized, which unpacks the catalogue of messages: some
// 15 ms and 4 MB, in every process of a program that merely contains kubectl. kubectl's i18n package offers one hook to
// change that, to be set from an init function that runs before the first translation. Go initializes packages in the order
// of their import paths as soon as what they import is initialized, so this package, which imports nothing but i18n, comes
// before every package of kubectl that translates.
//
// Nothing flows in or out; importing it is its use. It must import no other package of kubectl.
package language
