package apiservice

import (
	"k8s.io/apimachinery/pkg/runtime"
	apiregistrationv1 "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"

	"argosy.dev/kinds"
)

// Kind describes who serves a version of an API group: this server, or another behind a Service.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:        apiregistrationv1.SchemeGroupVersion.WithKind("APIService"),
		Resource:   "apiservices",
		Singular:   "apiservice",
		Categories: []string{"api-extensions"},
		StorePath:  "apiregistration.k8s.io/apiservices",
		New:        func() kinds.Object { return &apiregistrationv1.APIService{} },
		NewList:    func() runtime.Object { return &apiregistrationv1.APIServiceList{} },

		Default:       kinds.Do(apiregistrationv1.SetObjectDefaults_APIService),
		PrepareCreate: kinds.Do(prepareCreate),
		PrepareUpdate: kinds.DoWith(prepareUpdate),
		Name:          name,
		Validate:      kinds.Ask(validate),

		Columns:      columns(),
		Subresources: []kinds.Subresource{status()},
	}
}
