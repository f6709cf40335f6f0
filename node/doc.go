// Package node is the agent: it runs the pods that are bound to its machine, and tells the cluster how they and the machine do.
//
// Each pod has one worker (worker.go): it looks at what the pod wants and what the runtime has, asks podplan for the next
// steps, takes them, and writes the status. Nothing is remembered that the runtime, the disk or the API cannot tell again: an
// agent that was killed finds its pods and goes on. The folders:
//
//	podplan      pure: pod + what runs + now -> next steps
//	podstatus    pure: pod + what runs + now -> status and conditions
//	podconfig    pure: pod -> what the runtime is told (CRI configurations)
//	admit        pure: whether the node takes a pod at all
//	pressure     pure: what there is too little of, and which pod is ended for it
//	unused       pure: which images go
//	cpus         processors that are one container's alone
//	devices      devices of plugins, and which container has which
//	measure      what the machine has and uses
//	figures      what it and its pods use, as others read it
//	resize       pure: what becomes of a wish for other resources
//	static       the machine's own pods, of files, and their mirrors
//	environment  a container's variables, from literals, fields, ConfigMaps and Secrets
//	probes       startup, liveness and readiness of running containers
//	hooks        what containers ask for after their start and before their stop
//	handler      how probes and hooks reach a container
//	logs         reading the log files that the runtime writes
//	provision    the built-in provisioner: volumes on this node for claims that ask for them
//	serve        the node's own HTTPS API: logs, exec, attach, port-forward
//
// Flows in: pods, ConfigMaps and Secrets through client; a CRI runtime and image service; volumes. Flows out: CRI calls, pod
// and node status, events, the node's lease. The room must never know the server, the store, or how the runtime does its work.
package node
