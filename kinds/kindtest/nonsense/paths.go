package nonsense

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
)

// Paths are the paths of all fields of a type, as JSON names them: a list has one item, "0", and a map the key "k". What contains itself
// is entered twice.
func Paths(t reflect.Type) [][]string {
	var all [][]string
	walk(t, nil, map[reflect.Type]int{}, &all)
	return all
}

func walk(t reflect.Type, path []string, inside map[reflect.Type]int, all *[][]string) {
	path = slices.Clip(path)
	switch t.Kind() {
	case reflect.Pointer:
		walk(t.Elem(), path, inside, all)
	case reflect.Slice:
		if t.Elem().Kind() != reflect.Uint8 {
			enter(t.Elem(), append(path, "0"), inside, all)
		}
	case reflect.Map:
		enter(t.Elem(), append(path, "k"), inside, all)
	case reflect.Struct:
		// A type that reads itself, such as a time or a quantity, is one value.
		if _, itself := reflect.New(t).Interface().(json.Unmarshaler); itself || inside[t] > 1 {
			return
		}
		inside[t]++
		for i := range t.NumField() {
			f := t.Field(i)
			switch name, _, _ := strings.Cut(f.Tag.Get("json"), ","); {
			case name == "" && f.Anonymous:
				walk(f.Type, path, inside, all)
			case name != "" && name != "-":
				enter(f.Type, append(path, name), inside, all)
			}
		}
		inside[t]--
	}
}

func enter(t reflect.Type, path []string, inside map[reflect.Type]int, all *[][]string) {
	*all = append(*all, path)
	walk(t, path, inside, all)
}
