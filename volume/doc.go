// Package volume makes the volumes of a pod on its node, and takes them away again.
//
// One folder a type, or a step that types share: payload computes what files a ConfigMap, a Secret, the downward API or a
// projection shows (pure); atomicdir writes them so that a container sees all of a change at once; emptydir and hostpath are
// directories; sized keeps volumes that outlive pods, network mounts other machines' file systems, ownership gives files to a pod's group. A [Set] puts them together: pod in, mounts out. Prepare may be called as often as one likes: the second call
// finds what the first made, and brings live volumes up to date.
//
// Flows in: pods, and the objects that volumes show through [Sources]. Flows out: paths on the host. The room must never know
// a runtime, a worker or the API. What is not built yet is refused by its name.
package volume
