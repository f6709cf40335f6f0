package rules

import (
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// PortNumberOrName wants a port's number, or the name of one.
func PortNumberOrName(port intstr.IntOrString, path *field.Path) field.ErrorList {
	if port.Type == intstr.Int {
		return Each(validation.IsValidPortNum(int(port.IntVal)), port.IntVal, path)
	}
	return Each(validation.IsValidPortName(port.StrVal), port.StrVal, path)
}
