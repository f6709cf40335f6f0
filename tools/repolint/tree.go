package repolint

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"
)

// module is the import path of the repository's root.
const module = "argosy.dev"

// file is one Go file, parsed with its comments.
type file struct {
	path  string // from the root, with slashes
	fset  *token.FileSet
	ast   *ast.File
	lines int

	test      bool // _test.go
	generated bool // carries the standard header
	ignored   bool // go:build ignore: run by hand or by go generate, never part of a package
}

// dir is the file's folder from the root; room is the first part of it, "" for the root itself.
func (f *file) dir() string { return path.Dir(f.path) }

func (f *file) room() string {
	room, _, ok := strings.Cut(f.path, "/")
	if !ok {
		return ""
	}
	return room
}

// testing tells whether the file is only ever linked into tests: a test file, or part of a package named …test.
func (f *file) testing() bool {
	return f.test || strings.HasSuffix(path.Base(f.dir()), "test")
}

// external tells whether the file belongs to an external test package (package x_test).
func (f *file) external() bool { return f.test && strings.HasSuffix(f.ast.Name.Name, "_test") }

// at renders a position in the file.
func (f *file) at(pos token.Pos) string {
	return f.path + ":" + strconv.Itoa(f.fset.Position(pos).Line)
}

var (
	generatedHeader = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)
	ignoreTag       = regexp.MustCompile(`(?m)^//go:build .*\bignore\b`)
)

// load parses every Go file of the module, the files of one folder in order, and lists every folder that has any.
func load(root fs.FS) ([]*file, error) {
	var paths []string
	err := fs.WalkDir(root, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if p != "." && (skipped(d.Name()) || ownModule(root, p)) {
				return fs.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(p, ".go") {
			paths = append(paths, p)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("walking the repository: %w", err)
	}

	files := make([]*file, len(paths))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, p := range paths {
		group.Go(func() error {
			f, err := parse(root, p)
			files[i] = f
			return err
		})
	}
	return files, group.Wait()
}

func parse(root fs.FS, p string) (*file, error) {
	src, err := fs.ReadFile(root, p)
	if err != nil {
		return nil, err
	}
	f := &file{path: p, fset: token.NewFileSet(), test: strings.HasSuffix(p, "_test.go")}
	f.ast, err = parser.ParseFile(f.fset, p, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("parsing: %w", err)
	}
	f.lines = bytes.Count(src, []byte("\n"))
	head := src[:f.fset.Position(f.ast.Package).Offset]
	f.generated = generatedHeader.Match(head)
	f.ignored = ignoreTag.Match(head)
	return f, nil
}

// skipped are the folders that the go command does not look into either.
func skipped(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata" || name == "vendor"
}

func ownModule(root fs.FS, dir string) bool {
	_, err := fs.Stat(root, path.Join(dir, "go.mod"))
	return err == nil
}

// imports calls yield for every import of the file.
func (f *file) imports(yield func(spec *ast.ImportSpec, importPath string)) {
	for _, spec := range f.ast.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err == nil {
			yield(spec, p)
		}
	}
}

// ours returns the folder of a package of this repository.
func ours(importPath string) (dir string, ok bool) {
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

// finding is one broken rule.
type finding struct {
	where string // file, or file:line
	what  string
	why   string // why it is a rule
	do    string // what to do about it
}

func (f finding) String() string {
	return fmt.Sprintf("%s: %s\n\twhy: %s\n\tdo:  %s", f.where, f.what, f.why, f.do)
}
