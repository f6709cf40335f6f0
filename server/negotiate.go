package server

import (
	"fmt"
	"mime"
	"net/http"
	"sort"
	"strconv"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"argosy.dev/resource"
)

// output is how the client wants its answer.
type output struct {
	media string // one of resource.Media*
	// as is "", "Table", "PartialObjectMetadata" or "PartialObjectMetadataList"; group and version are its.
	as      string
	version string
	pretty  bool
}

func (o output) json() bool     { return o.media == resource.MediaJSON }
func (o output) protobuf() bool { return o.media == resource.MediaProtobuf }

// format is what the cache keeps for the output.
func (o output) format() resource.Format {
	if o.protobuf() {
		return resource.FormatProtobuf
	}
	return resource.FormatJSON
}

type clause struct {
	media  string
	params map[string]string
	q      float64
}

// negotiate picks the first acceptable form of an object's answer. custom resources have no protobuf.
func negotiate(r *http.Request, custom bool, shapes ...string) (output, error) {
	header := r.Header.Get("Accept")
	if header == "" || header == "*/*" {
		return output{media: resource.MediaJSON, pretty: wantsPretty(r)}, nil
	}
	for _, c := range acceptClauses(header) {
		o := output{version: c.params["v"]}
		switch c.media {
		case "*/*", "application/*", resource.MediaJSON:
			o.media = resource.MediaJSON
		case resource.MediaYAML:
			o.media = resource.MediaYAML
		case resource.MediaProtobuf:
			if custom && c.params["as"] == "" {
				continue
			}
			o.media = resource.MediaProtobuf
		default:
			continue
		}
		if as := c.params["as"]; as != "" {
			if c.params["g"] != "meta.k8s.io" || c.params["v"] != "v1" && c.params["v"] != "v1beta1" || !oneOf(as, shapes) {
				continue
			}
			o.as = as
		}
		if p, ok := c.params["pretty"]; ok {
			o.pretty = p == "1" || p == "true"
		} else {
			o.pretty = wantsPretty(r)
		}
		return o, nil
	}
	return output{}, notAcceptable()
}

func notAcceptable() error {
	return apierrors.NewGenericServerResponse(http.StatusNotAcceptable, "", noResource, "",
		fmt.Sprintf("only the following media types are accepted: %s", strings.Join([]string{resource.MediaJSON, resource.MediaYAML, resource.MediaProtobuf}, ", ")), 0, true)
}

// acceptClauses parses an Accept header, most wanted first.
func acceptClauses(header string) []clause {
	var list []clause
	for _, part := range strings.Split(header, ",") {
		media, params, err := mime.ParseMediaType(strings.TrimSpace(part))
		if err != nil {
			continue
		}
		c := clause{media: media, params: params, q: 1}
		if q, ok := params["q"]; ok {
			if c.q, err = strconv.ParseFloat(q, 64); err != nil || c.q <= 0 {
				continue
			}
		}
		list = append(list, c)
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].q > list[j].q })
	return list
}

// wantsPretty indents JSON where it is asked for, and for tools that people look at.
func wantsPretty(r *http.Request) bool {
	if r.URL.RawQuery != "" {
		if p := r.URL.Query().Get("pretty"); p != "" {
			pretty, _ := strconv.ParseBool(p)
			return pretty
		}
	}
	agent := r.UserAgent()
	return strings.HasPrefix(agent, "curl") || strings.HasPrefix(agent, "Wget") || strings.HasPrefix(agent, "Mozilla/5.0")
}

func oneOf(s string, list []string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
