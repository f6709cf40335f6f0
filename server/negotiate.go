package server

import (
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"argosy.dev/resource"
)

// Shapes other than the object's own in which an answer may be asked for (meta.k8s.io).
const (
	shapeTable       = "Table"
	shapePartial     = "PartialObjectMetadata"
	shapePartialList = "PartialObjectMetadataList"
)

// output is how the client wants its answer.
type output struct {
	media string // one of resource.Media*
	// as is "" or one of the shapes, version that of the shape: v1 or v1beta1.
	as      string
	version string
	pretty  bool
}

func (o output) protobuf() bool { return o.media == resource.MediaProtobuf }

// format is what the cache keeps for the output.
func (o output) format() resource.Format {
	if o.protobuf() {
		return resource.FormatProtobuf
	}
	return resource.FormatJSON
}

// offer is what an endpoint can answer with.
type offer struct {
	// custom resources have no protobuf.
	custom bool
	// shapes: tables and bare metadata may be asked for.
	shapes bool
	// collection: the path is one that also streams; stream: the answer is a stream.
	collection, stream bool
}

var (
	media       = []string{resource.MediaJSON, resource.MediaYAML, resource.MediaProtobuf}
	streamMedia = []string{resource.MediaJSON + ";stream=watch", resource.MediaProtobuf + ";stream=watch"}
)

type clause struct {
	media  string
	params map[string]string
	q      float64
}

// negotiate picks the first form of an answer that the client takes and the endpoint has.
func negotiate(r *http.Request, can offer) (output, error) {
	header := r.Header.Get("Accept")
	if header == "" || header == "*/*" || header == resource.MediaJSON {
		return output{media: resource.MediaJSON, pretty: wantsPretty(r)}, nil
	}
	if !can.routes(header) {
		return output{}, notRepresentable(can)
	}
	for _, c := range acceptClauses(header) {
		if o, ok := can.accept(c); ok {
			if p, said := c.params["pretty"]; said {
				o.pretty = p == "1"
			} else {
				o.pretty = wantsPretty(r)
			}
			if can.stream && o.media == resource.MediaYAML {
				return output{}, notAcceptable(streamMedia)
			}
			return o, nil
		}
	}
	if can.stream {
		return output{}, notAcceptable(streamMedia)
	}
	return output{}, notAcceptable(media)
}

// routes tells whether any media type of the header belongs to the endpoint at all; wildcards of one kind do not count.
func (can offer) routes(header string) bool {
	for header != "" {
		var part string
		part, header, _ = strings.Cut(header, ",")
		name, _, _ := strings.Cut(part, ";")
		if name = strings.TrimSpace(name); name == "*/*" || slices.Contains(media, name) {
			return true
		}
	}
	return false
}

// accept makes what one clause asks for, if the endpoint has it.
func (can offer) accept(c clause) (output, bool) {
	o := output{version: c.params["v"]}
	switch c.media {
	case "*/*", "application/*", resource.MediaJSON:
		o.media = resource.MediaJSON
	case resource.MediaYAML, resource.MediaProtobuf:
		o.media = c.media
	default:
		return o, false
	}
	if s := c.params["stream"]; s != "" && s != "watch" {
		return o, false
	}
	o.as = c.params["as"]
	if o.as == "" && c.params["g"] == "" && o.version == "" {
		return o, !can.custom || !o.protobuf()
	}
	if !can.shapes || c.params["g"] != "meta.k8s.io" || o.version != "v1" && o.version != "v1beta1" {
		return o, false
	}
	switch o.as {
	case shapeTable:
		return o, !o.protobuf()
	case shapePartial, shapePartialList:
		return o, true
	}
	return o, false
}

// acceptClauses parses an Accept header, most wanted first; of two equally wanted the more special one.
func acceptClauses(header string) []clause {
	var list []clause
	for _, part := range strings.Split(header, ",") {
		name, params, err := mime.ParseMediaType(strings.TrimSpace(part))
		if err != nil {
			continue
		}
		c := clause{media: name, params: params, q: 1}
		if q, ok := params["q"]; ok {
			if c.q, err = strconv.ParseFloat(q, 64); err != nil || c.q <= 0 {
				continue
			}
		}
		list = append(list, c)
	}
	slices.SortStableFunc(list, func(a, b clause) int {
		switch {
		case a.q > b.q:
			return -1
		case a.q < b.q:
			return 1
		}
		return strings.Count(a.media, "*") - strings.Count(b.media, "*")
	})
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
