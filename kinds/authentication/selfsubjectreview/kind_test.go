package selfsubjectreview

import (
	"testing"

	"argosy.dev/kinds/kindtest"
)

func TestKind(t *testing.T) { kindtest.RunAnswered(t, Kind()) }
