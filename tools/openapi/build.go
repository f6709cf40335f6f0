package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"k8s.io/gengo/v2"
	"k8s.io/gengo/v2/generator"
	"k8s.io/kube-openapi/cmd/openapi-gen/args"
	"k8s.io/kube-openapi/pkg/generators"

	"argosy.dev/tools/openapi/document"
)

// program joins the generated definitions, which stand in the same package, to package document.
const program = `package main

import (
	"encoding/json"
	"fmt"
	"os"

	"argosy.dev/tools/openapi/document"
)

func main() {
	documents, err := document.Build(GetOpenAPIDefinitions)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(documents)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
`

// build makes the documents, as JSON by their path.
func build(root, temp string) (map[string][]byte, error) {
	if err := writeDefinitions(temp); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(temp, "main.go"), []byte(program), 0o600); err != nil {
		return nil, fmt.Errorf("writing the program that makes the documents: %w", err)
	}
	binary, err := compile(root, temp)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	cmd := exec.Command(binary)
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("making the documents: %w", err)
	}
	documents := map[string][]byte{}
	if err := json.Unmarshal(out.Bytes(), &documents); err != nil {
		return nil, fmt.Errorf("reading the documents made: %w", err)
	}
	return documents, nil
}

// definitionsFile is where openapi-gen writes, in the temporary directory.
const definitionsFile = "definitions.go"

// writeDefinitions runs openapi-gen over the API types.
func writeDefinitions(temp string) error {
	packages, err := document.Packages()
	if err != nil {
		return err
	}
	a := args.New()
	a.OutputDir, a.OutputPkg, a.OutputFile = temp, "main", definitionsFile
	a.ReportFilename = filepath.Join(temp, "violations") // of the API types' conventions, which are not ours to mend
	targets := func(c *generator.Context) []generator.Target { return generators.GetOpenAPITargets(c, a, nil) }
	err = gengo.Execute(generators.NameSystems(), generators.DefaultNameSystem(), targets, gengo.StdBuildTag, packages)
	if err != nil {
		return fmt.Errorf("generating the definitions of the API types: %w", err)
	}
	return nil
}

// compile builds the program as if it stood in a folder of the module, so that it is built with the module's versions,
// without putting anything there.
func compile(root, temp string) (string, error) {
	replace := map[string]string{}
	for _, name := range []string{"main.go", definitionsFile} {
		replace[filepath.Join(root, "tools", "openapi", "program", name)] = filepath.Join(temp, name)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", fmt.Errorf("encoding the overlay: %w", err)
	}
	overlayFile, binary := filepath.Join(temp, "overlay.json"), filepath.Join(temp, "program")
	if err := os.WriteFile(overlayFile, overlay, 0o600); err != nil {
		return "", fmt.Errorf("writing the overlay: %w", err)
	}
	cmd := exec.Command("go", "build", "-overlay", overlayFile, "-o", binary, "./tools/openapi/program")
	cmd.Dir, cmd.Stdout, cmd.Stderr = root, os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("compiling the definitions: %w", err)
	}
	return binary, nil
}
