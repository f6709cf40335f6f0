package cli

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"argosy.dev/app"
)

func TestParseAdds(t *testing.T) {
	tests := []struct {
		arg  string
		want app.ImageAdd // zero: refused
	}{
		{"./hello:/bin/hello", app.ImageAdd{Src: "./hello", Dst: "/bin/hello"}},
		{"dir:/", app.ImageAdd{Src: "dir", Dst: "/"}},
		{"odd:name:/x", app.ImageAdd{Src: "odd:name", Dst: "/x"}},
		{"hello", app.ImageAdd{}},
		{"hello:relative", app.ImageAdd{}},
		{":/x", app.ImageAdd{}},
	}
	for _, tt := range tests {
		got, err := parseAdds([]string{tt.arg})
		if tt.want.Src == "" {
			if err == nil {
				t.Errorf("%q: accepted as %v", tt.arg, got)
			}
			continue
		}
		if err != nil || !reflect.DeepEqual(got, []app.ImageAdd{tt.want}) {
			t.Errorf("%q: %v, %v", tt.arg, got, err)
		}
	}
}

func TestParseWords(t *testing.T) {
	tests := []struct {
		text string
		want []string
	}{
		{"", nil},
		{"/hello", []string{"/hello"}},
		{" /hello  -v ", []string{"/hello", "-v"}},
		{`["/hello", "two words"]`, []string{"/hello", "two words"}},
	}
	for _, tt := range tests {
		got, err := parseWords("--cmd", tt.text)
		if err != nil || strings.Join(got, "|") != strings.Join(tt.want, "|") {
			t.Errorf("%q: %q, %v", tt.text, got, err)
		}
	}
	if _, err := parseWords("--cmd", `["/hello", 1]`); err == nil || !strings.Contains(err.Error(), "--cmd") {
		t.Errorf("a list with a number: %v", err)
	}
}

func TestImageTable(t *testing.T) {
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	images := []app.Image{
		{ID: "sha256:0123456789abcdef", Names: []string{"docker.io/library/web:1", "docker.io/library/web:2"}, Size: 1_234_567, Added: now.Add(-90 * time.Second)},
		{ID: "sha256:fedcba9876543210", Size: 999, Added: now.Add(-50 * time.Hour)},
	}
	var out bytes.Buffer
	if err := printImageTable(&out, images, now); err != nil {
		t.Fatal(err)
	}
	want := `NAME                      ID             SIZE     ADDED
docker.io/library/web:1   0123456789ab   1.2 MB   1m ago
docker.io/library/web:2   0123456789ab   1.2 MB   1m ago
<none>                    fedcba987654   999 B    2d ago
`
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 999_940: "999.9 kB", 999_960: "1.0 MB", 58_600_000: "58.6 MB", 5e15: "5000.0 TB"} {
		if got := size(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

func TestImageUsage(t *testing.T) {
	for args, want := range map[string]string{
		"image load":                        "FILE is missing",
		"image rm":                          "NAME is missing",
		"image export web:1":                "--output FILE",
		"image build --add a:/b":            "--tag NAME",
		"image build -t x --add a":          `--add "a"`,
		"image build -t x --label a":        `--label "a"`,
		"image build -t x --entrypoint [":   "--entrypoint",
		"image list -o yaml":                `--output "yaml"`,
		"image lst":                         `did you mean "list"?`,
		"image list --data-dir /none/there": "/none/there",
	} {
		code, _, errOut := run(t, strings.Fields(args)...)
		if code == exitDone || !strings.Contains(errOut, want) {
			t.Errorf("%s: exit code %d, %q does not mention %q", args, code, errOut, want)
		}
	}
}
