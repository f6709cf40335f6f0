// Package resource is the verbs: get, list, watch, create, update, patch, delete, as one pipeline with no HTTP in it.
//
// Every read and write of the cluster, from whoever, passes here: HTTP is one caller, the in-process client another. A
// write is decoded, defaulted, mutated by admission, prepared, validated, admitted, committed to the store, and seen in
// the cache before it is answered; each step is one file. Built-in and custom resources are [kinds.Kind] values alike.
//
// Flows in: a [Target] (what), a [Body] or a patch, options, and who asks (base/identity in the context); authorization
// has happened. Flows out: entries of the cache, with warnings; errors are API errors (apierrors), complete with causes.
//
// The room must never know HTTP, sockets or users' rights, nor any concrete kind. A [Pipeline] is safe for concurrent use.
package resource
