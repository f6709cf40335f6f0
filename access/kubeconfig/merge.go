package kubeconfig

import (
	"errors"
	"fmt"
	"path/filepath"

	"k8s.io/client-go/tools/clientcmd/api"
)

// Write puts the credentials into a file that is Argosy's own or that the user named for them. Entries that an earlier
// start made, for whatever data directory, are replaced; others named argosy are an error. No lock is taken, so that one
// left by a crash cannot keep the server from starting.
func Write(path string, c Credentials) error {
	return edit(path, func(config *api.Config) error {
		if entriesOf(config).foreign() {
			return fmt.Errorf("the kubeconfig %s has a context, cluster or user named %s that Argosy did not make; rename it or choose another file with --kubeconfig", path, Name)
		}
		if config.CurrentContext == "" {
			config.CurrentContext = Name
		}
		return c.put(config)
	})
}

// UserFiles are the user's own kubeconfigs, as kubectl finds them: $KUBECONFIG, a list, or else ~/.kube/config. It is
// empty if neither $KUBECONFIG nor $HOME is set.
func UserFiles(getenv func(string) string) []string {
	var files []string
	for _, path := range filepath.SplitList(getenv("KUBECONFIG")) {
		if path != "" {
			files = append(files, path)
		}
	}
	if len(files) > 0 {
		return files
	}
	if home := getenv("HOME"); home != "" {
		return []string{filepath.Join(home, ".kube", "config")}
	}
	return nil
}

// Merge adds the context argosy to the first of the user's own files; the others are only looked at. An error means that
// the user's files are as they were and says why; it is a warning, as the cluster works without.
func Merge(files []string, c Credentials) error {
	if len(files) == 0 {
		return errors.New("neither $KUBECONFIG nor $HOME is set, so there is no kubeconfig to add a context to")
	}
	current := false
	for _, path := range files[1:] {
		config, _, err := load(path)
		if err != nil {
			return err
		}
		if entriesOf(config).elsewhere(c) {
			return inUse(path)
		}
		current = current || config.CurrentContext != ""
	}
	return editLocked(files[0], func(config *api.Config) error {
		if entriesOf(config).elsewhere(c) {
			return inUse(files[0])
		}
		if config.CurrentContext == "" && !current {
			config.CurrentContext = Name
		}
		return c.put(config)
	})
}

func inUse(path string) error {
	return fmt.Errorf("the kubeconfig %s has a context, cluster or user named %s for another cluster; it is left as it is", path, Name)
}

// Unmerge takes out of the user's files what Merge added for this data directory. It goes on after an error.
func Unmerge(files []string, dataDir string) error {
	var errs []error
	for _, path := range files {
		errs = append(errs, editLocked(path, func(config *api.Config) error {
			remove(config, dataDir)
			return nil
		}))
	}
	return errors.Join(errs...)
}
