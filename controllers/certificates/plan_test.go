package certificates

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"testing"
	"time"

	certificatesv1 "k8s.io/api/certificates/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestDecide(t *testing.T) {
	made := time.Unix(1_000_000, 0)
	for _, c := range []struct {
		name, signer string
		conditions   []certificatesv1.RequestConditionType
		issued       bool
		after        time.Duration
		want         Step
	}{
		{"a node's own", "kubernetes.io/kube-apiserver-client-kubelet", nil, false, 0, Approve},
		{"a server's is for people", "kubernetes.io/kubelet-serving", nil, false, 0, Wait},
		{"approved", "kubernetes.io/kubelet-serving", []certificatesv1.RequestConditionType{"Approved"}, false, 0, Sign},
		{"approved, of others", "example.com/s", []certificatesv1.RequestConditionType{"Approved"}, false, 0, Wait},
		{"failed", "kubernetes.io/kubelet-serving", []certificatesv1.RequestConditionType{"Approved", "Failed"}, false, 0, Wait},
		{"denied", "kubernetes.io/kube-apiserver-client-kubelet", []certificatesv1.RequestConditionType{"Denied"}, false, 0, Wait},
		{"denied an hour ago", "kubernetes.io/kube-apiserver-client-kubelet", []certificatesv1.RequestConditionType{"Denied"}, false, time.Hour, Remove},
		{"issued", "kubernetes.io/kubelet-serving", []certificatesv1.RequestConditionType{"Approved"}, true, time.Hour - 1, Wait},
		{"issued an hour ago", "kubernetes.io/kubelet-serving", []certificatesv1.RequestConditionType{"Approved"}, true, time.Hour, Remove},
		{"of others, approved for hours", "example.com/s", []certificatesv1.RequestConditionType{"Approved"}, false, 23 * time.Hour, Wait},
		{"nobody cared for a day", "example.com/s", nil, false, 24 * time.Hour, Remove},
	} {
		r := &certificatesv1.CertificateSigningRequest{ObjectMeta: metav1.ObjectMeta{CreationTimestamp: metav1.NewTime(made)}}
		r.Spec.SignerName = c.signer
		for _, kind := range c.conditions {
			r.Status.Conditions = append(r.Status.Conditions, certificatesv1.CertificateSigningRequestCondition{Type: kind, LastUpdateTime: metav1.NewTime(made)})
		}
		if c.issued {
			r.Status.Certificate = []byte("some")
		}
		if got, _ := Decide(r, made.Add(c.after)); got != c.want {
			t.Errorf("%s: step %d, want %d", c.name, got, c.want)
		}
	}
}

func TestCheck(t *testing.T) {
	node := &x509.CertificateRequest{Subject: pkix.Name{CommonName: "system:node:a", Organization: []string{"system:nodes"}}}
	server := &x509.CertificateRequest{Subject: node.Subject, IPAddresses: []net.IP{net.IPv4(10, 0, 0, 1)}}
	anybody := &x509.CertificateRequest{Subject: pkix.Name{CommonName: "jane"}}
	type usages = []certificatesv1.KeyUsage
	for _, c := range []struct {
		name, signer string
		request      *x509.CertificateRequest
		usages       usages
		fine         bool
	}{
		{"a client", "kubernetes.io/kube-apiserver-client", anybody, usages{"client auth"}, true},
		{"a client that would serve", "kubernetes.io/kube-apiserver-client", anybody, usages{"client auth", "server auth"}, false},
		{"a client of no use", "kubernetes.io/kube-apiserver-client", anybody, usages{"digital signature"}, false},
		{"a node", "kubernetes.io/kube-apiserver-client-kubelet", node, usages{"digital signature", "client auth"}, true},
		{"a node's old form", "kubernetes.io/kube-apiserver-client-kubelet", node, usages{"key encipherment", "digital signature", "client auth"}, true},
		{"somebody as a node", "kubernetes.io/kube-apiserver-client-kubelet", anybody, usages{"digital signature", "client auth"}, false},
		{"a node with addresses", "kubernetes.io/kube-apiserver-client-kubelet", server, usages{"digital signature", "client auth"}, false},
		{"a server", "kubernetes.io/kubelet-serving", server, usages{"digital signature", "server auth"}, true},
		{"a server without a name", "kubernetes.io/kubelet-serving", node, usages{"digital signature", "server auth"}, false},
		{"another's signer", "example.com/s", node, usages{"client auth"}, false},
	} {
		if err := Check(c.signer, c.request, c.usages); (err == nil) != c.fine {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestUses(t *testing.T) {
	key, extended := uses([]certificatesv1.KeyUsage{"digital signature", "key encipherment", "client auth", "client auth"})
	if key != x509.KeyUsageDigitalSignature|x509.KeyUsageKeyEncipherment || len(extended) != 1 || extended[0] != x509.ExtKeyUsageClientAuth {
		t.Errorf("got %v, %v", key, extended)
	}
	if lifetime(nil) != longestLife || lifetime(new(int32(600))) != 10*time.Minute || lifetime(new(int32(2_000_000_000))) != longestLife {
		t.Error("a certificate lives as long as asked, a year at most")
	}
}
