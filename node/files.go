package node

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/node/logs"
	"argosy.dev/node/podconfig"
	"argosy.dev/node/podplan"
)

// podDir is where a pod's own files are: hosts, last words.
func (a *Agent) podDir(uid types.UID) string { return filepath.Join(a.Dir, "pods", string(uid)) }

func (a *Agent) makeDirs(pod *corev1.Pod) error {
	for _, dir := range []string{a.podDir(pod.UID), podconfig.PodLogDir(a.LogDir, pod)} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("making the pod's directory: %w", err)
		}
	}
	return nil
}

// removeFiles takes away what makeDirs made.
func (a *Agent) removeFiles(pod *corev1.Pod) error {
	for _, dir := range []string{a.podDir(pod.UID), podconfig.PodLogDir(a.LogDir, pod)} {
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("removing the pod's directory: %w", err)
		}
	}
	return nil
}

// files writes what is mounted into a container beside volumes: /etc/hosts, shared by the pod, and an empty file for its last words.
func (w *worker) files(pod *corev1.Pod, s podplan.Start) (hosts, last string, err error) {
	dir := w.podDir(pod.UID)
	if err := w.makeDirs(pod); err != nil {
		return "", "", err
	}
	if err := os.MkdirAll(filepath.Join(podconfig.PodLogDir(w.LogDir, pod), s.Container.Name), 0o755); err != nil {
		return "", "", fmt.Errorf("making the directory of the container's logs: %w", err)
	}
	hosts = filepath.Join(dir, "etc-hosts")
	if pod.Spec.HostNetwork && len(pod.Spec.HostAliases) == 0 {
		hosts = ""
	} else if err := os.WriteFile(hosts, []byte(w.hostsFile(pod)), 0o644); err != nil {
		return "", "", fmt.Errorf("writing the pod's hosts file: %w", err)
	}
	if s.Container.TerminationMessagePath == "" {
		return hosts, "", nil
	}
	last = filepath.Join(dir, fmt.Sprintf("%s.%d.last", s.Container.Name, s.Attempt))
	if err := os.WriteFile(last, nil, 0o666); err != nil {
		return "", "", fmt.Errorf("making the file for the container's termination message: %w", err)
	}
	if err := os.Chmod(last, 0o666); err != nil { // whatever the umask says: any user of the container may write it
		return "", "", fmt.Errorf("opening the file for the container's termination message: %w", err)
	}
	return hosts, last, nil
}

func (w *worker) hostsFile(pod *corev1.Pod) string {
	var b strings.Builder
	if pod.Spec.HostNetwork {
		if own, err := os.ReadFile("/etc/hosts"); err == nil {
			b.Write(own)
		}
	} else {
		b.WriteString("# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n")
		b.WriteString("fe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n")
		name := podconfig.HostName(pod, w.HostName, w.config().ClusterDomain)
		if domain := podconfig.Domain(pod, w.config().ClusterDomain); domain != "" {
			name = name + "." + domain + "\t" + name
		}
		for _, ip := range pod.Status.PodIPs {
			fmt.Fprintf(&b, "%s\t%s\n", ip.IP, name)
		}
	}
	if len(pod.Spec.HostAliases) > 0 {
		b.WriteString("\n# Entries added by HostAliases.\n")
		for _, h := range pod.Spec.HostAliases {
			fmt.Fprintf(&b, "%s\t%s\n", h.IP, strings.Join(h.Hostnames, "\t"))
		}
	}
	return b.String()
}

const (
	// maxMessage is how much of a container's last words is told, as the API documents.
	maxMessage = 4096
	// A message from the log, for FallbackToLogsOnError.
	maxMessageLines, maxMessageLog = 80, 2048
)

// lastWords reads what an ended container left.
func (w *worker) lastWords(spec *corev1.Container, c *podplan.Container) string {
	path := filepath.Join(w.podDir(w.pod().UID), fmt.Sprintf("%s.%d.last", c.Name, c.Attempt))
	if data, err := readAtMost(path, maxMessage); err == nil && len(data) > 0 {
		return string(data)
	}
	if spec.TerminationMessagePolicy == corev1.TerminationMessageFallbackToLogsOnError && c.ExitCode != 0 && c.LogPath != "" {
		if text, err := logs.Tail(c.LogPath, maxMessageLines, maxMessageLog); err == nil {
			return text
		}
	}
	return ""
}

func readAtMost(path string, n int) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	buf := make([]byte, n)
	got, err := f.Read(buf)
	if got > 0 {
		return buf[:got], nil
	}
	return nil, err
}
