package document

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// resourceRoutes makes the operations on one resource or subresource.
func resourceRoutes(s *runtime.Scheme, gv GroupVersion, r Resource, parentKind string) (routes, error) {
	b := resourceBuilder{gv: gv, r: r, parentKind: parentKind, gvk: r.gvk(gv)}
	var err error
	if b.model, err = s.New(b.gvk); err != nil {
		return nil, fmt.Errorf("finding the type of %s: %w", r.Name, err)
	}
	if r.has("list") {
		if b.list, err = s.New(b.gvk.GroupVersion().WithKind(r.Kind + "List")); err != nil {
			return nil, fmt.Errorf("finding the list type of %s: %w", r.Name, err)
		}
	}
	switch _, sub := r.split(); {
	case r.connects():
		err = b.connect()
	case sub == "log":
		b.log()
	default:
		b.collection()
		b.item()
		if sub == "" {
			b.watches()
		}
	}
	return b.out, err
}

// resourceBuilder gathers the operations of one resource.
type resourceBuilder struct {
	gv         GroupVersion
	r          Resource
	parentKind string // the kind of the resource itself; r.Kind may be of a subresource's own
	gvk        schema.GroupVersionKind
	model      any
	list       any
	out        routes
}

// The places where a resource's operations live.
func (b *resourceBuilder) root() string { return "/" + b.gv.Path() }

func (b *resourceBuilder) collectionPath(prefix string) string {
	name, _ := b.r.split()
	if b.r.Namespaced {
		return prefix + "/namespaces/{namespace}/" + name
	}
	return prefix + "/" + name
}

func (b *resourceBuilder) itemPath(prefix string) string {
	path := b.collectionPath(prefix) + "/{name}"
	if _, sub := b.r.split(); sub != "" {
		path += "/" + sub
	}
	return path
}

// target is how operation ids name what is acted on: "NamespacedPodStatus".
func (b *resourceBuilder) target() string {
	_, sub := b.r.split()
	target := b.parentKind + upperFirst(sub)
	if b.r.Namespaced {
		target = "Namespaced" + target
	}
	return target
}

// subject is how descriptions name what is acted on: "status of the specified Pod", "the specified Pod".
func (b *resourceBuilder) subject() string {
	if _, sub := b.r.split(); sub != "" {
		return sub + " of the specified " + b.parentKind
	}
	return "the specified " + b.parentKind
}

func (b *resourceBuilder) pathParameters(item bool) []parameter {
	var out []parameter
	if item {
		out = append(out, pathParameter("name", "name of the "+b.r.Kind))
	}
	if b.r.Namespaced {
		out = append(out, pathParameter("namespace", namespaceDescription))
	}
	return out
}

// add appends an operation, filling what all operations on the resource have in common.
func (b *resourceBuilder) add(rt route) {
	rt.tag, rt.gvk = b.gv.tag(), b.gvk
	if rt.consumes == nil {
		rt.consumes = []string{mediaAny}
	}
	if rt.produces == nil {
		rt.produces = producesObject
	}
	b.out = append(b.out, &rt)
}

// replies lists responses that all carry the same model.
func replies(model any, codes ...int) []response {
	out := make([]response, len(codes))
	for i, code := range codes {
		out[i] = response{code: code, model: model}
	}
	return out
}

func join(groups ...[]parameter) []parameter {
	var out []parameter
	for _, g := range groups {
		out = append(out, g...)
	}
	return out
}

// collection adds list, create and deletecollection. A subresource has no collection: create goes to the item's path.
func (b *resourceBuilder) collection() {
	_, sub := b.r.split()
	path, params := b.collectionPath(b.root()), b.pathParameters(sub != "")
	if sub != "" {
		path = b.itemPath(b.root())
	}
	if b.r.has("list") {
		verb := "list"
		if b.r.has("watch") {
			verb = "list or watch"
		}
		list := route{
			method: http.MethodGet, path: path, action: "list", produces: producesStream,
			id:          b.gv.operation("list", b.target()),
			description: verb + " objects of kind " + b.r.Kind,
			parameters:  join(params, []parameter{pretty}, queryParameters(metav1.ListOptions{})),
			responses:   replies(b.list, http.StatusOK),
		}
		b.add(list)
		if b.r.Namespaced {
			list.path = b.root() + "/" + b.r.Name
			list.id = b.gv.operation("list", b.parentKind+"ForAllNamespaces")
			list.parameters = join([]parameter{pretty}, queryParameters(metav1.ListOptions{}))
			b.add(list)
		}
	}
	if b.r.has("create") {
		description := "create " + withArticle(b.parentKind)
		if sub != "" {
			description = "create " + sub + " of " + withArticle(b.parentKind)
		}
		b.add(route{
			method: http.MethodPost, path: path, action: "post",
			id:          b.gv.operation("create", b.target()),
			description: description,
			parameters:  join(params, []parameter{pretty, bodyParameter(true)}, queryParameters(metav1.CreateOptions{})),
			body:        b.model,
			responses:   replies(b.model, http.StatusOK, http.StatusCreated, http.StatusAccepted),
		})
	}
	if b.r.has("deletecollection") {
		b.add(route{
			method: http.MethodDelete, path: path, action: "deletecollection",
			id:          b.gv.operation("delete", "Collection"+b.target()),
			description: "delete collection of " + b.r.Kind,
			parameters: join(params, []parameter{pretty, bodyParameter(false)}, queryParameters(metav1.DeleteOptions{}),
				queryParameters(metav1.ListOptions{}, "watch", "allowWatchBookmarks")),
			body:      metav1.DeleteOptions{},
			responses: replies(metav1.Status{}, http.StatusOK),
		})
	}
}

