// Package netns enters network namespaces: a handle keeps one alive and runs a function on a thread inside it.
//
// A socket belongs for life to the namespace it was opened in, and /proc/sys/net shows the namespace of the thread that
// opens a file there. So everything that this room does to a namespace is: enter, open a socket or write a file, leave.
//
// In flows a path (a pinned namespace); out flow handles. The package never knows what is done inside. A Handle may be used
// from any goroutine until it is closed.
package netns
