package nodemetrics

import (
	"testing"

	"argosy.dev/kinds/kindtest"
)

func TestKind(t *testing.T) { kindtest.RunComputed(t, Kind()) }
