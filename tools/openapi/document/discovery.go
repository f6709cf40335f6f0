package document

import (
	"net/http"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/version"
)

// discoveryRoute is a read of one fixed path that is no resource.
func discoveryRoute(path, id, tag, description string, reply any, produces ...string) routes {
	rt := &route{
		method: http.MethodGet, path: path, id: id, tag: tag, description: description,
		produces: produces, responses: replies(reply, http.StatusOK),
	}
	if _, text := reply.(string); !text {
		rt.consumes = produces
	}
	return routes{rt}
}

// resourceListRoutes describes the discovery of a group version's resources.
func resourceListRoutes(gv GroupVersion) routes {
	return discoveryRoute("/"+gv.Path()+"/", gv.operation("get", "APIResources"), gv.tag(),
		"get available resources", metav1.APIResourceList{}, producesObject...)
}

// groupRoutes describes the discovery of a group's versions.
func groupRoutes(group string) routes {
	return discoveryRoute("/apis/"+group+"/", "get"+groupName(group)+"APIGroup", groupTag(group),
		"get information of a group", metav1.APIGroup{}, producesObject...)
}

// rootRoutes describes the paths that belong to no group, by the path of their document.
func rootRoutes() map[string]routes {
	return map[string]routes{
		"api": discoveryRoute("/api/", "getCoreAPIVersions", "core",
			"get available API versions", metav1.APIVersions{}, producesObject...),
		"apis": discoveryRoute("/apis/", "getAPIVersions", "apis",
			"get available API versions", metav1.APIGroupList{}, producesObject...),
		"version": discoveryRoute("/version/", "getCodeVersion", "version",
			"get the version information for this server", version.Info{}, mediaJSON),
		".well-known/openid-configuration": discoveryRoute("/.well-known/openid-configuration/",
			"getServiceAccountIssuerOpenIDConfiguration", "WellKnown",
			"get service account issuer OpenID configuration, also known as the 'OIDC discovery doc'", "", mediaJSON),
		"openid/v1/jwks": discoveryRoute("/openid/v1/jwks/", "getServiceAccountIssuerOpenIDKeyset", "openid",
			"get service account issuer OpenID JSON Web Key Set (contains public token verification keys)", "", mediaKeySet),
	}
}
