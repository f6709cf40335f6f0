//go:build invariants

package cache

import (
	"fmt"
	"reflect"

	"k8s.io/apimachinery/pkg/runtime"
)

// seal keeps a private copy of a published object, to find out who changes shared objects.
type seal struct{ copy runtime.Object }

func (s *seal) set(obj Object) { s.copy = obj.DeepCopyObject() }

func (s *seal) check(key string, obj Object) {
	if s.copy != nil && !reflect.DeepEqual(s.copy, runtime.Object(obj)) {
		panic(fmt.Sprintf("the shared object %s was changed by a reader: copy it first\n was: %+v\n is:  %+v", key, s.copy, obj))
	}
}
