package kinds

// Do makes a descriptor's function out of one over the kind's own type.
func Do[T Object](f func(obj T)) func(Object) {
	return func(obj Object) { f(obj.(T)) }
}

// DoWith is Do for a function that also sees what the object was before.
func DoWith[T Object](f func(obj, old T)) func(obj, old Object) {
	return func(obj, old Object) { f(obj.(T), of[T](old)) }
}

// Ask is Do for a function that answers.
func Ask[T Object, R any](f func(obj T) R) func(Object) R {
	return func(obj Object) R { return f(obj.(T)) }
}

// AskWith is DoWith for a function that answers. Where the descriptor says that old may be nil, f gets a nil T.
func AskWith[T Object, R any](f func(obj, old T) R) func(obj, old Object) R {
	return func(obj, old Object) R { return f(obj.(T), of[T](old)) }
}

func of[T Object](obj Object) T {
	if obj == nil {
		var none T
		return none
	}
	return obj.(T)
}
