package scale

import "errors"

var errModified = errors.New("the object has been modified; please apply your changes to the latest version and try again")
