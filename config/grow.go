package config

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"
)

// grow turns one YAML value into a node. Aliases are followed, so the nodes are
// counted: a document that multiplies itself is refused.
func (g *grower) grow(n ast.Node, depth int) *node {
	at := g.place(n)
	g.nodes++
	if g.nodes > maxNodes || depth > maxDepth {
		if !g.full {
			g.full = true
			g.problem(at, "", fmt.Sprintf("more than %d values or %d levels", maxNodes, maxDepth),
				"write less, and fewer aliases in aliases")
		}
		return &node{at: at}
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		return g.mapping(n.Values, at, depth)
	case *ast.MappingValueNode:
		return g.mapping([]*ast.MappingValueNode{n}, at, depth)
	case *ast.SequenceNode:
		out := &node{kind: sequence, at: at}
		for _, item := range n.Values {
			out.items = append(out.items, g.grow(item, depth+1))
		}
		return out
	case *ast.AnchorNode:
		out := g.grow(n.Value, depth+1)
		g.anchors[n.Name.GetToken().Value] = n.Value
		return out
	case *ast.AliasNode:
		return g.alias(n, depth)
	}
	return g.scalar(n, at)
}

func (g *grower) scalar(n ast.Node, at place) *node {
	out := &node{at: at, text: n.GetToken().Value}
	switch n := n.(type) {
	case *ast.NullNode:
		out.kind = null
	case *ast.BoolNode:
		out.kind = boolean
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		out.kind = number
	case *ast.StringNode:
		out.kind, out.text = text, n.Value
	case *ast.LiteralNode:
		out.kind, out.text = text, n.Value.Value
	default:
		out.text = ""
		g.problem(at, "", "a "+n.Type().YAMLName()+" is not used here", "write the value plainly, or in quotes")
	}
	return out
}

func (g *grower) alias(n *ast.AliasNode, depth int) *node {
	name := n.Value.GetToken().Value
	target, ok := g.anchors[name]
	if !ok {
		g.problem(g.place(n), "", "alias of an anchor that was not seen yet", "define the anchor with & above it")
		return &node{at: g.place(n)}
	}
	return g.grow(target, depth+1)
}

// mapping refuses duplicate keys and keys that are not plain, and merges << in
// behind the keys that stand beside it.
func (g *grower) mapping(values []*ast.MappingValueNode, at place, depth int) *node {
	out := &node{kind: mapping, at: at}
	var merged []*node
	for _, v := range values {
		if v.Key.IsMergeKey() {
			merged = append(merged, g.merge(v.Value, depth)...)
			continue
		}
		key, ok := g.key(v.Key)
		if !ok {
			continue
		}
		value := g.grow(v.Value, depth+1)
		if first := out.entry(key); first != nil {
			g.problem(g.place(v.Key), "", "a key that was there already",
				fmt.Sprintf("keep this one or the one in line %d", first.at.line))
			continue
		}
		out.keys = append(out.keys, entry{key, g.place(v.Key), value})
	}
	if len(out.keys) > 0 && at.line > 0 {
		out.at = startOf(out.keys[0].at, at)
	}
	for _, m := range merged {
		for _, e := range m.keys {
			if out.child(e.key) == nil {
				out.keys = append(out.keys, e)
			}
		}
	}
	return out
}

// startOf is the earlier of two places: a block mapping's own token is its
// first colon, a flow mapping's is its brace.
func startOf(a, b place) place {
	if a.line < b.line || a.line == b.line && a.column < b.column {
		return a
	}
	return b
}

func (n *node) entry(key string) *entry {
	for i := range n.keys {
		if n.keys[i].key == key {
			return &n.keys[i]
		}
	}
	return nil
}

func (g *grower) key(k ast.MapKeyNode) (string, bool) {
	switch k := k.(type) {
	case *ast.StringNode:
		return k.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode:
		return k.GetToken().Value, true
	}
	g.problem(g.place(k), "", "a key that is not plain text", "write the key plainly, or in quotes")
	return "", false
}

// merge returns the mappings that << brings: one, or a list of them.
func (g *grower) merge(value ast.Node, depth int) []*node {
	n := g.grow(value, depth+1)
	all := []*node{n}
	if n.kind == sequence {
		all = n.items
	}
	for _, m := range all {
		if m.kind == null {
			return nil // an alias with a problem of its own
		}
		if m.kind != mapping {
			g.problem(g.place(value), "", "<< merges mappings, this is "+m.kind.String(), "name an anchor of a mapping")
			return nil
		}
	}
	return all
}
