package node

import (
	"context"
	"fmt"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/node/podplan"
)

// imageUser finds the image's own user where it matters: runAsNonRoot is held against it where the pod names no user, and a group of the
// pod's needs a user beside it.
func (w *worker) imageUser(ctx context.Context, pod *corev1.Pod, c *corev1.Container) (string, error) {
	var user, group *int64
	nonRoot := false
	if sc := pod.Spec.SecurityContext; sc != nil {
		nonRoot, user, group = sc.RunAsNonRoot != nil && *sc.RunAsNonRoot, sc.RunAsUser, sc.RunAsGroup
	}
	if sc := c.SecurityContext; sc != nil {
		if sc.RunAsNonRoot != nil {
			nonRoot = *sc.RunAsNonRoot
		}
		if sc.RunAsUser != nil {
			user = sc.RunAsUser
		}
		if sc.RunAsGroup != nil {
			group = sc.RunAsGroup
		}
	}
	if user != nil || !nonRoot && group == nil {
		return "", nil
	}
	response, err := w.Images.ImageStatus(ctx, &runtimeapi.ImageSpec{Image: c.Image}, false)
	if err != nil || response.GetImage() == nil {
		return "", fmt.Errorf("looking at the user of image %s: %w", c.Image, err)
	}
	image := response.Image
	switch {
	case !nonRoot:
	case image.Uid != nil && image.Uid.Value == 0, image.Uid == nil && (image.Username == "" || image.Username == "root"):
		return "", fmt.Errorf("container has runAsNonRoot and image will run as root (pod: %q, container: %s)", pod.Namespace+"/"+pod.Name, c.Name)
	case image.Uid == nil:
		return "", fmt.Errorf("container has runAsNonRoot and image has non-numeric user (%s), cannot verify user is non-root (pod: %q, container: %s)", image.Username, pod.Namespace+"/"+pod.Name, c.Name)
	}
	switch {
	case image.Uid != nil:
		return strconv.FormatInt(image.Uid.Value, 10), nil
	case image.Username != "":
		return image.Username, nil
	}
	return "0", nil
}

// targetOf is the id of the container whose processes an ephemeral one is to see; "" for none.
func targetOf(observed podplan.Observed, s podplan.Start) (string, error) {
	if s.Target == "" {
		return "", nil
	}
	if c := observed.Containers[s.Target]; c != nil && c.State == podplan.Running {
		return c.ID, nil
	}
	return "", fmt.Errorf("unable to find target container %s", s.Target)
}
