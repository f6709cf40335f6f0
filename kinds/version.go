package kinds

import apiversion "k8s.io/apimachinery/pkg/version"

// VersionLess orders API versions from least to most mature and new: v1alpha1, v1beta1, v1, v2.
func VersionLess(a, b string) bool { return apiversion.CompareKubeAwareVersionStrings(a, b) < 0 }
