package network

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Detach ends a sandbox's connection: its host ports and routes are gone when it returns, its link goes with its network
// namespace or, where that stays, a little later, and only then are its addresses free. It does not wait for that. A
// sandbox that is not attached is no error. netnsPath need not exist any more.
func (n *Network) Detach(ctx context.Context, sandboxID, netnsPath string) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("detaching sandbox %s from the network: %w", sandboxID, err)
	}
	if err := n.detach(sandboxID); err != nil {
		return fmt.Errorf("detaching sandbox %s from the network: %w", sandboxID, err)
	}
	return nil
}

func (n *Network) detach(sandbox string) error {
	n.mu.Lock()
	r, ok := n.attached[sandbox]
	if !ok {
		n.mu.Unlock()
		return nil
	}
	err := n.journal.Detach(sandbox)
	delete(n.attached, sandbox)
	delete(n.former, sandbox)
	n.draining[sandbox] = draining{Record: r, since: time.Now(), forget: true}
	n.mu.Unlock()
	// Whatever fails here is made good when the link goes: it takes its routes with it, and a port's next owner
	// overwrites its element.
	err = errors.Join(err, n.closePorts(r), n.kernel.Links.Withdraw(n.link(r)))
	n.nudge()
	return err
}

// forgetSandbox removes all that is left of a sandbox of this ID at once.
func (n *Network) forgetSandbox(sandbox string) error {
	err := n.detach(sandbox)
	n.mu.Lock()
	_, left := n.draining[sandbox]
	n.mu.Unlock()
	if left {
		n.reap(true, sandbox)
		n.mu.Lock()
		_, left = n.draining[sandbox]
		n.mu.Unlock()
		if left {
			err = errors.Join(err, fmt.Errorf("the former link of sandbox %s is still there", sandbox))
		}
	}
	return err
}
