// Package admission decides about writes beside a kind's own rules: what needs other objects, or changes what was sent.
//
// One folder a plugin; order.go is the order in which they see a write. A plugin has two halves: Mutate may change the
// object, Validate may only refuse. Both may read the cluster through the small interface that they state, and nothing else.
//
// Flows in: attempts from the resource pipeline, with who asks in the context. Flows out: nil, or an API error that names
// the plugin's reason. Plugins must never write to the cluster themselves, nor remember one
// attempt for the next; but for two that give out what there is only so much of: quotas are booked in before a write is admitted, and service
// addresses are claimed until the write is stored.
package admission
