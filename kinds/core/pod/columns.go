package pod

import (
	"fmt"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/facts/pods"
	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	spec, status := corev1.PodSpec{}.SwaggerDoc(), corev1.PodStatus{}.SwaggerDoc()
	return []kinds.Column{
		table.Name(),
		{Name: "Ready", Type: "string", Description: "The aggregate readiness state of this pod for accepting traffic.", Value: table.Cell(ready)},
		{Name: "Status", Type: "string", Description: "The aggregate status of the containers in this pod.", Value: table.Cell(func(p *corev1.Pod) any {
			return summarize(p).status
		})},
		{Name: "Restarts", Type: "string", Description: "The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.", Value: table.CellAt(restartCount)},
		table.Age(),
		{Name: "IP", Type: "string", Priority: 1, Description: status["podIP"], Value: table.Cell(func(p *corev1.Pod) any { return orNone(address(p)) })},
		{Name: "Node", Type: "string", Priority: 1, Description: spec["nodeName"], Value: table.Cell(func(p *corev1.Pod) any { return orNone(p.Spec.NodeName) })},
		{Name: "Nominated Node", Type: "string", Priority: 1, Description: status["nominatedNodeName"], Value: table.Cell(func(p *corev1.Pod) any {
			return orNone(p.Status.NominatedNodeName)
		})},
		{Name: "Readiness Gates", Type: "string", Priority: 1, Description: spec["readinessGates"], Value: table.Cell(readinessGates)},
	}
}

func ready(p *corev1.Pod) any {
	s := summarize(p)
	return fmt.Sprintf("%d/%d", s.ready, s.containers)
}

func restartCount(p *corev1.Pod, now time.Time) any {
	s := summarize(p)
	if s.restarts == 0 || s.lastRestart.IsZero() {
		return strconv.Itoa(s.restarts)
	}
	return fmt.Sprintf("%d (%s ago)", s.restarts, table.Since(s.lastRestart, now))
}

func readinessGates(p *corev1.Pod) any {
	if len(p.Spec.ReadinessGates) == 0 {
		return table.None
	}
	open := 0
	for _, gate := range p.Spec.ReadinessGates {
		if c := pods.Condition(&p.Status, gate.ConditionType); c != nil && c.Status == corev1.ConditionTrue {
			open++
		}
	}
	return fmt.Sprintf("%d/%d", open, len(p.Spec.ReadinessGates))
}

func orNone(s string) string {
	if s == "" {
		return table.None
	}
	return s
}

func rowConditions(p *corev1.Pod) []metav1.TableRowCondition {
	switch p.Status.Phase {
	case corev1.PodSucceeded:
		return completed("Succeeded", "The pod has completed successfully.")
	case corev1.PodFailed:
		return completed("Failed", "The pod failed.")
	}
	return nil
}

func completed(reason, message string) []metav1.TableRowCondition {
	return []metav1.TableRowCondition{{Type: metav1.RowCompleted, Status: metav1.ConditionTrue, Reason: reason, Message: message}}
}
