// Package claim decides which pods belong to a controller: those it owns and that match, those that match and nobody owns (to
// be adopted), those it owns and that match no more (to be released). It is shared by the controllers that own pods, or
// replica sets, by a selector. The decision is pure; carrying it out is two patches.
package claim
