package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"argosy.dev/resource"
	"argosy.dev/server"
)

// repeated is text with %d in it, for the numbers from 0 on, with commas between, until it has almost so many bytes.
func repeated(text string, bytes int) string {
	var b strings.Builder
	for i := 0; b.Len() < bytes; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strings.ReplaceAll(text, "%d", fmt.Sprint(i)))
	}
	return b.String()
}

// Bodies full of small things: what they cost grows with their size, and not with its square, nor with that of what is told of their mistakes.
func TestCosts(t *testing.T) {
	s := whole(t, server.Options{})
	for url, body := range map[string]string{configMaps: configMap("a"), pods: pod("p"), deployments: manifest("d")} {
		if w := ask(s, "POST", url, body, "Content-Type", jsonBody); w.Code != 201 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	const size, large = 20 << 10, 60 << 10
	podOf := func(spec string) string {
		return `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"q"},"spec":{` + spec + `}}`
	}
	one := func(of string) string { return podOf(`"containers":[{"name":"c","image":"i",` + of + `}]`) }
	deploymentOf := func(spec string) string {
		return `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"template":{"spec":{` + spec + `}}}}`
	}
	const apply = "?fieldManager=f&force=true"
	for name, c := range map[string]struct{ method, url, media, body string }{
		"containers":               {"POST", pods, jsonBody, podOf(`"containers":[` + repeated(`{"name":"c%d","image":"i"}`, size) + `]`)},
		"init containers":          {"POST", pods, jsonBody, podOf(`"containers":[{"name":"c","image":"i"}],"initContainers":[` + repeated(`{"name":"c%d","image":"i","restartPolicy":"Always","ports":[{"containerPort":1,"hostPort":1}]}`, size) + `]`)},
		"ports":                    {"POST", pods, jsonBody, one(`"ports":[` + repeated(`{"containerPort":1,"hostPort":1,"name":"p%d"}`, large) + `]`)},
		"environment":              {"POST", pods, jsonBody, one(`"env":[` + repeated(`{"name":"E%d","value":"$(E%d)"}`, size) + `]`)},
		"mounts":                   {"POST", pods, jsonBody, one(`"volumeMounts":[` + repeated(`{"name":"v%d","mountPath":"/m%d"}`, size) + `]`)},
		"volumes":                  {"POST", pods, jsonBody, podOf(`"containers":[{"name":"c","image":"i"}],"volumes":[` + repeated(`{"name":"v%d"}`, size) + `]`)},
		"tolerations":              {"POST", pods, jsonBody, podOf(`"containers":[{"name":"c","image":"i"}],"tolerations":[` + repeated(`{"key":"k%d"}`, size) + `]`)},
		"spread constraints":       {"POST", pods, jsonBody, podOf(`"containers":[{"name":"c","image":"i"}],"topologySpreadConstraints":[` + repeated(`{"topologyKey":"k%d","maxSkew":1,"whenUnsatisfiable":"DoNotSchedule"}`, size) + `]`)},
		"claims":                   {"POST", pods, jsonBody, podOf(`"containers":[{"name":"c","image":"i","resources":{"claims":[` + repeated(`{"name":"c%d"}`, size/2) + `]}}],"resourceClaims":[` + repeated(`{"name":"c%d"}`, size/2) + `]`)},
		"gates":                    {"POST", pods, jsonBody, podOf(`"containers":[{"name":"c","image":"i"}],"schedulingGates":[` + repeated(`{"name":"g%d"}`, size) + `]`)},
		"resize policies":          {"POST", pods, jsonBody, one(`"resizePolicy":[` + repeated(`{"resourceName":"cpu","restartPolicy":"x%d"}`, size) + `]`)},
		"resources":                {"POST", pods, jsonBody, one(`"resources":{"limits":{` + repeated(`"e.com/r%d":1`, size/2) + `},"requests":{` + repeated(`"e.com/r%d":1`, size/2) + `}}`)},
		"sysctls":                  {"POST", pods, jsonBody, podOf(`"containers":[{"name":"c","image":"i"}],"securityContext":{"sysctls":[` + repeated(`{"name":"a.b%d","value":"1"}`, size) + `]}`)},
		"aliases":                  {"POST", pods, jsonBody, podOf(`"containers":[{"name":"c","image":"i"}],"hostAliases":[` + repeated(`{"ip":"%d"}`, size) + `]`)},
		"readiness gates":          {"POST", pods, jsonBody, podOf(`"containers":[{"name":"c","image":"i"}],"readinessGates":[` + repeated(`{"conditionType":"g%d"}`, size) + `]`)},
		"owners":                   {"POST", configMaps, jsonBody, `{"metadata":{"name":"q","ownerReferences":[` + repeated(`{"apiVersion":"v1","kind":"A","name":"n","uid":"u%d","controller":true}`, large) + `]}}`},
		"finalizers":               {"POST", configMaps, jsonBody, `{"metadata":{"name":"q","finalizers":[` + repeated(`"e.com/%d"`, size) + `]}}`},
		"managed fields":           {"POST", configMaps, jsonBody, `{"metadata":{"name":"q","managedFields":[` + repeated(`{"manager":"m%d","operation":"Update","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:k%d":{}}}}`, size) + `]}}`},
		"service ports":            {"POST", "/api/v1/namespaces/default/services", jsonBody, `{"metadata":{"name":"q"},"spec":{"ports":[` + repeated(`{"name":"p%d","port":1,"nodePort":30000}`, large) + `]}}`},
		"external addresses":       {"POST", "/api/v1/namespaces/default/services", jsonBody, `{"metadata":{"name":"q"},"spec":{"ports":[{"port":1}],"externalIPs":[` + repeated(`"1.2.3.%d"`, size) + `]}}`},
		"endpoints":                {"POST", "/api/v1/namespaces/default/endpoints", jsonBody, `{"metadata":{"name":"q"},"subsets":[` + repeated(`{"addresses":[{"ip":"1.2.3.4"}],"ports":[{"port":%d}]}`, size) + `]}`},
		"endpoint addresses":       {"POST", "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", jsonBody, `{"metadata":{"name":"q"},"addressType":"IPv4","endpoints":[` + repeated(`{"addresses":["1.2.3.%d"]}`, size) + `]}`},
		"paths of an ingress":      {"POST", "/apis/networking.k8s.io/v1/namespaces/default/ingresses", jsonBody, `{"metadata":{"name":"q"},"spec":{"rules":[` + repeated(`{"host":"h%d","http":{"paths":[{"path":"/","pathType":"Exact"}]}}`, size) + `]}}`},
		"peers of a policy":        {"POST", "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies", jsonBody, `{"metadata":{"name":"q"},"spec":{"podSelector":{},"ingress":[{"from":[` + repeated(`{"ipBlock":{"cidr":"1.0.0.0/8","except":["1.2.3.%d/32"]}}`, size) + `]}]}}`},
		"rules of a role":          {"POST", "/apis/rbac.authorization.k8s.io/v1/clusterroles", jsonBody, `{"metadata":{"name":"q"},"rules":[` + repeated(`{"verbs":["v%d"],"apiGroups":[""],"resources":["r%d"]}`, size) + `]}`},
		"devices":                  {"POST", "/apis/resource.k8s.io/v1/resourceslices", jsonBody, `{"metadata":{"name":"q"},"spec":{"driver":"d.com","nodeName":"n","pool":{"name":"p","resourceSliceCount":1},"devices":[` + repeated(`{"name":"d%d"}`, size) + `]}}`},
		"labels":                   {"POST", configMaps, jsonBody, `{"metadata":{"name":"q","labels":{` + repeated(`"a%d":"!"`, size) + `}}}`},
		"unknown fields":           {"POST", configMaps + "?fieldValidation=Strict", jsonBody, `{"metadata":{"name":"q"},` + repeated(`"x%d":1`, size) + `}`},
		"the same field":           {"POST", configMaps + "?fieldValidation=Strict", jsonBody, `{"metadata":{"name":"q"},` + repeated(`"data":{}`, size) + `}`},
		"strategic: containers":    {"PATCH", deployments + "/d", strategic, deploymentOf(`"containers":[` + repeated(`{"name":"c%d","image":"i"}`, 290<<10) + `]`)},
		"strategic: order":         {"PATCH", deployments + "/d", strategic, deploymentOf(`"$setElementOrder/containers":[` + repeated(`{"name":"c%d"}`, size/2) + `],"containers":[` + repeated(`{"name":"c%d"}`, size/2) + `]`)},
		"strategic: deletions":     {"PATCH", deployments + "/d", strategic, deploymentOf(`"containers":[` + repeated(`{"name":"c%d","$patch":"delete"}`, size) + `]`)},
		"strategic: finalizers":    {"PATCH", deployments + "/d", strategic, `{"metadata":{"finalizers":[` + repeated(`"e.com/%d"`, size) + `]}}`},
		"strategic: set deletions": {"PATCH", deployments + "/d", strategic, `{"metadata":{"$deleteFromPrimitiveList/finalizers":[` + repeated(`"e.com/%d"`, size/2) + `],"finalizers":[` + repeated(`"e.com/%d"`, size/2) + `]}}`},
		"strategic: retained keys": {"PATCH", deployments + "/d", strategic, `{"spec":{"strategy":{"$retainKeys":[` + repeated(`"k%d"`, size/2) + `],` + repeated(`"k%d":1`, size/2) + `}}}`},
		"strategic: data":          {"PATCH", configMaps + "/a", strategic, `{"data":{` + repeated(`"k%d":""`, size) + `}}`},
		"merge: data":              {"PATCH", configMaps + "/a", mergePatch, `{"data":{` + repeated(`"k%d":""`, size) + `}}`},
		"JSON patch: adds":         {"PATCH", configMaps + "/a", jsonPatch, `[` + repeated(`{"op":"add","path":"/data/k%d","value":"v"}`, 10<<10) + `]`},
		"JSON patch: list":         {"PATCH", deployments + "/d", jsonPatch, `[{"op":"add","path":"/spec/template/spec/containers/0/args","value":[` + repeated(`"%d"`, 20<<10) + `]},` + repeated(`{"op":"add","path":"/spec/template/spec/containers/0/args/0","value":"v"}`, 10<<10) + `]`},
		"JSON patch: tests":        {"PATCH", configMaps + "/a", jsonPatch, `[{"op":"add","path":"/data","value":{` + repeated(`"k%d":"v"`, 20<<10) + `}},` + repeated(`{"op":"test","path":"/data/k1","value":"v"}`, 10<<10) + `]`},
		"JSON patch: copies":       {"PATCH", configMaps + "/a", jsonPatch, `[{"op":"add","path":"/data","value":{` + repeated(`"k%d":"v"`, 20<<10) + `}},` + repeated(`{"op":"copy","from":"/data","path":"/x"}`, 10<<10) + `]`},
		"JSON patch: moves":        {"PATCH", configMaps + "/a", jsonPatch, `[{"op":"add","path":"/data","value":{` + repeated(`"k%d":"v"`, 20<<10) + `}},` + repeated(`{"op":"move","from":"/data","path":"/x"},{"op":"move","from":"/x","path":"/data"}`, 10<<10) + `]`},
		"apply: containers":        {"PATCH", deployments + "/d" + apply, applyPatch, deploymentOf(`"containers":[` + repeated(`{"name":"c%d","image":"i"}`, size) + `]`)},
		"apply: finalizers":        {"PATCH", configMaps + "/a" + apply, applyPatch, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","finalizers":[` + repeated(`"e.com/%d"`, size) + `]}}`},
		"apply: data":              {"PATCH", configMaps + "/a" + apply, applyPatch, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{` + repeated(`"k%d":""`, size) + `}}`},
		"apply: unknown fields":    {"PATCH", configMaps + "/a" + apply, applyPatch, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},` + repeated(`"x%d":1`, size) + `}`},
		"apply: deep":              {"PATCH", configMaps + "/a" + apply, applyPatch, strings.Repeat(`{"a":`, 500<<10)},
		"YAML of many lines":       {"POST", configMaps, resource.MediaYAML, "metadata: {name: q}\ndata:\n" + strings.ReplaceAll(repeated("  k%d: v\n", size), ",", "")},
		"YAML of many documents":   {"POST", configMaps, resource.MediaYAML, strings.Repeat("---\n", size/4)},
		"YAML of many anchors":     {"POST", configMaps, resource.MediaYAML, "data:\n" + strings.ReplaceAll(repeated("  k%d: &a%d v\n", size), ",", "")},
		"YAML of many merges":      {"POST", configMaps, resource.MediaYAML, "a: &a {b: c}\ndata: {" + repeated("k%d: {<<: *a}", size) + "}"},
		"protobuf of nothings":     {"POST", pods, resource.MediaProtobuf, "k8s\x00" + strings.Repeat("\x12\x00", 1<<20)},
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			url, query, _ := strings.Cut(c.url, "?")
			query += "&dryRun=All"
			w := survive(t, s, c.method, url, query, c.media, c.body)
			took := time.Since(began)
			if t.Logf("%d, %v, %d bytes of answer: %.150s", w.Code, took.Round(time.Millisecond), w.Body.Len(), w.Body); took > slow || w.Body.Len() > 16<<20 {
				t.Errorf("it took %v", took)
			}
		})
	}
}
