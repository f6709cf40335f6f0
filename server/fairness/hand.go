package fairness

// mostHand bounds a hand: what fits the bits of a hash is never more.
const mostHand = 60

// deal fills hand with distinct numbers below deck, chosen by h: Fisher and Yates' shuffle, of which only the hand is laid out.
func deal(h uint64, deck int, hand []int) {
	for i := range hand {
		left := uint64(deck - i)
		card := int(h % left)
		h /= left
		// The card-th of those that are left: each that was dealt before, in order, and is not above it, moves it up.
		at := i
		for at > 0 && hand[at-1] > card+at-1 {
			hand[at] = hand[at-1]
			at--
		}
		hand[at] = card + at
	}
}
