package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"argosy.dev/app"
	"github.com/spf13/cobra"
)

func newImageList() *cobra.Command {
	var dataDir, output string
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the images of this node",
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			show, ok := map[string]func(io.Writer, []app.Image, time.Time) error{
				"": printImageTable, "name": printImageNames, "json": printImageJSON,
			}[output]
			if !ok {
				return usageError{fmt.Errorf("--output %q: want json, name, or nothing for a table", output)}
			}
			return withImages(cmd, dataDir, false, func(ctx context.Context, images *app.Images) error {
				list, err := images.List(ctx)
				if err != nil {
					return err
				}
				return show(cmd.OutOrStdout(), list, time.Now())
			})
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "`format`: json, name, or nothing for a table")
	addDataDir(cmd.Flags(), &dataDir)
	return cmd
}

func printImageTable(out io.Writer, images []app.Image, now time.Time) error {
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "NAME\tID\tSIZE\tADDED")
	for _, i := range images {
		names := i.Names
		if len(names) == 0 {
			names = []string{"<none>"}
		}
		for _, name := range names {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", name, shortID(i.ID), size(i.Size), ago(now.Sub(i.Added)))
		}
	}
	return w.Flush()
}

func printImageNames(out io.Writer, images []app.Image, _ time.Time) error {
	return printLoaded(out, images)
}

func printImageJSON(out io.Writer, images []app.Image, _ time.Time) error {
	type entry struct {
		ID      string    `json:"id"`
		Names   []string  `json:"names"`
		Digests []string  `json:"digests"`
		Size    int64     `json:"size"`
		Packed  int64     `json:"packedSize"`
		Added   time.Time `json:"added"`
		Used    time.Time `json:"used"`
		Pinned  bool      `json:"pinned"`
	}
	list := make([]entry, 0, len(images))
	for _, i := range images {
		list = append(list, entry{i.ID, append([]string{}, i.Names...), append([]string{}, i.Digests...), i.Size, i.Packed, i.Added, i.Used, i.Pinned})
	}
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	return enc.Encode(list)
}

// shortID is as much of an id as people compare.
func shortID(id string) string {
	_, hex, ok := strings.Cut(id, ":")
	if !ok || len(hex) < 12 {
		return id
	}
	return hex[:12]
}

// size renders bytes in decimal units, as registries and disks count.
func size(n int64) string {
	const units = "kMGT"
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	f, unit := float64(n)/1000, 0
	for f >= 999.95 && unit < len(units)-1 {
		f /= 1000
		unit++
	}
	return fmt.Sprintf("%.1f %cB", f, units[unit])
}

// ago renders how long something is past in its largest unit.
func ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds ago", max(0, int(d.Seconds())))
	case d < time.Hour:
		return fmt.Sprintf("%dm ago", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh ago", int(d.Hours()))
	}
	return fmt.Sprintf("%dd ago", int(d.Hours()/24))
}
