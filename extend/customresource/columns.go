package customresource

import (
	"bytes"
	"fmt"
	"strconv"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/jsonpath"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

// columns are the name and what the definition wants printed; the age where it wants nothing.
func (v *Version) columns() []kinds.Column {
	list := []kinds.Column{table.Name()}
	if len(v.printed) == 0 {
		return append(list, table.Age())
	}
	for i := range v.printed {
		list = append(list, column(&v.printed[i]))
	}
	return list
}

func column(c *apiextensionsv1.CustomResourceColumnDefinition) kinds.Column {
	description := c.Description
	if description == "" {
		description = "Custom resource definition column (in JSONPath format): " + c.JSONPath
	}
	made := kinds.Column{Name: c.Name, Type: c.Type, Format: c.Format, Description: description, Priority: c.Priority}
	path := jsonpath.New(c.Name).AllowMissingKeys(true)
	if err := path.Parse("{" + c.JSONPath + "}"); err != nil {
		// It was accepted when paths were checked less; there is nothing to print.
		made.Value = func(kinds.Object, time.Time) any { return nil }
		return made
	}
	made.Value = func(obj kinds.Object, now time.Time) any {
		found, err := path.FindResults(fieldsOf(obj))
		if err != nil || len(found) == 0 || len(found[0]) == 0 {
			return nil
		}
		value := found[0][0].Interface()
		if c.Type != "string" {
			return cell(value, c.Type, now)
		}
		var text bytes.Buffer
		if err := path.PrintResults(&text, found[0]); err != nil {
			return nil
		}
		return text.String()
	}
	return made
}

// cell makes a value what its column's type says, nil where it is something else.
func cell(value any, kind string, now time.Time) any {
	switch kind {
	case "integer":
		switch n := value.(type) {
		case int64:
			return n
		case float64:
			return int64(n)
		case string:
			if i, err := strconv.ParseInt(n, 10, 64); err == nil {
				return i
			}
		}
	case "number":
		switch n := value.(type) {
		case int64:
			return float64(n)
		case float64:
			return n
		}
	case "boolean":
		if b, ok := value.(bool); ok {
			return b
		}
	case "date":
		text, ok := value.(string)
		if !ok {
			return nil
		}
		when, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return table.Unknown
		}
		return table.Since(metav1.NewTime(when), now)
	}
	return nil
}

// fields are what objects can be selected by.
func (v *Version) fields() map[string]func(kinds.Object) string {
	if len(v.selectable) == 0 {
		return nil
	}
	made := map[string]func(kinds.Object) string{}
	for _, f := range v.selectable {
		path := steps(f.JSONPath)
		made[f.JSONPath[1:]] = func(obj kinds.Object) string {
			var at any = fieldsOf(obj)
			for _, name := range path {
				m, ok := at.(map[string]any)
				if !ok {
					return ""
				}
				at = m[name]
			}
			if at == nil {
				return ""
			}
			return fmt.Sprint(at)
		}
	}
	return made
}
