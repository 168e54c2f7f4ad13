package openapi

import (
	"embed"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
)

// parts are the document by subject, in the order in which it is read.
//
//go:embed document/*.yaml
var parts embed.FS

// order is that of the parts. What base has comes first.
var order = []string{
	"base", "answers", "sign-in", "tokens", "introspection", "accounts", "second-factor", "people", "persons", "house", "pages", "upkeep",
}

// everyAnswer is the extension under which a part lists the header fields of
// every answer; they are written out in the document, since OpenAPI has no place
// for them.
const everyAnswer = "x-every-answer"

// Document returns the whole document as JSON: its parts put together, with their
// extensions, which are for writing it only, left out. Operations keep the order
// in which they are written.
func Document() ([]byte, error) {
	doc, headers := &object{}, &object{}
	for _, name := range order {
		text, err := parts.ReadFile("document/" + name + ".yaml")
		if err != nil {
			return nil, err
		}
		p, err := parse(text)
		if err != nil {
			return nil, fmt.Errorf("document %s: %w", name, err)
		}
		if h, ok := p.members[everyAnswer].(*object); ok {
			headers = h
		}
		p.remove(isExtension)
		if err := doc.add(p); err != nil {
			return nil, fmt.Errorf("document %s: %w", name, err)
		}
	}
	complete(doc, headers)
	return json.Marshal(doc)
}

// complete gives every answer the common header fields, and puts the answers of
// each operation in the order of their status.
func complete(doc, headers *object) {
	for _, item := range doc.at("paths").objects() {
		for _, operation := range item.objects() {
			answers := operation.at("responses")
			slices.Sort(answers.names)
			dress(answers, headers)
		}
	}
	dress(doc.at("components").at("responses"), headers)
}

// dress gives answers their header fields. One that is a reference has them where
// it leads to.
func dress(answers, headers *object) {
	for name, answer := range answers.objects() {
		if answer.members["$ref"] != nil {
			continue
		}
		own := headers.clone()
		for field, h := range answer.at("headers").objects() {
			own.set(field, h)
		}
		answer = answer.clone() // parts that are written once stand in many places
		answer.set("headers", own)
		answers.set(name, answer)
	}
}
