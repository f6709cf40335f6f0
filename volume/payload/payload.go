package payload

import (
	"fmt"
	"path"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/facts/downward"
)

// File is one file of a volume.
type File struct {
	Data []byte
	Mode int32
}

// Files are a volume's content by clean relative path.
type Files map[string]File

// Add takes in other files; later ones win.
func (f Files) Add(more Files) {
	for p, file := range more {
		f[p] = file
	}
}

// ConfigMap shows a ConfigMap; m is nil where there is none.
func ConfigMap(m *corev1.ConfigMap, name string, items []corev1.KeyToPath, mode int32, optional *bool) (Files, error) {
	if m == nil {
		return missing(optional, "configmap %q not found", name)
	}
	data := make(map[string][]byte, len(m.Data)+len(m.BinaryData))
	for k, v := range m.Data {
		data[k] = []byte(v)
	}
	for k, v := range m.BinaryData {
		data[k] = v
	}
	return keys(data, items, mode, optional, "configmap "+name)
}

// Secret shows a Secret; s is nil where there is none.
func Secret(s *corev1.Secret, name string, items []corev1.KeyToPath, mode int32, optional *bool) (Files, error) {
	if s == nil {
		return missing(optional, "secret %q not found", name)
	}
	return keys(s.Data, items, mode, optional, "secret "+name)
}

func missing(optional *bool, format string, args ...any) (Files, error) {
	if optional != nil && *optional {
		return Files{}, nil
	}
	return nil, fmt.Errorf(format, args...)
}

// keys shows all keys, or those that items name.
func keys(data map[string][]byte, items []corev1.KeyToPath, mode int32, optional *bool, what string) (Files, error) {
	files := Files{}
	if len(items) == 0 {
		for k, v := range data {
			files[k] = File{Data: v, Mode: mode}
		}
		return files, nil
	}
	for _, item := range items {
		v, ok := data[item.Key]
		if !ok {
			if optional != nil && *optional {
				continue
			}
			return nil, fmt.Errorf("%s references non-existent key: %s", what, item.Key)
		}
		p, err := clean(item.Path)
		if err != nil {
			return nil, err
		}
		files[p] = File{Data: v, Mode: modeOf(item.Mode, mode)}
	}
	return files, nil
}

func modeOf(own *int32, otherwise int32) int32 {
	if own != nil {
		return *own
	}
	return otherwise
}

// Downward shows fields and resources of the pod.
func Downward(pod *corev1.Pod, items []corev1.DownwardAPIVolumeFile, mode int32, allocatable corev1.ResourceList) (Files, error) {
	files := Files{}
	for _, item := range items {
		p, err := clean(item.Path)
		if err != nil {
			return nil, err
		}
		var value string
		switch {
		case item.FieldRef != nil:
			value, err = downward.Field(pod, item.FieldRef.FieldPath)
		case item.ResourceFieldRef != nil:
			value, err = downward.Resource(pod, item.ResourceFieldRef.ContainerName, item.ResourceFieldRef, allocatable)
		}
		if err != nil {
			return nil, fmt.Errorf("file %s: %w", item.Path, err)
		}
		files[p] = File{Data: []byte(value), Mode: modeOf(item.Mode, mode)}
	}
	return files, nil
}

// clean refuses a path that could lead out of the volume, whatever the API let through.
func clean(p string) (string, error) {
	c := path.Clean(p)
	if p == "" || path.IsAbs(p) || c == "." || c == ".." || strings.HasPrefix(c, "../") || strings.HasPrefix(c, "..data") {
		return "", fmt.Errorf("the path %q does not name a file in the volume", p)
	}
	return c, nil
}
