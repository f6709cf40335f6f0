package podtemplate

import (
	"regexp"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// The signals that Linux knows, real-time ones by their distance from either end.
var linuxSignal = regexp.MustCompile(`^SIG(ABRT|ALRM|BUS|CHLD|CLD|CONT|FPE|HUP|ILL|INT|IO|IOT|KILL|PIPE|POLL|PROF|PWR|QUIT|SEGV|STKFLT|STOP|SYS|TERM|TRAP|TSTP|TTIN|TTOU|URG|USR1|USR2|VTALRM|WINCH|XCPU|XFSZ|RTMIN(\+([1-9]|1[0-5]))?|RTMAX(-([1-9]|1[0-4]))?)$`)

// Which signals there are depends on the system, which must therefore be told. (KEP-4960)
func (s *scope) validateStopSignal(signal corev1.Signal, path *field.Path) field.ErrorList {
	switch {
	case s.spec.OS == nil:
		return field.ErrorList{field.Forbidden(path, "may not be set for containers with empty `spec.os.name`")}
	case s.spec.OS.Name == corev1.Windows && signal != "SIGTERM" && signal != "SIGKILL":
		return field.ErrorList{field.NotSupported(path, signal, []corev1.Signal{"SIGKILL", "SIGTERM"})}
	case s.spec.OS.Name == corev1.Linux && !linuxSignal.MatchString(string(signal)):
		return field.ErrorList{field.Invalid(path, signal, "must be a signal that Linux knows, such as SIGTERM")}
	}
	return nil
}
