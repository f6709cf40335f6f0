package probes

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/node/handler"
)

// maxRedirects is how often an answer may send a probe on.
const maxRedirects = 10

// http passes where the answer's code is 2xx or 3xx. Redirects are followed on the same host only; one to another host ends the
// probe, which has passed then: the container did answer.
func (c *checker) http(ctx context.Context, get *corev1.HTTPGetAction, t handler.Target, timeout time.Duration) (result, error) {
	request, err := t.Request(ctx, get, c.agent)
	if err != nil {
		return result{}, err
	}
	client := http.Client{Transport: c.transport, Timeout: timeout, CheckRedirect: sameHost}
	response, err := client.Do(request)
	if err != nil {
		return result{outcome: failed, text: err.Error()}, nil
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, outputMax))
	if err != nil {
		return result{outcome: failed, text: err.Error()}, nil
	}
	switch code := response.StatusCode; {
	case code < http.StatusOK || code >= http.StatusBadRequest:
		return result{outcome: failed, text: fmt.Sprintf("HTTP probe failed with statuscode: %d", code)}, nil
	case code >= http.StatusMultipleChoices:
		return result{outcome: passed, warning: true, text: "Probe terminated redirects, Response body: " + string(body)}, nil
	}
	return result{outcome: passed, text: string(body)}, nil
}

func sameHost(next *http.Request, before []*http.Request) error {
	if next.URL.Hostname() != before[0].URL.Hostname() {
		return http.ErrUseLastResponse
	}
	if len(before) >= maxRedirects {
		return errors.New("stopped after 10 redirects")
	}
	return nil
}
