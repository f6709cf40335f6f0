package apiservice

import (
	"fmt"

	apiregistrationv1 "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	return []kinds.Column{
		table.Name(),
		{Name: "Service", Type: "string", Description: "The reference to the service that hosts this API endpoint.", Value: table.Cell(func(s *apiregistrationv1.APIService) any {
			if s.Spec.Service == nil {
				return "Local"
			}
			return s.Spec.Service.Namespace + "/" + s.Spec.Service.Name
		})},
		{Name: "Available", Type: "string", Description: "Whether this service is available.", Value: table.Cell(available)},
		table.Age(),
	}
}

func available(s *apiregistrationv1.APIService) any {
	for _, c := range s.Status.Conditions {
		if c.Type != apiregistrationv1.Available {
			continue
		}
		if c.Status == apiregistrationv1.ConditionTrue {
			return string(c.Status)
		}
		return fmt.Sprintf("%s (%s)", c.Status, c.Reason)
	}
	return string(apiregistrationv1.ConditionUnknown)
}
