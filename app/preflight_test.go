package app

import (
	"strings"
	"testing"
)

func TestListenSaysWhatIsWrong(t *testing.T) {
	l, err := listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	taken := l.Addr().String()
	if _, err := listen(taken); err == nil || !strings.Contains(err.Error(), taken) || !strings.Contains(err.Error(), "taken") {
		t.Errorf("a taken port: %v", err)
	}
	if _, err := listen("192.0.2.1:0"); err == nil || !strings.Contains(err.Error(), "none of this machine's") {
		t.Errorf("a foreign address: %v", err)
	}
}
