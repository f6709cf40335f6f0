package main

import (
	"fmt"
	"strings"
)

// options takes the leading options off arguments. with lists the letters that have a value, without those that have none; any
// other letter is an error. "-n5", "-n 5" and, for letters together, "-rf" are understood.
func options(args []string, without, with string) (set map[byte]string, rest []string, err error) {
	set = map[byte]string{}
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		arg := args[0]
		args = args[1:]
		if arg == "--" {
			break
		}
		for i := 1; i < len(arg); i++ {
			c := arg[i]
			switch {
			case strings.IndexByte(without, c) >= 0:
				set[c] = ""
			case strings.IndexByte(with, c) < 0:
				return nil, nil, fmt.Errorf("unknown option -%c", c)
			case i+1 < len(arg):
				set[c] = arg[i+1:]
				i = len(arg)
			case len(args) > 0:
				set[c], args = args[0], args[1:]
			default:
				return nil, nil, fmt.Errorf("option -%c wants a value", c)
			}
		}
	}
	return set, args, nil
}

func has(set map[byte]string, c byte) bool {
	_, ok := set[c]
	return ok
}
