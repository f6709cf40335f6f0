// Package devices is what the kinds of dynamic resource allocation share: requests for devices and their configuration, and the names of
// devices' drivers, pools and attributes. Selectors in CEL are compiled when they are validated; nothing of CEL is made before.
package devices
