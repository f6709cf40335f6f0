package rules

import (
	"bytes"
	"encoding/json"
	"unicode"
	"unicode/utf8"
)

// Capitalized is a value to be shown in a message with its members' names capitalized, as Kubernetes shows structures there:
// {"IP":"10.0.0.1"} for what is {"ip":"10.0.0.1"} in the API.
func Capitalized(v any) any {
	text, err := json.Marshal(v)
	if err != nil {
		return v
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var out bytes.Buffer
	if copyCapitalized(&out, d) != nil {
		return v
	}
	return json.RawMessage(out.Bytes())
}

func copyCapitalized(out *bytes.Buffer, d *json.Decoder) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return writeJSON(out, token)
	}
	closing := byte(']')
	if delim == '{' {
		closing = '}'
	}
	out.WriteByte(byte(delim))
	for first := true; d.More(); first = false {
		if !first {
			out.WriteByte(',')
		}
		if delim == '{' {
			key, err := d.Token()
			if err != nil {
				return err
			}
			if err := writeJSON(out, capitalize(key.(string))); err != nil {
				return err
			}
			out.WriteByte(':')
		}
		if err := copyCapitalized(out, d); err != nil {
			return err
		}
	}
	out.WriteByte(closing)
	_, err = d.Token()
	return err
}

func capitalize(name string) string {
	if name == "ip" {
		return "IP"
	}
	r, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(r)) + name[size:]
}

func writeJSON(out *bytes.Buffer, v any) error {
	text, err := json.Marshal(v)
	out.Write(text)
	return err
}
