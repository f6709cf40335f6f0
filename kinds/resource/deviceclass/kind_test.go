package deviceclass

import (
	"testing"

	"argosy.dev/kinds/kindtest"
)

func TestKind(t *testing.T) { kindtest.Run(t, Kind()) }
