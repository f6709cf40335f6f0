package spec

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	imagespec "github.com/opencontainers/image-spec/specs-go/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// User is who a container's process runs as.
type User struct {
	UID, GID uint32
	// Groups are the supplementary groups.
	Groups []uint32
	Home   string
}

// ResolveUser works out the user from the container's security context, else from the image's USER, with the image's
// /etc/passwd and /etc/group ("" where it has none). Under the Strict policy (KEP-3619) the image's groups do not count.
func ResolveUser(c *runtimeapi.ContainerConfig, image *imagespec.ImageConfig, passwd, group string) (User, error) {
	sc := security(c)
	name, groupName := image.User, ""
	switch {
	case sc.GetRunAsUsername() != "":
		name = sc.GetRunAsUsername()
	case sc.GetRunAsUser() != nil:
		name = strconv.FormatInt(sc.GetRunAsUser().GetValue(), 10)
	}
	name, groupName, _ = strings.Cut(name, ":")
	if sc.GetRunAsGroup() != nil {
		if name == "" {
			return User{}, fmt.Errorf("run_as_group %d is given, but no user", sc.GetRunAsGroup().GetValue())
		}
		groupName = strconv.FormatInt(sc.GetRunAsGroup().GetValue(), 10)
	}
	u, login, err := findUser(name, passwd)
	if err != nil {
		return u, err
	}
	if groupName != "" {
		if u.GID, err = findGroup(groupName, group); err != nil {
			return u, err
		}
	}
	u.Groups = []uint32{u.GID}
	if sc.GetSupplementalGroupsPolicy() == runtimeapi.SupplementalGroupsPolicy_Merge && login != "" {
		u.Groups = append(u.Groups, memberships(login, group)...)
	}
	for _, g := range sc.GetSupplementalGroups() {
		id, err := identifier(g)
		if err != nil {
			return u, err
		}
		u.Groups = append(u.Groups, id)
	}
	slices.Sort(u.Groups)
	u.Groups = slices.Compact(u.Groups)
	return u, nil
}

// findUser returns the user and, if the image knows it, its login name. A number need not be known.
func findUser(name, passwd string) (u User, login string, err error) {
	if name == "" {
		name = "0"
	}
	number, nerr := strconv.ParseInt(name, 10, 64)
	if nerr == nil {
		if u.UID, err = identifier(number); err != nil {
			return u, "", err
		}
	}
	for line := range strings.Lines(passwd) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), ":")
		if len(f) < 6 {
			continue
		}
		uid, uerr := strconv.ParseUint(f[2], 10, 32)
		gid, gerr := strconv.ParseUint(f[3], 10, 32)
		if uerr != nil || gerr != nil || (f[0] != name && (nerr != nil || uint32(uid) != u.UID)) {
			continue
		}
		if nerr == nil && uint32(uid) != u.UID {
			continue // a login name that is a number of somebody else's
		}
		return User{UID: uint32(uid), GID: uint32(gid), Home: f[5]}, f[0], nil
	}
	if nerr != nil {
		return u, "", fmt.Errorf("unable to find user %s: no matching entries in passwd file", name)
	}
	return u, "", nil
}

func findGroup(name, group string) (uint32, error) {
	if n, err := strconv.ParseInt(name, 10, 64); err == nil {
		return identifier(n)
	}
	for line := range strings.Lines(group) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), ":")
		if len(f) >= 3 && f[0] == name {
			if gid, err := strconv.ParseUint(f[2], 10, 32); err == nil {
				return uint32(gid), nil
			}
		}
	}
	return 0, fmt.Errorf("unable to find group %s: no matching entries in group file", name)
}

func memberships(login, group string) []uint32 {
	var list []uint32
	for line := range strings.Lines(group) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), ":")
		if len(f) < 4 || !slices.Contains(strings.Split(f[3], ","), login) {
			continue
		}
		if gid, err := strconv.ParseUint(f[2], 10, 32); err == nil {
			list = append(list, uint32(gid))
		}
	}
	return list
}

func identifier(n int64) (uint32, error) {
	if n < 0 || n > math.MaxInt32 {
		return 0, fmt.Errorf("%d is no user or group id: it must be between 0 and %d", n, math.MaxInt32)
	}
	return uint32(n), nil
}
