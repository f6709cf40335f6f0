package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"argosy.dev/app"
	"github.com/spf13/cobra"
)

func newImageBuild() *cobra.Command {
	var (
		dataDir              string
		o                    app.ImageBuild
		adds, labels         []string
		entrypoint, commands string
	)
	cmd := &cobra.Command{
		Use:   "build -t NAME [--from BASE] --add SRC:DST…",
		Short: "Make an image of files",
		Long: `Make an image of files: a base, if any, one layer of what is added, and what to run. Nothing is run to make it, and the same
files give the same image. A program and its arguments are given as words, or as a JSON list where a word has spaces.`,
		Example: `  argosy image build -t hello:1 --add ./hello:/hello --entrypoint /hello
  argosy image build -t site:2 --from nginx:stable --add ./public:/usr/share/nginx/html
  argosy image build -t job:1 --add ./job:/job --entrypoint '["/job", "two words"]' --env MODE=fast --user 1000:1000`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if o.Name == "" {
				return usageError{errors.New("--tag NAME is missing")}
			}
			if o.Add, err = parseAdds(adds); err != nil {
				return usageError{err}
			}
			if o.Labels, err = parseLabels(labels); err != nil {
				return usageError{err}
			}
			// Given empty is not the same as not given: it forgets the base's.
			if cmd.Flags().Changed("entrypoint") {
				if o.Entrypoint, err = parseWords("--entrypoint", entrypoint); err != nil {
					return usageError{err}
				}
			}
			if cmd.Flags().Changed("cmd") {
				if o.Cmd, err = parseWords("--cmd", commands); err != nil {
					return usageError{err}
				}
			}
			return withImages(cmd, dataDir, true, func(ctx context.Context, images *app.Images) error {
				built, err := images.Build(ctx, o)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s %s\n", strings.Join(built.Names, " "), built.ID)
				return err
			})
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.Name, "tag", "t", "", "`name` of the image")
	f.StringVar(&o.Base, "from", "", "`image` on this node to begin with (default nothing at all)")
	f.StringArrayVar(&adds, "add", nil, "`SRC:DST`: a file, or a directory's contents, and the absolute path in the image; may be repeated")
	f.StringVar(&entrypoint, "entrypoint", "", "`program` to run, with arguments")
	f.StringVar(&commands, "cmd", "", "`arguments` that a Pod's args replace")
	f.StringArrayVar(&o.Env, "env", nil, "`NAME=VALUE`; may be repeated")
	f.StringVar(&o.WorkDir, "workdir", "", "`directory` that it runs in")
	f.StringVar(&o.User, "user", "", "`USER[:GROUP]` that it runs as")
	f.StringArrayVar(&labels, "label", nil, "`NAME=VALUE`; may be repeated")
	f.StringArrayVar(&o.ExposedPorts, "expose", nil, "`PORT[/PROTOCOL]` that it listens on, for the reader; may be repeated")
	addDataDir(f, &dataDir)
	return cmd
}

// parseAdds parses SRC:DST. DST begins with "/", so the last ":/" is where they part.
func parseAdds(args []string) ([]app.ImageAdd, error) {
	var adds []app.ImageAdd
	for _, arg := range args {
		i := strings.LastIndex(arg, ":/")
		if i <= 0 {
			return nil, fmt.Errorf("--add %q: want SRC:DST with an absolute DST, for example ./hello:/bin/hello", arg)
		}
		adds = append(adds, app.ImageAdd{Src: arg[:i], Dst: arg[i+1:]})
	}
	return adds, nil
}

func parseLabels(args []string) (map[string]string, error) {
	labels := map[string]string{}
	for _, arg := range args {
		name, value, ok := strings.Cut(arg, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("--label %q: want NAME=VALUE", arg)
		}
		labels[name] = value
	}
	return labels, nil
}

// parseWords parses words, or a JSON list of strings. No words are an empty list, not nil.
func parseWords(flag, text string) ([]string, error) {
	if !strings.HasPrefix(strings.TrimSpace(text), "[") {
		return strings.Fields(text), nil
	}
	words := []string{}
	if err := json.Unmarshal([]byte(text), &words); err != nil {
		return nil, fmt.Errorf("%s %q: no JSON list of strings: %w", flag, text, err)
	}
	return words, nil
}
