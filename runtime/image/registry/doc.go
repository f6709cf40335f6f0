// Package registry fetches images from registries by the OCI distribution specification.
//
// Flows in: a reference as people write it, credentials as CRI hands them, a platform. Flows out: the image's manifest for that
// platform, and blobs into a sink of the caller's, verified, resumed where a connection broke. The package stores nothing and
// knows nothing of layers or disks.
//
// # Which registries, and how: registries.yaml
//
// The file is optional and read anew at each pull, so a change needs no restart. Its whole shape:
//
//	registries:
//	  docker.io:                      # a registry's host[:port], as in image names; "*" is every registry
//	    mirrors:                      # asked in this order before the registry itself
//	    - mirror.example.com          # host[:port], optionally with a path that is put before the repository
//	    - http://10.0.0.5:5000/hub    # http:// is short for plainHTTP of that mirror
//	    mirrorsOnly: false            # true: never ask the registry itself
//	  10.0.0.5:5000:
//	    plainHTTP: true               # no TLS at all
//	  registry.example.com:
//	    skipVerify: false             # true: TLS, but any certificate will do
//	    caFile: /etc/ssl/example.pem  # certificates to trust besides the system's
//	    username: reader              # credentials, when the pull brings none for this registry
//	    password: secret
//
// What a host needs to be spoken to (plainHTTP, skipVerify, caFile, username, password) is its own entry's, also when it is
// the mirror of another. Plain HTTP is used only where this file says so, and with registries on the loopback interface.
// Credentials that come with a pull go to the registry named in the image, never to its mirrors.
//
// # Errors
//
// Every error of a pull is an [*Error] that names image and registry and has a [Reason]. What may pass by itself (a broken
// connection, 429, 5xx) is retried with growing waits, a few times; a download goes on where it broke. Everything else is
// final at once: whoever asked knows better when to ask again.
//
// A Client may be used concurrently.
package registry