// item adds get, update, patch and delete of one object.
func (b *resourceBuilder) item() {
	path, params := b.itemPath(b.root()), join(b.pathParameters(true), []parameter{pretty})
	if b.r.has("get") {
		b.add(route{
			method: http.MethodGet, path: path, action: "get",
			id:          b.gv.operation("read", b.target()),
			description: "read " + b.subject(),
			parameters:  params,
			responses:   replies(b.model, http.StatusOK),
		})
	}
	if b.r.has("update") {
		b.add(route{
			method: http.MethodPut, path: path, action: "put",
			id:          b.gv.operation("replace", b.target()),
			description: "replace " + b.subject(),
			parameters:  join(params, []parameter{bodyParameter(true)}, queryParameters(metav1.UpdateOptions{})),
			body:        b.model,
			responses:   replies(b.model, http.StatusOK, http.StatusCreated),
		})
	}
	if b.r.has("patch") {
		b.add(route{
			method: http.MethodPatch, path: path, action: "patch", consumes: consumesPatch,
			id:          b.gv.operation("patch", b.target()),
			description: "partially update " + b.subject(),
			parameters:  join(params, []parameter{bodyParameter(true)}, queryParameters(metav1.PatchOptions{})),
			body:        metav1.Patch{},
			responses:   replies(b.model, http.StatusOK, http.StatusCreated),
		})
	}
	if b.r.has("delete") {
		reply := any(metav1.Status{})
		if b.r.DeleteReturnsObject {
			reply = b.model
		}
		b.add(route{
			method: http.MethodDelete, path: path, action: "delete",
			id:          b.gv.operation("delete", b.target()),
			description: "delete " + withArticle(b.parentKind),
			parameters:  join(params, []parameter{bodyParameter(false)}, queryParameters(metav1.DeleteOptions{})),
			body:        metav1.DeleteOptions{},
			responses:   replies(reply, http.StatusOK, http.StatusAccepted),
		})
	}
}

// watches adds the deprecated paths under watch/.
func (b *resourceBuilder) watches() {
	if !b.r.has("watch") {
		return
	}
	prefix := b.root() + "/watch"
	const deprecated = " deprecated: use the 'watch' parameter with a list operation instead"
	many := route{
		method: http.MethodGet, path: b.collectionPath(prefix), action: "watchlist", produces: producesStream,
		id:          b.gv.operation("watch", b.target()+"List"),
		description: "watch individual changes to a list of " + b.r.Kind + "." + deprecated + ".",
		parameters:  join(b.pathParameters(false), []parameter{pretty}, queryParameters(metav1.ListOptions{})),
		responses:   replies(metav1.WatchEvent{}, http.StatusOK),
	}
	b.add(many)
	if b.r.Namespaced {
		many.path = prefix + "/" + b.r.Name
		many.id = b.gv.operation("watch", b.parentKind+"ListForAllNamespaces")
		many.parameters = join([]parameter{pretty}, queryParameters(metav1.ListOptions{}))
		b.add(many)
	}
	if b.r.has("get") {
		b.add(route{
			method: http.MethodGet, path: b.itemPath(prefix), action: "watch", produces: producesStream,
			id: b.gv.operation("watch", b.target()),
			description: "watch changes to an object of kind " + b.r.Kind + "." + deprecated +
				", filtered to a single item with the 'fieldSelector' parameter.",
			parameters: join(b.pathParameters(true), []parameter{pretty}, queryParameters(metav1.ListOptions{})),
			responses:  replies(metav1.WatchEvent{}, http.StatusOK),
		})
	}
}

// log adds the one read whose reply is text and whose options are in the query.
func (b *resourceBuilder) log() {
	b.add(route{
		method: http.MethodGet, path: b.itemPath(b.root()), action: "get",
		id:          b.gv.operation("read", b.target()),
		description: "read " + b.subject(),
		produces:    append([]string{mediaText}, producesObject...),
		parameters:  join(b.pathParameters(true), []parameter{pretty}, queryParameters(corev1.PodLogOptions{})),
		responses:   replies("", http.StatusOK),
	})
}

// connect adds the operations of a subresource that hands the connection on. Those that carry any HTTP request (proxies)
// are known by accepting deletes, and have a second path for what is under them.
func (b *resourceBuilder) connect() error {
	options, ok := b.model.(documented)
	if !ok {
		return fmt.Errorf("%s has no documentation of its fields", reflect.TypeOf(b.model))
	}
	_, sub := b.r.split()
	methods, proxies := []string{http.MethodGet, http.MethodPost}, b.r.has("delete")
	if proxies {
		methods = append(methods, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodHead, http.MethodOptions)
	}
	for _, method := range methods {
		verb := method[:1] + strings.ToLower(method[1:])
		rt := route{
			method: method, path: b.itemPath(b.root()), action: "connect", produces: []string{mediaAny},
			id:          b.gv.operation("connect", verb+b.target()),
			description: "connect " + method + " requests to " + sub + " of " + b.parentKind,
			parameters:  join(b.pathParameters(true), queryParameters(options)),
			responses:   replies("", http.StatusOK),
		}
		b.add(rt)
		if proxies {
			rt.path += "/{path}"
			rt.id += "WithPath"
			rt.parameters = join(rt.parameters, []parameter{pathParameter("path", "path to the resource")})
			b.add(rt)
		}
	}
	return nil
}
