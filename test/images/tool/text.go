package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// inputs calls do with each file, or with standard input when there are none.
func inputs(files []string, do func(r io.Reader) error) error {
	if len(files) == 0 {
		files = []string{"-"}
	}
	for _, name := range files {
		if name == "-" {
			if err := do(os.Stdin); err != nil {
				return err
			}
			continue
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		err = do(f)
		f.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func cat(args []string) error {
	return inputs(args, func(r io.Reader) error {
		_, err := io.Copy(os.Stdout, r)
		return err
	})
}

func echo(args []string) error {
	end := "\n"
	escapes := false
	for len(args) > 0 && (args[0] == "-n" || args[0] == "-e" || args[0] == "-ne" || args[0] == "-en") {
		if strings.Contains(args[0], "n") {
			end = ""
		}
		escapes = escapes || strings.Contains(args[0], "e")
		args = args[1:]
	}
	text := strings.Join(args, " ")
	if escapes {
		text = unescape(text)
	}
	_, err := io.WriteString(os.Stdout, text+end)
	return err
}

func unescape(s string) string {
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t", `\r`, "\r", `\a`, "\a", `\b`, "\b", `\e`, "\x1b", `\033`, "\x1b", `\0`, "\x00").Replace(s)
}

func printf(args []string) error {
	if len(args) == 0 {
		return errors.New("usage: printf FORMAT [ARG…]")
	}
	text, rest := format(args[0], args[1:])
	for len(rest) > 0 && len(rest) < len(args)-1 { // the format is used again for what is left
		var more string
		left := len(rest)
		more, rest = format(args[0], rest)
		text += more
		if len(rest) == left {
			break
		}
	}
	_, err := io.WriteString(os.Stdout, text)
	return err
}

// format fills in one round of arguments.
func format(form string, args []string) (string, []string) {
	var b strings.Builder
	form = unescape(form)
	for i := 0; i < len(form); i++ {
		if form[i] != '%' {
			b.WriteByte(form[i])
			continue
		}
		end := i + 1
		for end < len(form) && strings.IndexByte("-+ #0123456789.", form[end]) >= 0 {
			end++
		}
		if end == len(form) {
			b.WriteString(form[i:])
			break
		}
		verb, directive := form[end], form[i:end]
		i = end
		if verb == '%' {
			b.WriteByte('%')
			continue
		}
		arg := ""
		if len(args) > 0 {
			arg, args = args[0], args[1:]
		}
		switch verb {
		case 'd', 'x', 'o', 'X', 'c':
			n, _ := strconv.ParseInt(arg, 0, 64)
			fmt.Fprintf(&b, directive+string(verb), n)
		default:
			fmt.Fprintf(&b, directive+"s", arg)
		}
	}
	return b.String(), args
}

func head(args []string) error {
	set, files, err := options(args, "", "n")
	if err != nil {
		return err
	}
	n := 10
	if has(set, 'n') {
		if n, err = strconv.Atoi(set['n']); err != nil {
			return err
		}
	}
	return inputs(files, func(r io.Reader) error {
		lines := bufio.NewReader(r)
		for range n {
			line, err := lines.ReadString('\n')
			_, _ = io.WriteString(os.Stdout, line)
			if err != nil {
				break
			}
		}
		return nil
	})
}

func tail(args []string) error {
	set, files, err := options(args, "f", "nc")
	if err != nil {
		return err
	}
	return inputs(files, func(r io.Reader) error {
		if from, ok := strings.CutPrefix(set['c'], "+"); ok {
			n, err := strconv.ParseInt(from, 10, 64)
			if err != nil {
				return err
			}
			if _, err := io.CopyN(io.Discard, r, max(n-1, 0)); err != nil && !errors.Is(err, io.EOF) {
				return err
			}
			_, err = io.Copy(os.Stdout, r)
			return err
		}
		data, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		if _, err := os.Stdout.Write(lastPart(data, set)); err != nil || !has(set, 'f') {
			return err
		}
		for {
			if _, err := io.Copy(os.Stdout, r); err != nil {
				return err
			}
			time.Sleep(100 * time.Millisecond)
		}
	})
}

func lastPart(data []byte, set map[byte]string) []byte {
	if has(set, 'c') {
		n, _ := strconv.Atoi(set['c'])
		return data[max(len(data)-max(n, 0), 0):]
	}
	n := 10
	if has(set, 'n') {
		n, _ = strconv.Atoi(set['n'])
	}
	at := len(data)
	if at > 0 && data[at-1] == '\n' {
		at--
	}
	for ; at > 0; at-- {
		if data[at-1] == '\n' {
			if n--; n <= 0 {
				break
			}
		}
	}
	if n > 0 {
		at = 0
	}
	return data[at:]
}

func readLines(files []string) ([]string, error) {
	var lines []string
	err := inputs(files, func(r io.Reader) error {
		scanner := bufio.NewScanner(r)
		scanner.Buffer(nil, 16<<20)
		for scanner.Scan() {
			lines = append(lines, scanner.Text())
		}
		return scanner.Err()
	})
	return lines, err
}

func sortLines(args []string) error {
	set, files, err := options(args, "rnu", "")
	if err != nil {
		return err
	}
	lines, err := readLines(files)
	if err != nil {
		return err
	}
	slices.SortStableFunc(lines, func(a, b string) int {
		order := strings.Compare(a, b)
		if has(set, 'n') {
			x, _ := strconv.ParseFloat(strings.TrimSpace(a), 64)
			y, _ := strconv.ParseFloat(strings.TrimSpace(b), 64)
			order = cmp.Compare(x, y)
		}
		if has(set, 'r') {
			return -order
		}
		return order
	})
	if has(set, 'u') {
		lines = slices.Compact(lines)
	}
	for _, line := range lines {
		fmt.Println(line)
	}
	return nil
}

func wordCount(args []string) error {
	set, files, err := options(args, "lwc", "")
	if err != nil {
		return err
	}
	return inputs(files, func(r io.Reader) error {
		data, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		var counts []string
		for _, c := range []struct {
			option byte
			count  int
		}{{'l', strings.Count(string(data), "\n")}, {'w', len(strings.Fields(string(data)))}, {'c', len(data)}} {
			if len(set) == 0 || has(set, c.option) {
				counts = append(counts, strconv.Itoa(c.count))
			}
		}
		fmt.Println(strings.Join(counts, " "))
		return nil
	})
}

func seq(args []string) error {
	first, last := 1, 0
	var err error
	if len(args) > 1 {
		if first, err = strconv.Atoi(args[0]); err != nil {
			return err
		}
		args = args[1:]
	}
	if len(args) != 1 {
		return errors.New("usage: seq [FIRST] LAST")
	}
	if last, err = strconv.Atoi(args[0]); err != nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	for i := first; i <= last; i++ {
		fmt.Fprintln(out, i)
	}
	return out.Flush()
}
