package repolint

import (
	"fmt"
	"slices"
)

// Lines that files may have. Median and p90 are over files that are neither tests nor generated; the hard stops are for
// each file.
const (
	maxMedian   = 150
	maxP90      = 400
	maxFile     = 800
	maxTestFile = 1200
)

const sizeWhy = "a file holds one idea and can be read in one sitting"

// checkSizes holds file sizes to their limits. It also returns what it measured, for the log.
func checkSizes(files []*file, exceptions []exception) (found []finding, summary string) {
	var sizes []int
	excepted := map[string]bool{}
	for _, f := range files {
		if f.generated {
			continue
		}
		limit := maxFile
		if f.test {
			limit = maxTestFile
		} else {
			sizes = append(sizes, f.lines)
		}
		if f.lines <= limit {
			continue
		}
		excepted[f.path] = true
		if grant := granted(exceptions, f.path); grant == 0 {
			found = append(found, finding{f.path, fmt.Sprintf("%d lines, the hard stop is %d", f.lines, limit), sizeWhy, "split it by ideas"})
		} else if f.lines > grant {
			found = append(found, finding{f.path, fmt.Sprintf("%d lines, its exception in longFiles is for %d", f.lines, grant),
				"exceptions only shrink", "split it by ideas"})
		}
	}
	found = append(found, obsolete(exceptions, excepted, "longFiles")...)
	if len(sizes) == 0 {
		return found, "no files"
	}

	slices.Sort(sizes)
	median, p90 := sizes[len(sizes)/2], sizes[len(sizes)*9/10]
	if median > maxMedian {
		found = append(found, finding{".", fmt.Sprintf("the median file has %d lines, the limit is %d", median, maxMedian), sizeWhy, "split files by ideas"})
	}
	if p90 > maxP90 {
		found = append(found, finding{".", fmt.Sprintf("one file in ten has more than %d lines, the limit is %d", p90, maxP90), sizeWhy, "split the longest files by ideas"})
	}
	return found, fmt.Sprintf("%d files; lines: median %d, p90 %d, longest %d", len(sizes), median, p90, sizes[len(sizes)-1])
}

// granted is the length that the exceptions allow the file, 0 if it has none.
func granted(exceptions []exception, path string) int {
	for _, e := range exceptions {
		if e.path == path {
			return e.lines
		}
	}
	return 0
}
