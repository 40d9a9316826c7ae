// Renders Go templates as Ollama does: a JSON list of {template, system, messages} from standard input.
package main

import (
	"encoding/json"
	"os"
	"strings"
	"text/template"
)

type message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

type request struct {
	Template string    `json:"template"`
	System   string    `json:"system"`
	Messages []message `json:"messages"`
}

func main() {
	var requests []request
	if err := json.NewDecoder(os.Stdin).Decode(&requests); err != nil {
		panic(err)
	}
	texts := make([]string, 0, len(requests))
	for _, one := range requests {
		parsed, err := template.New("").Parse(one.Template)
		if err != nil {
			panic(err)
		}
		var out strings.Builder
		if err := parsed.Execute(&out, map[string]any{"System": one.System, "Messages": one.Messages}); err != nil {
			panic(err)
		}
		texts = append(texts, out.String())
	}
	if err := json.NewEncoder(os.Stdout).Encode(texts); err != nil {
		panic(err)
	}
}
